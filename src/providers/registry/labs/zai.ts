import type { Provider } from "../../provider.ts";

export const zai: Provider = {
  id: "zai",
  title: "Z.ai",
  docs: "https://docs.z.ai/api-reference",
  baseUrl: "https://api.z.ai/api/paas/v4",
  regions: { cn: "https://open.bigmodel.cn/api/paas/v4" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "anthropic-messages": "/../../anthropic/v1/messages",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["ZAI_API_KEY", "ZHIPU_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    wantsThoughts: true,
    jsonSchema: false,
    reasoningField: "reasoning_content",
  }),
};
