import { createHash } from "node:crypto";
import type { Exchange, Piece } from "../exchange/index.ts";

const maxTotalBytes = 64 * 1024 * 1024;
const maxEntryBytes = 1024 * 1024;
const maxMessages = 4;
const warmest = 0.7;

/** When a model's answers are kept; absent means never. */
export interface CacheSettings {
  readonly ttlSeconds: number;
}

/** A kept answer: its pieces as they left the rules, and what the writer must know to say them again. */
export interface Remembered<Context> {
  readonly pieces: readonly Piece[];
  readonly context: Context;
  readonly expiresAt: number;
  readonly bytes: number;
}

/**
 * Answers kept in memory under exactly the same request of the same key. The key is part of the hash, so that no tenant
 * can reach, or time, another's. Oldest use goes first when 64 MB are full. `Context` is whatever the line needs to write
 * the pieces again.
 */
export class ExactCache<Context> {
  readonly #entries = new Map<string, Remembered<Context>>();
  #bytes = 0;

  recall(key: string, now: number): Remembered<Context> | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAt <= now) {
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * A tee behind the rules: passes everything on, and keeps the answer once its end has come. A cut, broken or oversized
   * answer is not kept.
   */
  async *remember(
    key: string,
    pieces: AsyncIterable<Piece>,
    context: Context,
    settings: CacheSettings,
    now: () => number,
  ): AsyncGenerator<Piece> {
    const kept: Piece[] = [];
    let bytes = 0;
    let whole = false;
    for await (const piece of pieces) {
      bytes += (piece.raw?.length ?? 0) + piece.events.length * 64;
      if (bytes <= maxEntryBytes) kept.push(piece);
      whole ||= piece.last;
      yield piece;
    }
    if (whole && bytes <= maxEntryBytes) this.#keep(key, { pieces: kept, context, expiresAt: now() + settings.ttlSeconds * 1000, bytes });
  }

  #keep(key: string, entry: Remembered<Context>): void {
    this.#bytes += entry.bytes - (this.#entries.get(key)?.bytes ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= maxTotalBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

/** Why a request may not be answered from memory; undefined where it may. */
export function bypassReason(exchange: Exchange, settings: CacheSettings | undefined, directive: string | undefined): string | undefined {
  if (!settings) return "off";
  if (directive?.includes("no-store")) return "no-store";
  // The body tells the fields of a form only.
  if (exchange.files) return "files";
  const { body } = exchange;
  if (toolMembers.some((name) => body.has(name))) return "tools";
  if (temperatures(body).some((temperature) => typeof temperature === "number" && temperature > warmest)) return "temperature";
  // Elsewhere an input is a list of texts, each for itself.
  const members = exchange.surface === "openai-responses" || exchange.surface === "gemini-interactions" ? ["input"] : turnMembers;
  const turns = members.map((name) => body.get(name)).find(Array.isArray);
  return turns && turns.length > maxMessages ? "long conversation" : undefined;
}

// In the words of all dialects: the surface alone does not tell the form of InvokeModel's bodies.
const toolMembers = ["tools", "functions", "toolConfig", "tool_config"];
const turnMembers = ["messages", "contents"];
const settingMembers = ["inferenceConfig", "generationConfig", "generation_config", "options", "textGenerationConfig"];

function temperatures(body: Exchange["body"]): unknown[] {
  const nested = settingMembers.map((name) => body.get(name) as { readonly temperature?: unknown } | null | undefined);
  return [body.get("temperature"), ...nested.map((settings) => settings?.temperature)];
}

/** Headers by which callers say what the body means, or what is to stand before the model. */
const meaningful = /^(anthropic|openai|x-amzn-bedrock)-/;

/** The partition (the caller's key), the surface, what its paths and headers say beside the body, and the body, whole. */
export function cacheKey({ principal, surface, model, stream, http, body }: Exchange): string {
  const names = [...http.headerNames()].filter((name) => meaningful.test(name)).toSorted();
  const beside = names.map((name) => [name, http.header(name)]);
  return createHash("sha256")
    .update(JSON.stringify([principal.keyId, surface, model, stream, beside]))
    .update("\0")
    .update(body.bytes)
    .digest("base64url");
}
