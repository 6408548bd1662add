import type { Provider, ProviderPlace } from "../../provider.ts";
import { geminiTraits } from "../gemini-traits.ts";
import { claudeTraits } from "../labs/anthropic.ts";

/** Of the versions that the cloud has, the one that refuses nothing that another allows. */
const version = { anthropic_version: "vertex-2023-10-16" };

/** Google's and Anthropic's models have surfaces of their own; others are named `publisher/model` and speak OpenAI's dialect. */
export const vertex: Provider = {
  id: "vertex",
  title: "Google Vertex AI",
  docs: "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations",
  surfaces: {
    "gemini-generate": "/publishers/google/models/{model}:{verb}",
    "gemini-count-tokens": "/publishers/google/models/{model}:countTokens",
    "anthropic-messages": "/publishers/anthropic/models/{model}:{verb}",
    "anthropic-count-tokens": "/publishers/anthropic/models/count-tokens:rawPredict",
    "openai-chat": "/endpoints/openapi/chat/completions",
    "gemini-embed": "/publishers/google/models/{model}:embedContent",
    "vertex-embed": "/publishers/google/models/{model}:predict",
  },
  modelsOf: {
    "gemini-generate": /^gemini-(?!embedding)/,
    "gemini-count-tokens": /^gemini/,
    "anthropic-messages": /^claude/,
    "anthropic-count-tokens": /^claude/,
    // Gemini since its third is asked in its own dialect by everybody, as `gemini` is.
    "openai-chat": /^(google\/)?gemini-[12]\b|^(?!google\/)[^/]+\//,
    // Its embedding models answer to `predict`, since their second generation as Gemini's do.
    "gemini-embed": /^gemini-embedding-(?!001)/,
    "vertex-embed": /^(text|text-multilingual)-embedding|^gemini-embedding-001/,
  },
  forms: {
    // The path says `anthropic`, and the body says which of the versions that Google has.
    "anthropic-messages": { verbs: { whole: "rawPredict", stream: "streamRawPredict" }, members: { ...version, model: undefined } },
    "anthropic-count-tokens": { members: version },
    "gemini-embed": { members: { model: undefined } },
  },
  credential: "bearer",
  grants: { by: "google" },
  env: {
    region: ["GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"],
    project: ["GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
  },
  passHeaders: ["anthropic-beta"],
  completeBaseUrl,
  traits: (model) =>
    /^claude/.test(model) ? claudeTraits(model) : { ...geminiTraits, ...(!model.includes("/") && { model: `google/${model}` }) },
};

/** A region has a host of its own, the regions of the EU and the US together have one each, and `global` has none in its name. */
function completeBaseUrl(url: string, { project, region = "global" }: ProviderPlace): string {
  if (/\/locations\/[^/]+\/?$/.test(url) || project === undefined || !/^[a-z0-9-]+$/.test(region)) return url;
  const own = region === "eu" || region === "us" ? `aiplatform.${region}.rep` : region === "global" ? "aiplatform" : `${region}-aiplatform`;
  const host = url === "" ? `https://${own}.googleapis.com/v1` : url.replace(/\/+$/, "");
  return `${host}/projects/${encodeURIComponent(project)}/locations/${region}`;
}
