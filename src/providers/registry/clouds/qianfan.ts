import type { Provider } from "../../provider.ts";

export const qianfan: Provider = {
  id: "qianfan",
  title: "Baidu Qianfan",
  docs: "https://cloud.baidu.com/doc/qianfan/s/Hmh4suq26",
  baseUrl: "https://qianfan.baidubce.com/v2",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["QIANFAN_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
