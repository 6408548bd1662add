import type { DialectId, PromptId, SurfaceId, TaskName } from "../exchange/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { assemblyaiTranscripts } from "./audio/assemblyai.ts";
import { deepgramListen, deepgramSpeak } from "./audio/deepgram.ts";
import { elevenlabsSpeech, elevenlabsTranscripts } from "./audio/elevenlabs.ts";
import { openaiSpeech } from "./audio/openai-speech.ts";
import { openaiTranscriptions, openaiTranslations } from "./audio/openai-transcriptions.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { bedrockInvoke } from "./bedrock-invoke/index.ts";
import { cohereChat } from "./cohere-chat/index.ts";
import { withPlainTools } from "./conversation/plain-tools.ts";
import { anthropicCountTokens, geminiCountTokens, openaiInputTokens } from "./count-tokens.ts";
import type { AnyDialect, Codec, Dialect, TaskCodec } from "./dialect.ts";
import { bedrockEmbed } from "./embed/bedrock-embed.ts";
import { cohereEmbed } from "./embed/cohere-embed.ts";
import { geminiBatchEmbed, geminiEmbed } from "./embed/gemini-embed.ts";
import { mistralEmbed } from "./embed/mistral-embed.ts";
import { ollamaEmbed } from "./embed/ollama-embed.ts";
import { openaiEmbeddings } from "./embed/openai-embeddings.ts";
import { vertexEmbed } from "./embed/vertex-embed.ts";
import { watsonxEmbed } from "./embed/watsonx-embed.ts";
import { gemini } from "./gemini/index.ts";
import { geminiInteractions } from "./gemini-interactions/index.ts";
import { blackForestEdits, blackForestImages } from "./images/black-forest-labs.ts";
import { geminiEdits, geminiImages } from "./images/gemini-images.ts";
import { openaiImageEdits, openaiImages, openaiImageVariations } from "./images/openai-images.ts";
import { replicateEdits, replicateImages } from "./images/replicate.ts";
import { stabilityEdits, stabilityImages } from "./images/stability.ts";
import { mistralChat } from "./mistral-chat/index.ts";
import { mistralModerations, openaiModerations } from "./moderate/openai-moderations.ts";
import { ollamaChat } from "./ollama-chat/index.ts";
import { ollamaGenerate } from "./ollama-generate/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { bedrockRerank } from "./rerank/bedrock-rerank.ts";
import { cohereRerank } from "./rerank/cohere-rerank.ts";
import { deepinfraRerank } from "./rerank/deepinfra-rerank.ts";
import { jinaRerank, voyageRerank } from "./rerank/jina-rerank.ts";
import { watsonxRerank } from "./rerank/watsonx-rerank.ts";

/** The codecs of the conversations' dialects, and of the surfaces that are read as one. */
export const dialects: Readonly<Partial<Record<SurfaceId, AnyDialect>>> &
  Readonly<Record<DialectId, Dialect>> &
  Readonly<Record<PromptId, Dialect<PromptId>>> = {
  "openai-chat": withPlainTools(openaiChat),
  "openai-responses": withPlainTools(openaiResponses),
  "anthropic-messages": withPlainTools(anthropicMessages),
  "gemini-generate": withPlainTools(gemini),
  "gemini-interactions": withPlainTools(geminiInteractions),
  "bedrock-converse": withPlainTools(bedrockConverse),
  "cohere-chat": withPlainTools(cohereChat),
  "ollama-chat": withPlainTools(ollamaChat),
  "openai-completions": openaiCompletions,
  "mistral-chat": mistralChat,
  "ollama-generate": ollamaGenerate,
  "bedrock-invoke": bedrockInvoke,
};

/** The codec of every surface. Lists of models have no requests; their errors are OpenAI's. */
export const codecs: Readonly<Record<SurfaceId, Codec>> = {
  ...dialects,
  "openai-embeddings": openaiEmbeddings,
  "cohere-embed": cohereEmbed,
  "gemini-embed": geminiEmbed,
  "gemini-batch-embed": geminiBatchEmbed,
  "ollama-embed": ollamaEmbed,
  "mistral-embed": mistralEmbed,
  "bedrock-embed": bedrockEmbed,
  "vertex-embed": vertexEmbed,
  "watsonx-embed": watsonxEmbed,
  "cohere-rerank": cohereRerank,
  "jina-rerank": jinaRerank,
  "voyage-rerank": voyageRerank,
  "bedrock-rerank": bedrockRerank,
  "watsonx-rerank": watsonxRerank,
  "deepinfra-rerank": deepinfraRerank,
  "openai-moderations": openaiModerations,
  "mistral-moderations": mistralModerations,
  "openai-transcriptions": openaiTranscriptions,
  "openai-translations": openaiTranslations,
  "openai-speech": openaiSpeech,
  "openai-images": openaiImages,
  "openai-image-edits": openaiImageEdits,
  "openai-image-variations": openaiImageVariations,
  "assemblyai-transcripts": assemblyaiTranscripts,
  "deepgram-listen": deepgramListen,
  "elevenlabs-transcripts": elevenlabsTranscripts,
  "deepgram-speak": deepgramSpeak,
  "elevenlabs-speech": elevenlabsSpeech,
  "bfl-images": blackForestImages,
  "gemini-images": geminiImages,
  "replicate-images": replicateImages,
  "stability-images": stabilityImages,
  "bfl-edits": blackForestEdits,
  "gemini-edits": geminiEdits,
  "replicate-edits": replicateEdits,
  "stability-edits": stabilityEdits,
  "openai-input-tokens": openaiInputTokens,
  "anthropic-count-tokens": anthropicCountTokens,
  "gemini-count-tokens": geminiCountTokens,
  "openai-models": { ...openaiEmbeddings, id: "openai-models" },
};

/** Tells the surfaces that are translated by their task's vocabulary. */
export function isTaskCodec(codec: Codec): codec is TaskCodec<TaskName> {
  return "task" in codec;
}
