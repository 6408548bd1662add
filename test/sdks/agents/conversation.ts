import { isDeepStrictEqual } from "node:util";
import { type Json, type Play, type PlayedTurn, resultOf, turnCount } from "./play.ts";
import { rawMember } from "./raw-json.ts";
import type { PlayedUsage, Seen, SeenTurn, UpstreamDialect } from "./upstream-dialect.ts";

export interface ConversationOptions {
  /** What is to be played, under a name of its own. */
  readonly name: string;
  readonly play: Play;
  readonly dialect: UpstreamDialect;
  /** The agent cannot hold on to what was thought before words alone, and no provider asks for it. */
  readonly forgetsThoughtsOfWords: boolean;
  /** Agent and provider speak one dialect. */
  readonly native: boolean;
  /** The agent's dialect has a mark for results that are errors. */
  readonly marksErrors: boolean;
}

/** What an answer to a request is. */
export type Reply = { readonly turn: PlayedTurn; readonly usage: PlayedUsage } | { readonly refusal: string };

/** One conversation as the provider sees it: request by request, each looked at as a whole. */
export class Conversation {
  readonly options: ConversationOptions;
  readonly problems: string[] = [];
  /** Headers of the requests, in their order. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>[] = [];
  #before = new Map<string, string>();

  constructor(options: ConversationOptions) {
    this.options = options;
  }

  get requests(): number {
    return this.headers.length;
  }

  reply(raw: string, headers: Readonly<Record<string, string | string[] | undefined>>): Reply {
    const { dialect, play } = this.options;
    this.headers.push(headers);
    const body = JSON.parse(raw) as Json;
    const seen = dialect.read(body);
    const number = seen.turns.length;
    const refusal = dialect.refuses(body, seen, play);
    if (refusal !== undefined) {
      this.#problem(number, `the provider refuses: ${refusal}`);
      return { refusal };
    }
    this.#checkHistory(seen);
    this.#checkPrefix(raw, number);
    const turn = play.turns[number];
    if (!turn) return { refusal: "The play is over." };
    return { turn, usage: usageOf(number) };
  }

  #problem(number: number, text: string): void {
    this.problems.push(`turn ${number}: ${text}`);
  }

  #checkHistory(seen: Seen): void {
    const { dialect, play, name } = this.options;
    const now = seen.turns.length;
    for (const [at, turn] of seen.turns.entries()) {
      const played = play.turns[at];
      if (!played) break;
      const said = dialect.said(played, name);
      if (!isDeepStrictEqual(turn.blocks, said) && !this.#isForgotten(played, turn)) {
        this.#problem(now, `turn ${at} came back as ${short(turn.blocks)}, it was ${short(said)}`);
      }
      this.#checkResults(played, turn, now);
    }
    if (!plain(seen.system).includes(plain(play.system))) this.#problem(now, `the instructions are ${short(seen.system)}`);
    const offered = this.options.native ? play.tools : play.plainTools;
    if (!isDeepStrictEqual(seen.tools, offered)) this.#problem(now, `the tools are ${short(seen.tools)}`);
    const asked = play.questions.slice(0, 1 + seen.turns.filter(({ blocks }) => blocks.every(({ kind }) => kind !== "call")).length);
    const heard = plain(seen.questions.join(" "));
    if (!asked.every((question) => heard.includes(plain(question)))) this.#problem(now, `the user said ${short(seen.questions)}`);
  }

  #isForgotten(played: PlayedTurn, { blocks }: SeenTurn): boolean {
    if (!this.options.forgetsThoughtsOfWords || played.calls.length > 0) return false;
    return isDeepStrictEqual(blocks, [{ kind: "text", text: played.text }]);
  }

  #checkResults(played: PlayedTurn, { blocks, results }: SeenTurn, now: number): void {
    const ids = blocks.flatMap((block) => (block.kind === "call" ? [block.id] : []));
    for (const [place, call] of played.calls.entries()) {
      const { text, isError } = resultOf(call);
      const result = results[place];
      const wrong =
        result === undefined ||
        result.text !== text ||
        (result.id !== undefined && result.id !== ids[place]) ||
        (result.isError !== undefined && result.isError !== (isError && this.options.marksErrors)) ||
        (this.options.dialect.resultImages && (result.images ?? 0) !== (showsImage(call.input) ? 1 : 0));
      if (wrong) this.#problem(now, `result ${place} of turn ${played.number} is ${short(result)}, it was ${short({ text, isError })}`);
    }
  }

  /** The bytes up to the old end are those of the turn before: marks of where to cache are the only ones that may wander. */
  #checkPrefix(raw: string, number: number): void {
    const [growing = "", ...fixed] = this.options.dialect.members;
    const before = this.#before;
    const now = new Map([growing, ...fixed].map((name) => [name, withoutMarks(rawMember(raw, name) ?? "")]));
    this.#before = now;
    if (before.size === 0) return;
    const old = before.get(growing) ?? "";
    if (old === "" || !now.get(growing)?.startsWith(old.slice(0, -1)))
      this.#problem(number, `\`${growing}\` does not begin as it did${firstDifference(old, now.get(growing) ?? "")}`);
    for (const name of fixed) if (now.get(name) !== before.get(name)) this.#problem(number, `\`${name}\` has changed`);
  }

  /** The whole play was played. */
  checkEnd(): void {
    if (this.requests !== turnCount) this.problems.push(`${this.requests} requests instead of ${turnCount}`);
  }
}

/** Growing numbers, each of its own kind, so that none can stand for another. */
export function usageOf(number: number): PlayedUsage {
  return { uncached: 121 + number, cacheRead: number * 1000, cacheWrite: number === 0 ? 2048 : 512, output: 40 + number };
}

/** Tools that show pictures are asked for one by its name. */
export function showsImage(input: unknown): boolean {
  return typeof input === "object" && input !== null && Object.values(input).some((value) => String(value).endsWith(".png"));
}

function withoutMarks(raw: string): string {
  return raw.replaceAll(/,?"cache_control":\{[^{}]*\}/g, "").replaceAll(/,?\{"cachePoint":\{[^{}]*\}\}/g, "");
}

function firstDifference(before: string, after: string): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  return `: ${before.slice(Math.max(0, at - 60), at + 120)} | ${after.slice(at, at + 120)}`;
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
