import type { Provider } from "../../provider.ts";

export const xai: Provider = {
  id: "xai",
  title: "xAI",
  docs: "https://docs.x.ai/docs/api-reference",
  baseUrl: "https://api.x.ai/v1",
  regions: { "us-east-1": "https://us-east-1.api.x.ai/v1", "eu-west-1": "https://eu-west-1.api.x.ai/v1" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["XAI_API_KEY"] },
  traits: () => ({ developerRole: false, reasoningField: "reasoning_content" }),
};
