import type { Provider } from "../../provider.ts";

export const friendli: Provider = {
  id: "friendli",
  title: "Friendli",
  docs: "https://friendli.ai/docs/openapi/model-apis/chat-completions",
  baseUrl: "https://api.friendli.ai/serverless/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["FRIENDLI_TOKEN"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["minimal", "low", "medium", "high", "xhigh", "max"] }),
};
