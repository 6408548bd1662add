import type { Provider } from "../../provider.ts";

export const replicate: Provider = {
  id: "replicate",
  title: "Replicate",
  docs: "https://replicate.com/docs/reference/http",
  baseUrl: "https://api.replicate.com/v1",
  surfaces: {
    "replicate-images": "",
    "replicate-edits": "",
  },
  credential: "bearer",
  env: { apiKey: ["REPLICATE_API_TOKEN"] },
};
