import type { Provider } from "../../provider.ts";

/** The account stands in the path: its id alone is enough of a base URL. */
export const cloudflare: Provider = {
  id: "cloudflare",
  title: "Cloudflare Workers AI",
  docs: "https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings" },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"], baseUrl: ["CLOUDFLARE_ACCOUNT_ID"] },
  completeBaseUrl: (url) => (/^https?:/.test(url) ? url : `https://api.cloudflare.com/client/v4/accounts/${encodeURIComponent(url)}/ai/v1`),
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
