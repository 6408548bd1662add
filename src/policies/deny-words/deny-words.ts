import * as z from "zod/mini";
import { type AnswerEvent, type Exchange, Fault, type Item, type Part, type Piece, taskOf } from "../../exchange/index.ts";
import type { Policy, Rule } from "../policy.ts";
import { WordFinder } from "./word-finder.ts";
import { WordScan } from "./word-scan.ts";

const schema = z.strictObject({
  words: z
    .array(z.string().check(z.trim(), z.minLength(1)))
    .check(z.minLength(1), z.describe("Words and phrases that may not pass. Case, width and invisible characters don't matter.")),
  in: z._default(z.enum(["both", "request", "answer"]), "both").check(z.describe("Where to look.")),
  match: z
    ._default(z.enum(["word", "substring"]), "word")
    .check(z.describe("`word` finds whole words only; `substring` finds them inside others too.")),
});

type Options = z.output<typeof schema>;

/**
 * Refuses requests that hold a listed word, and cuts answers before any of a listed word is delivered: pieces wait as long as the
 * end of what they hold may still become one. A clean stream loses nothing and waits for a few letters at most.
 */
export const denyWords: Policy<Options> = {
  id: "deny-words",
  doc: "Refuses requests and cuts answers that hold a listed word.",
  kinds: ["model"],
  schema,
  setup(options): Rule {
    const finder = new WordFinder(options.words, options.match === "word");
    const looksAt = { request: options.in !== "answer", answer: options.in !== "request" };
    return {
      id: "deny-words",
      reads: options.in,
      ...(looksAt.request && { request: (exchange: Exchange) => judgeRequest(finder, exchange) }),
      ...(looksAt.answer && { answer: (pieces: AsyncIterable<Piece>) => cutAtWord(finder, pieces) }),
    };
  },
};

function judgeRequest(finder: WordFinder, exchange: Exchange): void {
  for (const text of textsOf(exchange)) {
    const scan = new WordScan(finder);
    if ((scan.push(text) ?? scan.end()) !== undefined) throw denied("The request holds a word that a policy does not let pass.");
  }
}

function* textsOf(exchange: Exchange): Generator<string> {
  // The very bytes that may go upstream: names, schemas, unknown members and twins among them.
  if (exchange.kind === "model") yield unescaped(decoder.decode(exchange.body.bytes));
  if (taskOf(exchange.surface) !== "chat") {
    yield* textsIn(exchange.body.parse());
    return;
  }
  const request = exchange.read();
  for (const item of request.items) {
    yield* textsOfItem(item);
    if (item.type === "message" || item.type === "result") yield joinedText(item.parts);
  }
}

/** Every text of a request that is no conversation: prompts, documents, what is to be spoken. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) yield* textsIn(each);
}

const decoder = new TextDecoder();

/** Text parts that stand side by side are read as one by the model. */
function joinedText(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : " ")).join("");
}

function* textsOfItem(item: Item): Generator<string> {
  switch (item.type) {
    case "message":
    case "result":
      for (const part of item.parts) yield* textsOfPart(part);
      return;
    case "reasoning":
      yield* item.summary;
      if (item.text !== undefined) yield item.text;
      return;
    case "call":
      yield unescaped(item.arguments);
      return;
    case "opaque":
      yield item.text ?? unescaped(JSON.stringify(item.native));
  }
}

function* textsOfPart(part: Part): Generator<string> {
  if (part.type === "text" || part.type === "refusal") yield part.text;
  else if (part.type === "document" && part.source.kind === "text") yield part.source.text;
  else if (part.type === "opaque") yield unescaped(JSON.stringify(part.native));
}

/** JSON text with its escapes undone, so that `\u0064` can't hide a letter. */
function unescaped(json: string): string {
  return json.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))).replace(/\\[nrt]/g, " ");
}

function denied(message: string): Fault {
  return new Fault("policy_denied", { message, policy: "deny-words" });
}

/** Undoes the escapes of JSON text that comes in pieces; an escape that is cut in two waits for its rest. */
class Unescaper {
  #rest = "";

  get isOpen(): boolean {
    return this.#rest !== "";
  }

  push(json: string): string {
    const text = this.#rest + json;
    this.#rest = /\\(?:u[0-9a-fA-F]{0,3})?$/.exec(text)?.[0] ?? "";
    return unescaped(text.slice(0, text.length - this.#rest.length));
  }
}

function unescaperOf(escapes: Map<string, Unescaper>, key: string): Unescaper {
  let unescaper = escapes.get(key);
  if (!unescaper) {
    unescaper = new Unescaper();
    escapes.set(key, unescaper);
  }
  return unescaper;
}

/** A piece that waits, and how far each of its blocks reached when it came. */
interface Waiting {
  readonly piece: Piece;
  readonly ends: readonly { readonly scan: WordScan; readonly position: number }[];
  /** Call arguments whose last escape is not whole yet. */
  readonly openEscapes: readonly Unescaper[];
}

async function* cutAtWord(finder: WordFinder, pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  const scans = new Map<string, WordScan>();
  const escapes = new Map<string, Unescaper>();
  let waiting: Waiting[] = [];
  for await (const piece of pieces) {
    const ends = readPiece(finder, scans, escapes, piece);
    waiting.push({ piece, ends, openEscapes: [...escapes.values()].filter((unescaper) => unescaper.isOpen) });
    while (waiting.length > 0 && isClean(waiting[0] as Waiting)) yield (waiting.shift() as Waiting).piece;
  }
  for (const scan of scans.values()) if (scan.end() !== undefined) throw denied(cutMessage);
  for (const { piece } of waiting) yield piece;
  waiting = [];
}

const cutMessage = "The answer was cut: it holds a word that a policy does not let pass.";

/** Feeds the piece's text to the scan of each block. @throws Fault `policy_denied` */
function readPiece(finder: WordFinder, scans: Map<string, WordScan>, escapes: Map<string, Unescaper>, piece: Piece): Waiting["ends"] {
  const ends = new Map<WordScan, { scan: WordScan; position: number }>();
  for (const event of piece.events) {
    const key = blockKey(event);
    if (key === undefined) {
      if (event.type === "opaque-item") judgeWhole(finder, event.item.text ?? unescaped(JSON.stringify(event.item.native)));
      continue;
    }
    let scan = scans.get(key);
    if (!scan) {
      scan = new WordScan(finder);
      scans.set(key, scan);
    }
    if (event.type.endsWith("-end")) {
      scans.delete(key);
      if (scan.end() !== undefined) throw denied(cutMessage);
    } else if (
      scan.push(event.type === "call-delta" ? unescaperOf(escapes, key).push(event.arguments) : textOfDelta(event)) !== undefined
    ) {
      throw denied(cutMessage);
    }
    ends.set(scan, { scan, position: scan.position });
  }
  return [...ends.values()];
}

function judgeWhole(finder: WordFinder, text: string): void {
  const scan = new WordScan(finder);
  if ((scan.push(text) ?? scan.end()) !== undefined) throw denied(cutMessage);
}

/** Nothing that the piece brought may still become part of a word. */
function isClean(waiting: Waiting): boolean {
  return waiting.ends.every((end) => end.scan.safeUntil >= end.position) && !waiting.openEscapes.some((unescaper) => unescaper.isOpen);
}

/** Deltas and ends of the same kind of text belong together, even where an upstream splits it over blocks of one choice. */
function blockKey(event: AnswerEvent): string | undefined {
  switch (event.type) {
    case "text-delta":
    case "text-end":
    case "refusal-delta":
    case "refusal-end":
    case "reasoning-delta":
    case "reasoning-end":
    case "call-delta":
    case "call-end":
    case "audio-delta":
    case "audio-end":
      return `${event.choice}:${event.block}`;
    default:
      return undefined;
  }
}

function textOfDelta(event: AnswerEvent): string {
  switch (event.type) {
    case "text-delta":
    case "refusal-delta":
    case "reasoning-delta":
      return event.text;
    case "audio-delta":
      return event.transcript ?? "";
    default:
      return "";
  }
}
