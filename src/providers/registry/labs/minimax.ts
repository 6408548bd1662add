import type { Provider } from "../../provider.ts";

export const minimax: Provider = {
  id: "minimax",
  title: "MiniMax",
  docs: "https://platform.minimax.io/docs/guides/quickstart",
  baseUrl: "https://api.minimax.io/v1",
  regions: { cn: "https://api.minimaxi.com/v1" },
  surfaces: { "openai-chat": "/chat/completions", "anthropic-messages": "/../anthropic/v1/messages", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["MINIMAX_API_KEY"] },
  traits: () => ({ developerRole: false }),
};
