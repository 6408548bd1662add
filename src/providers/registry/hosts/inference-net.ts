import type { Provider } from "../../provider.ts";

export const inferenceNet: Provider = {
  id: "inference-net",
  title: "Inference.net",
  docs: "https://docs.inference.net",
  baseUrl: "https://api.inference.net/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["INFERENCE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
