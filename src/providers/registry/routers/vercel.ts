import type { Provider } from "../../provider.ts";

export const vercel: Provider = {
  id: "vercel",
  title: "Vercel AI Gateway",
  docs: "https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced",
  baseUrl: "https://ai-gateway.vercel.sh/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["AI_GATEWAY_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    reasoningField: "reasoning",
    efforts: ["none", "minimal", "low", "medium", "high", "xhigh"],
  }),
};
