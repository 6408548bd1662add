import type { DialectId } from "./items.ts";
import type { MediaTask } from "./media.ts";

/** What a surface is for. Surfaces of one task say the same in other words; those of two tasks have nothing to say to each other. */
export type Task = "chat" | "compact" | "count" | "embed" | "list" | "moderate" | "rerank" | MediaTask;

/** The endpoints beside the conversations' dialects. */
const beside = {
  "openai-models": "list",
  "openai-compact": "compact",
  "openai-input-tokens": "count",
  "anthropic-count-tokens": "count",
  "gemini-count-tokens": "count",
  "bedrock-count-tokens": "count",
  "openai-embeddings": "embed",
  "cohere-embed": "embed",
  "gemini-embed": "embed",
  "gemini-batch-embed": "embed",
  "ollama-embed": "embed",
  "mistral-embed": "embed",
  "bedrock-embed": "embed",
  "vertex-embed": "embed",
  "watsonx-embed": "embed",
  "cohere-rerank": "rerank",
  "jina-rerank": "rerank",
  "voyage-rerank": "rerank",
  "bedrock-rerank": "rerank",
  "watsonx-rerank": "rerank",
  "deepinfra-rerank": "rerank",
  "openai-moderations": "moderate",
  "mistral-moderations": "moderate",
  "openai-transcriptions": "transcribe",
  "openai-translations": "translate-sound",
  "openai-speech": "speak",
  "openai-images": "draw",
  "openai-image-edits": "edit-image",
  "openai-image-variations": "vary-image",
  "assemblyai-transcripts": "transcribe",
  "deepgram-listen": "transcribe",
  "elevenlabs-transcripts": "transcribe",
  "deepgram-speak": "speak",
  "elevenlabs-speech": "speak",
  "bfl-images": "draw",
  "gemini-images": "draw",
  "replicate-images": "draw",
  "stability-images": "draw",
  "bfl-edits": "edit-image",
  "gemini-edits": "edit-image",
  "replicate-edits": "edit-image",
  "stability-edits": "edit-image",
} as const satisfies Readonly<Record<string, Task>>;

/**
 * Surfaces that ask a model in a form of their own, and the dialect that they are read as. Callers speak them, and the providers
 * that have them take them untouched; a conversation is never written in one.
 */
export const readAs = {
  "openai-completions": "openai-chat",
  "mistral-chat": "openai-chat",
  "ollama-generate": "ollama-chat",
  // The form of most bodies; those of other models say so themselves.
  "bedrock-invoke": "anthropic-messages",
} as const satisfies Readonly<Record<string, DialectId>>;
export type PromptId = keyof typeof readAs;
export const promptIds = Object.keys(readAs) as readonly PromptId[];

/** A surface of an upstream or of ours: a dialect, or one of the stateless endpoints beside the conversations. */
export type SurfaceId = DialectId | PromptId | keyof typeof beside;

export const surfacesBeside = Object.keys(beside) as readonly (keyof typeof beside)[];

export function taskOf(surface: SurfaceId): Task {
  return (beside as Readonly<Record<string, Task>>)[surface] ?? "chat";
}
