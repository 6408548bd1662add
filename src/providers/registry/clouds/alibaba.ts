import type { Provider } from "../../provider.ts";

export const alibaba: Provider = {
  id: "alibaba",
  title: "Alibaba Cloud Model Studio",
  docs: "https://www.alibabacloud.com/help/en/model-studio",
  baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  regions: {
    "ap-southeast-1": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "cn-beijing": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "cn-hongkong": "https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1",
    "us-east-1": "https://dashscope-us.aliyuncs.com/compatible-mode/v1",
  },
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/../../apps/anthropic/v1/messages" },
  credential: "bearer",
  env: { apiKey: ["DASHSCOPE_API_KEY", "ALIBABA_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningField: "reasoning_content" }),
};
