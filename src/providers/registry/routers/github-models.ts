import type { Provider } from "../../provider.ts";

export const githubModels: Provider = {
  id: "github-models",
  title: "GitHub Models",
  docs: "https://docs.github.com/en/github-models",
  baseUrl: "https://models.github.ai/inference",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings" },
  credential: "bearer",
  env: { apiKey: ["GITHUB_TOKEN"] },
  traits: (model) => (model.startsWith("openai/") ? {} : { outputLimitField: "max_tokens", developerRole: false }),
};
