import type { Provider } from "../../provider.ts";

export const hunyuan: Provider = {
  id: "hunyuan",
  title: "Tencent Hunyuan",
  docs: "https://cloud.tencent.com/document/product/1729/111007",
  baseUrl: "https://api.hunyuan.cloud.tencent.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["HUNYUAN_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
