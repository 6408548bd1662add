/** A provider of this gateway, and where the two sources list its models. */
export interface SourceNames {
  readonly genai: readonly string[];
  readonly litellm: readonly string[];
  /** Models that only litellm lists are taken too; `beside`: only those that do not chat, where its list is mostly regional copies. */
  readonly extras?: boolean | "beside";
  readonly fallback?: readonly string[];
}

export const sourceNames: Readonly<Record<string, SourceNames>> = {
  openai: { genai: ["openai"], litellm: ["openai", "text-completion-openai"], extras: true },
  anthropic: { genai: ["anthropic"], litellm: ["anthropic"], extras: true },
  azure: { genai: ["azure"], litellm: ["azure", "azure_ai"], extras: true, fallback: ["openai", "anthropic"] },
  groq: { genai: ["groq"], litellm: ["groq"], extras: true },
  mistral: { genai: ["mistral"], litellm: ["mistral", "codestral"], extras: true },
  deepseek: { genai: ["deepseek"], litellm: ["deepseek"], extras: true },
  xai: { genai: ["x-ai"], litellm: ["xai"], extras: true },
  openrouter: { genai: ["openrouter"], litellm: [] },
  together: { genai: ["together"], litellm: ["together_ai"], extras: true },
  cerebras: { genai: ["cerebras"], litellm: ["cerebras"], extras: true },
  moonshot: { genai: ["moonshotai"], litellm: ["moonshot"], extras: true },
  zai: { genai: ["zai"], litellm: ["zai"], extras: true },
  zhipu: { genai: ["zhipuai"], litellm: [] },
  alibaba: { genai: [], litellm: ["dashscope"], extras: true },
  huggingface: {
    genai: [
      "huggingface_cerebras",
      "huggingface_fireworks-ai",
      "huggingface_groq",
      "huggingface_hyperbolic",
      "huggingface_nebius",
      "huggingface_novita",
      "huggingface_nscale",
      "huggingface_ovhcloud",
      "huggingface_publicai",
      "huggingface_sambanova",
      "huggingface_together",
    ],
    litellm: [],
  },
  perplexity: { genai: ["perplexity"], litellm: ["perplexity"], extras: true },
  fireworks: { genai: ["fireworks"], litellm: ["fireworks_ai", "fireworks_ai-embedding-models"], extras: true },
  gemini: { genai: ["google"], litellm: ["gemini"], extras: true, fallback: ["anthropic"] },
  bedrock: { genai: ["aws"], litellm: ["bedrock", "bedrock_converse"], extras: "beside" },
  cohere: { genai: ["cohere"], litellm: ["cohere", "cohere_chat"], extras: true },
  voyage: { genai: ["voyageai"], litellm: ["voyage"], extras: true },
  minimax: { genai: ["minimax"], litellm: ["minimax"], extras: true },
  ovhcloud: { genai: ["ovhcloud"], litellm: [] },
  vertex: {
    genai: ["google"],
    litellm: ["vertex_ai-language-models", "vertex_ai-embedding-models", "vertex_ai-llama_models", "vertex_ai-mistral_models"],
    extras: true,
    fallback: ["gemini", "anthropic"],
  },
  ai21: { genai: [], litellm: ["ai21"], extras: true },
  baseten: { genai: [], litellm: ["baseten"], extras: true },
  crusoe: { genai: [], litellm: ["crusoe"], extras: true },
  databricks: { genai: [], litellm: ["databricks"], extras: true },
  deepinfra: { genai: [], litellm: ["deepinfra"], extras: true },
  friendli: { genai: [], litellm: ["friendliai"], extras: true },
  hyperbolic: { genai: [], litellm: ["hyperbolic"], extras: true },
  jina: { genai: [], litellm: ["jina_ai"], extras: true },
  nebius: { genai: [], litellm: ["nebius"], extras: true },
  novita: { genai: [], litellm: ["novita"], extras: true },
  nscale: { genai: [], litellm: ["nscale"], extras: true },
  sambanova: { genai: [], litellm: ["sambanova"], extras: true },
  scaleway: { genai: [], litellm: ["scaleway"], extras: true },
  snowflake: { genai: [], litellm: ["snowflake"], extras: true },
  watsonx: { genai: [], litellm: ["watsonx"], extras: true },
};
