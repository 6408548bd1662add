import type { DialectId } from "./items.ts";

/** What a surface is for. Surfaces of one task say the same in other words; those of two tasks have nothing to say to each other. */
export type Task = "chat" | "count" | "embed" | "list" | "rerank";

/** The endpoints beside the conversations' dialects. */
const beside = {
  "openai-models": "list",
  "openai-input-tokens": "count",
  "anthropic-count-tokens": "count",
  "openai-embeddings": "embed",
  "cohere-embed": "embed",
} as const satisfies Readonly<Record<string, Task>>;

/** A surface of an upstream or of ours: a dialect, or one of the stateless endpoints beside the conversations. */
export type SurfaceId = DialectId | keyof typeof beside;

export const surfacesBeside = Object.keys(beside) as readonly (keyof typeof beside)[];

export function taskOf(surface: SurfaceId): Task {
  return (beside as Readonly<Record<string, Task>>)[surface] ?? "chat";
}
