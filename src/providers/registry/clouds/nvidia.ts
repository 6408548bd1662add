import type { Provider } from "../../provider.ts";

/** Each model's schema is closed, and no field for efforts is common to them. */
export const nvidia: Provider = {
  id: "nvidia",
  title: "NVIDIA NIM",
  docs: "https://docs.api.nvidia.com/nim/reference/llm-apis",
  baseUrl: "https://integrate.api.nvidia.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"] },
  traits: (model) => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    reasoningEffort: model.includes("gpt-oss"),
    embedPurpose: { member: "input_type", words: { query: "query", question: "query", document: "passage" } },
  }),
};
