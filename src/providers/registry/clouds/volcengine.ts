import type { Provider } from "../../provider.ts";

export const volcengine: Provider = {
  id: "volcengine",
  title: "Volcengine Ark",
  docs: "https://www.volcengine.com/docs/82379/1298459",
  baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
  regions: { "cn-beijing": "https://ark.cn-beijing.volces.com/api/v3", "ap-southeast": "https://ark.ap-southeast.bytepluses.com/api/v3" },
  surfaces: { "openai-chat": "/chat/completions" },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/compatible/v1/messages" },
  credential: "bearer",
  env: { apiKey: ["ARK_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
