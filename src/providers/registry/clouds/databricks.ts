import type { Provider } from "../../provider.ts";
import { claudeTraits } from "../labs/anthropic.ts";

/** The workspace's host is enough of a base URL; what its models are called is the endpoint's name. */
export const databricks: Provider = {
  id: "databricks",
  title: "Databricks",
  docs: "https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-embeddings": "/embeddings",
    "anthropic-messages": "/anthropic/v1/messages",
  },
  optionalSurfaces: { "openai-responses": "/responses" },
  modelsOf: { "anthropic-messages": /claude/ },
  credential: "bearer",
  env: { apiKey: ["DATABRICKS_TOKEN"], baseUrl: ["DATABRICKS_HOST"] },
  completeBaseUrl: (url) => {
    const whole = /^https?:\/\//.test(url) ? url : `https://${url}`;
    return /^https?:\/\/[^/]+\/?$/.test(whole) ? `${whole.replace(/\/$/, "")}/serving-endpoints` : whole;
  },
  headers: { "anthropic-version": "2023-06-01" },
  passHeaders: ["anthropic-version", "anthropic-beta"],
  traits: (model) => ({ outputLimitField: "max_tokens", developerRole: false, ...claudeTraits(/claude.*$/.exec(model)?.[0] ?? "") }),
};
