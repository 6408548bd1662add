import { createHash } from "node:crypto";
import type { DialectId } from "../../../src/exchange/index.ts";
import { dialectAnswers } from "../../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../../upstreams/scripted-dialect.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What the upstream understood of a request, in no dialect. */
export interface Asked {
  readonly stream: boolean;
  /** Chat: `stream_options.include_usage`. */
  readonly usageAsked: boolean;
  readonly instructions: readonly string[];
  /** The last text of the user's. */
  readonly question: string;
  readonly media: readonly Media[];
  readonly tools: readonly string[];
  readonly results: readonly string[];
  readonly schema: boolean;
  readonly reasoning: boolean;
  /** Reasoning of earlier turns that came back as this upstream had sealed it. */
  readonly kept: readonly string[];
}

export interface Media {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What the upstream answers, in no dialect. */
export interface Reply {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

/** One event of a stream: its name where the dialect has names, and its data. */
export interface Sent {
  readonly name?: string;
  readonly data: string;
}

/** A dialect as an upstream speaks it. */
export interface UpstreamDialect {
  readonly id: DialectId;
  /** Of streams. Default: server-sent events. */
  readonly contentType?: string;
  frame?(event: Sent): string | Uint8Array;
  /** The provider's words for a status. */
  error(status: number, message: string): Json;
  /** Checks the request as the provider would. @throws Refused */
  read(body: Json, header: (name: string) => string | undefined, path: string): Asked;
  whole(reply: Reply, model: string): Json;
  events(reply: Reply, model: string, asked: Asked): readonly Sent[];
}

/** As the other suites' upstreams say it. */
export function errorOf(dialect: ScriptedDialect, status: number, message: string): Json {
  const body = dialectAnswers[dialect].errorBody(status) as { error: Json };
  return { ...body, error: { ...body.error, message } };
}

/** The provider's 400. */
export class Refused extends Error {}

/** What every answer counts: 16 tokens in, 5 of them from the cache, and 7 out, 2 of them reasoning. */
export const counts = { fresh: 11, cached: 5, output: 7, reasoning: 2 };
/** What the upstream seals into its reasoning, and wants back. */
export const seal = "c2VhbGVkLWJ5LXRoZS11cHN0cmVhbQ==";

export function refuseUnknown(body: Json, known: readonly string[]): void {
  const stranger = Object.keys(body).find((name) => !known.includes(name));
  if (stranger !== undefined) throw new Refused(`Unknown parameter: '${stranger}'.`);
}

export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** A data URI, as OpenAI's dialects carry media. @throws Refused */
export function mediaOf(uri: unknown): Media {
  const found = /^data:([^;,]+);base64,(.+)$/.exec(String(uri));
  if (!found) throw new Refused("The media is no data URI with base64.");
  return { type: found[1]!, bytes: Buffer.from(found[2]!, "base64") };
}

/** How the upstream names what it was shown; the test computes the same from the bytes that it sent. */
export function nameOfMedia({ type, bytes }: Media): string {
  return `${type} of ${bytes.length} bytes, ${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}`;
}

/** Splits into pieces that put together give the text again. */
export function piecesOf(text: string): string[] {
  return text.match(/.{1,9}/gsu) ?? [];
}
