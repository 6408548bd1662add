import type { Provider } from "../../provider.ts";

export const tgi: Provider = {
  id: "tgi",
  title: "Text Generation Inference",
  docs: "https://huggingface.co/docs/text-generation-inference/en/reference/api_reference",
  baseUrl: "http://127.0.0.1:3000/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  credential: "bearer",
  env: {},
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningEffort: false }),
};
