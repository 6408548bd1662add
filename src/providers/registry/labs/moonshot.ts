import type { Provider } from "../../provider.ts";

export const moonshot: Provider = {
  id: "moonshot",
  title: "Moonshot AI",
  docs: "https://platform.moonshot.ai/docs",
  baseUrl: "https://api.moonshot.ai/v1",
  regions: { cn: "https://api.moonshot.cn/v1" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "anthropic-messages": "/../anthropic/v1/messages",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["MOONSHOT_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningField: "reasoning_content", wantsThoughts: true }),
};
