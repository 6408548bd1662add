import type { DialectId, PromptId, SurfaceId, TaskName } from "../exchange/index.ts";
import { withPlainTools } from "./conversation/plain-tools.ts";
import type { AnyDialect, Codec, Dialect, TaskCodec } from "./dialect.ts";

type Load<Value> = () => Promise<Value>;

/** The conversations' dialects, and the surfaces that are read as one. */
const dialectLoaders: Readonly<Record<DialectId, Load<Dialect>>> & Readonly<Record<PromptId, Load<Dialect<PromptId>>>> = {
  "openai-chat": async () => withPlainTools((await import("./openai-chat/index.ts")).openaiChat),
  "openai-responses": async () => withPlainTools((await import("./openai-responses/index.ts")).openaiResponses),
  "anthropic-messages": async () => withPlainTools((await import("./anthropic-messages/index.ts")).anthropicMessages),
  "gemini-generate": async () => withPlainTools((await import("./gemini/index.ts")).gemini),
  "gemini-interactions": async () => withPlainTools((await import("./gemini-interactions/index.ts")).geminiInteractions),
  "bedrock-converse": async () => withPlainTools((await import("./bedrock-converse/index.ts")).bedrockConverse),
  "cohere-chat": async () => withPlainTools((await import("./cohere-chat/index.ts")).cohereChat),
  "ollama-chat": async () => withPlainTools((await import("./ollama-chat/index.ts")).ollamaChat),
  "openai-completions": async () => (await import("./openai-completions/index.ts")).openaiCompletions,
  "mistral-chat": async () => (await import("./mistral-chat/index.ts")).mistralChat,
  "ollama-generate": async () => (await import("./ollama-generate/index.ts")).ollamaGenerate,
  "bedrock-invoke": async () => (await import("./bedrock-invoke/index.ts")).bedrockInvoke,
};

/** Every surface. Lists of models have no requests; their errors are OpenAI's. */
const loaders: Readonly<Record<SurfaceId, Load<Codec>>> = {
  ...dialectLoaders,
  "openai-embeddings": async () => (await import("./embed/openai-embeddings.ts")).openaiEmbeddings,
  "cohere-embed": async () => (await import("./embed/cohere-embed.ts")).cohereEmbed,
  "gemini-embed": async () => (await import("./embed/gemini-embed.ts")).geminiEmbed,
  "gemini-batch-embed": async () => (await import("./embed/gemini-embed.ts")).geminiBatchEmbed,
  "ollama-embed": async () => (await import("./embed/ollama-embed.ts")).ollamaEmbed,
  "mistral-embed": async () => (await import("./embed/mistral-embed.ts")).mistralEmbed,
  "bedrock-embed": async () => (await import("./embed/bedrock-embed.ts")).bedrockEmbed,
  "vertex-embed": async () => (await import("./embed/vertex-embed.ts")).vertexEmbed,
  "watsonx-embed": async () => (await import("./embed/watsonx-embed.ts")).watsonxEmbed,
  "cohere-rerank": async () => (await import("./rerank/cohere-rerank.ts")).cohereRerank,
  "jina-rerank": async () => (await import("./rerank/jina-rerank.ts")).jinaRerank,
  "voyage-rerank": async () => (await import("./rerank/jina-rerank.ts")).voyageRerank,
  "bedrock-rerank": async () => (await import("./rerank/bedrock-rerank.ts")).bedrockRerank,
  "watsonx-rerank": async () => (await import("./rerank/watsonx-rerank.ts")).watsonxRerank,
  "deepinfra-rerank": async () => (await import("./rerank/deepinfra-rerank.ts")).deepinfraRerank,
  "openai-moderations": async () => (await import("./moderate/openai-moderations.ts")).openaiModerations,
  "mistral-moderations": async () => (await import("./moderate/openai-moderations.ts")).mistralModerations,
  "openai-transcriptions": async () => (await import("./audio/openai-transcriptions.ts")).openaiTranscriptions,
  "openai-translations": async () => (await import("./audio/openai-transcriptions.ts")).openaiTranslations,
  "openai-speech": async () => (await import("./audio/openai-speech.ts")).openaiSpeech,
  "openai-images": async () => (await import("./images/openai-images.ts")).openaiImages,
  "openai-image-edits": async () => (await import("./images/openai-images.ts")).openaiImageEdits,
  "openai-image-variations": async () => (await import("./images/openai-images.ts")).openaiImageVariations,
  "assemblyai-transcripts": async () => (await import("./audio/assemblyai.ts")).assemblyaiTranscripts,
  "deepgram-listen": async () => (await import("./audio/deepgram.ts")).deepgramListen,
  "elevenlabs-transcripts": async () => (await import("./audio/elevenlabs.ts")).elevenlabsTranscripts,
  "deepgram-speak": async () => (await import("./audio/deepgram.ts")).deepgramSpeak,
  "elevenlabs-speech": async () => (await import("./audio/elevenlabs.ts")).elevenlabsSpeech,
  "bfl-images": async () => (await import("./images/black-forest-labs.ts")).blackForestImages,
  "gemini-images": async () => (await import("./images/gemini-images.ts")).geminiImages,
  "replicate-images": async () => (await import("./images/replicate.ts")).replicateImages,
  "stability-images": async () => (await import("./images/stability.ts")).stabilityImages,
  "bfl-edits": async () => (await import("./images/black-forest-labs.ts")).blackForestEdits,
  "gemini-edits": async () => (await import("./images/gemini-images.ts")).geminiEdits,
  "replicate-edits": async () => (await import("./images/replicate.ts")).replicateEdits,
  "stability-edits": async () => (await import("./images/stability.ts")).stabilityEdits,
  "openai-compact": async () => (await import("./openai-responses/compact.ts")).openaiCompact,
  "openai-input-tokens": async () => (await import("./count-tokens.ts")).openaiInputTokens,
  "anthropic-count-tokens": async () => (await import("./count-tokens.ts")).anthropicCountTokens,
  "gemini-count-tokens": async () => (await import("./count-tokens.ts")).geminiCountTokens,
  "bedrock-count-tokens": async () => (await import("./bedrock-converse/count-tokens.ts")).bedrockCountTokens,
  "openai-models": async () => ({ ...(await import("./embed/openai-embeddings.ts")).openaiEmbeddings, id: "openai-models" }),
};

/** The codecs by surface. Each is loaded when something first speaks it: a gateway that serves three dialects has no others in memory. */
export class Codecs {
  readonly #codecs = new Map<SurfaceId, Codec>();
  readonly #dialects = new Map<SurfaceId, AnyDialect>();

  /** Undefined where nobody has loaded it yet. */
  find(surface: SurfaceId): Codec | undefined {
    return this.#codecs.get(surface);
  }

  /** Of a surface that is loaded, as those are that a request came by and goes out by. */
  get(surface: SurfaceId): Codec {
    return this.#codecs.get(surface) ?? notLoaded(surface);
  }

  /** Of a surface that is loaded, where it is a conversation. */
  dialect(surface: SurfaceId): AnyDialect | undefined {
    const found = this.#dialects.get(surface);
    if (found === undefined && isDialect(surface)) notLoaded(surface);
    return found;
  }

  async load(surface: SurfaceId): Promise<Codec> {
    const codec = isDialect(surface) ? await this.#loadDialect(surface) : await loaders[surface]();
    this.#codecs.set(surface, codec);
    return codec;
  }

  async #loadDialect(surface: DialectId | PromptId): Promise<AnyDialect> {
    const dialect = await dialectLoaders[surface]();
    this.#dialects.set(surface, dialect);
    return dialect;
  }
}

/** All at once, for what looks at each of them. */
export async function loadCodecs(): Promise<{
  readonly codecs: Readonly<Record<SurfaceId, Codec>>;
  readonly dialects: Readonly<Partial<Record<SurfaceId, AnyDialect>>> &
    Readonly<Record<DialectId, Dialect>> &
    Readonly<Record<PromptId, Dialect<PromptId>>>;
}> {
  const loaded = async (table: object) =>
    Object.fromEntries(await Promise.all(Object.entries(table).map(async ([surface, load]) => [surface, await load()])));
  const dialects = await loaded(dialectLoaders);
  return { dialects, codecs: { ...(await loaded(loaders)), ...dialects } };
}

function isDialect(surface: SurfaceId): surface is DialectId | PromptId {
  return surface in dialectLoaders;
}

function notLoaded(surface: SurfaceId): never {
  throw new Error(`Nobody has loaded the codec of ${surface}.`);
}

/** Tells the surfaces that are translated by their task's vocabulary. */
export function isTaskCodec(codec: Codec): codec is TaskCodec<TaskName> {
  return "task" in codec;
}
