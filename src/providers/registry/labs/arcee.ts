import type { Provider } from "../../provider.ts";

export const arcee: Provider = {
  id: "arcee",
  title: "Arcee AI",
  docs: "https://docs.arcee.ai",
  baseUrl: "https://api.arcee.ai/api/v1",
  surfaces: { "openai-chat": "/chat/completions" },
  credential: "bearer",
  env: { apiKey: ["ARCEE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
