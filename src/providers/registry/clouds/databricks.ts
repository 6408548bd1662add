import type { Provider } from "../../provider.ts";

/** The workspace's host is enough of a base URL; what its models are called is the endpoint's name. */
export const databricks: Provider = {
  id: "databricks",
  title: "Databricks",
  docs: "https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings" },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["DATABRICKS_TOKEN"], baseUrl: ["DATABRICKS_HOST"] },
  completeBaseUrl: (url) => {
    const whole = /^https?:\/\//.test(url) ? url : `https://${url}`;
    return /^https?:\/\/[^/]+\/?$/.test(whole) ? `${whole.replace(/\/$/, "")}/serving-endpoints` : whole;
  },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
