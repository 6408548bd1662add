import type { Provider } from "../../provider.ts";

export const huggingface: Provider = {
  id: "huggingface",
  title: "Hugging Face",
  docs: "https://huggingface.co/docs/inference-providers",
  baseUrl: "https://router.huggingface.co/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["HF_TOKEN", "HUGGINGFACE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens" }),
};
