import type { Provider } from "../../provider.ts";

export const triton: Provider = {
  id: "triton",
  title: "Triton Inference Server",
  docs: "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/client_guide/openai_readme.html",
  baseUrl: "http://127.0.0.1:9000/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  optionalSurfaces: { "openai-embeddings": "/embeddings" },
  credential: "bearer",
  env: {},
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
