import type { Provider } from "../../provider.ts";

export const stability: Provider = {
  id: "stability",
  title: "Stability AI",
  docs: "https://platform.stability.ai/docs/api-reference",
  baseUrl: "https://api.stability.ai/v2beta/stable-image",
  surfaces: {
    "stability-images": "",
    "stability-edits": "",
  },
  credential: "bearer",
  env: { apiKey: ["STABILITY_API_KEY"] },
};
