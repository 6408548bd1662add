import type { Provider } from "../../provider.ts";

export const assemblyai: Provider = {
  id: "assemblyai",
  title: "AssemblyAI",
  docs: "https://www.assemblyai.com/docs/api-reference/overview",
  baseUrl: "https://api.assemblyai.com/v2",
  surfaces: {
    "assemblyai-transcripts": "",
  },
  credential: "authorization",
  env: { apiKey: ["ASSEMBLYAI_API_KEY"] },
};
