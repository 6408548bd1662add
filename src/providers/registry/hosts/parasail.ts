import type { Provider } from "../../provider.ts";

export const parasail: Provider = {
  id: "parasail",
  title: "Parasail",
  docs: "https://docs.parasail.io/parasail-docs/quickstart/serverless",
  baseUrl: "https://api.parasail.io/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["PARASAIL_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
