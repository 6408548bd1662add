import type { DialectId } from "../../../src/exchange/index.ts";
import type { Json, Play, PlayedTurn } from "./play.ts";

/** A part of the model's turn in the history, as the provider reads it. */
export type SeenBlock =
  | { readonly kind: "thought"; readonly text: string; readonly seal?: string }
  | { readonly kind: "text"; readonly text: string; readonly seal?: string }
  | {
      readonly kind: "call";
      readonly id?: string;
      readonly name: string;
      readonly namespace?: string;
      readonly input: unknown;
      readonly seal?: string;
    };

export interface SeenResult {
  /** Undefined where the dialect names the call by its place. */
  readonly id?: string;
  readonly text: string;
  /** Undefined where the dialect has no mark for it. */
  readonly isError?: boolean;
  readonly images?: number;
}

export interface SeenTurn {
  readonly blocks: readonly SeenBlock[];
  readonly results: readonly SeenResult[];
}

/** What the provider understands of a request. */
export interface Seen {
  readonly system: string;
  readonly tools: readonly string[];
  /** What the user asked, without results. */
  readonly questions: readonly string[];
  readonly turns: readonly SeenTurn[];
}

/** What a turn uses: the beginning of the conversation comes from the cache. */
export interface PlayedUsage {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** A provider's wire, written by hand from its documentation: nothing of the gateway's is used. */
export interface UpstreamDialect {
  readonly id: DialectId;
  /** A model whose name tells the generation, where that matters. */
  readonly model: string;
  readonly contentType: string;
  /** The members of a request that hold the conversation, the one that grows first. */
  readonly members: readonly string[];
  /** Takes media in the results of tools. */
  readonly resultImages: boolean;
  /** Reports what came from its cache. */
  readonly reportsCache: "reads and writes" | "reads" | "never";
  /** A turn as it has to stand in every later request. */
  said(turn: PlayedTurn, conversation: string): readonly SeenBlock[];
  whole(turn: PlayedTurn, usage: PlayedUsage, conversation: string): Json;
  stream(turn: PlayedTurn, usage: PlayedUsage, conversation: string): readonly (string | Uint8Array)[];
  read(body: Json): Seen;
  /** What the provider would refuse, in its words. */
  refuses(body: Json, seen: Seen, play: Play): string | undefined;
  error(message: string): Json;
}

export function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

export function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

export function sse(events: readonly Json[], named = true): string[] {
  return events.map((event) => `${named ? `event: ${String(event.type)}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
}

/** Where the last round began: the assistant's first turn behind the user's last words. */
export function lastRound(seen: Seen): readonly SeenTurn[] {
  const start = seen.turns.findLastIndex(({ blocks }) => blocks.every(({ kind }) => kind !== "call"));
  return seen.turns.slice(start + 1);
}
