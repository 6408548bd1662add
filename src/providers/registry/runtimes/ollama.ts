import type { Provider } from "../../provider.ts";

export const ollama: Provider = {
  id: "ollama",
  title: "Ollama",
  docs: "https://docs.ollama.com/api/openai-compatibility",
  baseUrl: "http://127.0.0.1:11434/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "ollama-chat": "/../api/chat",
    "ollama-generate": "/../api/generate",
    "openai-completions": "/completions",
    "ollama-embed": "/../api/embed",
    "openai-embeddings": "/embeddings",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["OLLAMA_API_KEY"], baseUrl: ["OLLAMA_HOST"] },
  local: true,
  completeBaseUrl: (url) => {
    const whole = /^https?:\/\//.test(url) ? url : `http://${url}`;
    return /\/v1\/?$/.test(whole) ? whole : `${whole.replace(/\/+$/, "")}/v1`;
  },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningField: "reasoning", bytesOnly: ["image"] }),
};
