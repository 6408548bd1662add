import type { Provider } from "../../provider.ts";

export const upstage: Provider = {
  id: "upstage",
  title: "Upstage",
  docs: "https://developers.upstage.ai/docs/apis/chat",
  baseUrl: "https://api.upstage.ai/v1/solar",
  surfaces: { "openai-chat": "/chat/completions" },
  credential: "bearer",
  env: { apiKey: ["UPSTAGE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["low", "medium", "high"] }),
};
