import type { Provider } from "../../provider.ts";

export const stepfun: Provider = {
  id: "stepfun",
  title: "StepFun",
  docs: "https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create",
  baseUrl: "https://api.stepfun.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["STEPFUN_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["low", "medium", "high"], reasoningField: "reasoning" }),
};
