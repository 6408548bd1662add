import type { Provider } from "../../provider.ts";
import { claudeTraits } from "../labs/anthropic.ts";

/** A resource's name is enough of a base URL. Deployments of Claude keep `claude` in their names, so that their dialect is known. */
export const foundry: Provider = {
  id: "foundry",
  title: "Microsoft Foundry",
  docs: "https://learn.microsoft.com/azure/foundry/foundry-models/concepts/endpoints",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "openai-embeddings": "/embeddings",
    "openai-models": "/models",
    "cohere-rerank": "/../../providers/cohere/v2/rerank",
    "anthropic-messages": "/../../anthropic/v1/messages",
    "anthropic-count-tokens": "/../../anthropic/v1/messages/count_tokens",
  },
  modelsOf: {
    "openai-chat": /^(?!.*claude)/i,
    "openai-responses": /^(?!.*claude)/i,
    "anthropic-messages": /claude/i,
    "anthropic-count-tokens": /claude/i,
  },
  credential: "api-key",
  credentialOf: { "anthropic-messages": "x-api-key", "anthropic-count-tokens": "x-api-key", "cohere-rerank": "bearer" },
  catalogId: "azure",
  grants: { by: "entra", resource: "https://ai.azure.com" },
  env: { apiKey: ["ANTHROPIC_FOUNDRY_API_KEY"], baseUrl: ["ANTHROPIC_FOUNDRY_RESOURCE"] },
  headers: { "anthropic-version": "2023-06-01" },
  passHeaders: ["anthropic-version", "anthropic-beta"],
  completeBaseUrl: (url) => {
    if (/^[A-Za-z0-9-]+$/.test(url)) return `https://${url}.services.ai.azure.com/openai/v1`;
    return url === "" || /\/openai\/v1\/?$/.test(url) ? url : `${url.replace(/\/(anthropic\/?)?$/, "")}/openai/v1`;
  },
  traits: (model) => (/claude/i.test(model) ? claudeTraits(model) : { freeTextTools: true }),
};
