import type { Provider } from "../../provider.ts";

export const writer: Provider = {
  id: "writer",
  title: "Writer",
  docs: "https://dev.writer.com",
  baseUrl: "https://api.writer.com/v1",
  surfaces: { "openai-chat": "/chat", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["WRITER_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningEffort: false }),
};
