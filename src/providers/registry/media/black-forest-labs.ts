import type { Provider } from "../../provider.ts";

export const blackForestLabs: Provider = {
  id: "black-forest-labs",
  title: "Black Forest Labs",
  docs: "https://docs.bfl.ai",
  baseUrl: "https://api.bfl.ai/v1",
  surfaces: {
    "bfl-images": "",
    "bfl-edits": "",
  },
  credential: "x-key",
  env: { apiKey: ["BFL_API_KEY"] },
  // Jobs are asked after at the region that took them.
  trustedHosts: ["bfl.ai"],
};
