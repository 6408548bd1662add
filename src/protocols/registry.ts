import type { DialectId, SurfaceId } from "../exchange/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { cohereChat } from "./cohere-chat/index.ts";
import type { Codec, Dialect } from "./dialect.ts";
import { ollamaChat } from "./ollama-chat/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import { openaiResponses } from "./openai-responses/index.ts";

/** The codecs of the conversations' dialects. */
export const dialects: Readonly<Partial<Record<SurfaceId, Dialect>>> & Readonly<Record<DialectId, Dialect>> = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  "ollama-chat": ollamaChat,
  "cohere-chat": cohereChat,
};

/** The codec of every surface. Lists of models have no requests; their errors are OpenAI's. */
export const codecs: Readonly<Record<SurfaceId, Codec>> = {
  ...dialects,
  "openai-embeddings": openaiEmbeddings,
  "openai-models": { ...openaiEmbeddings, id: "openai-models" },
};
