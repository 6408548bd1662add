import { onlyProvider, onlyWrapped } from "./ask-gateway.ts";
import type { Bench, Reply } from "./bench.ts";
import { cannedAnswer, simpleRequest } from "./canned.ts";
import {
  asksForStream,
  type ConversationDialect,
  isConversation,
  isObject,
  parseJson,
  type RecordedAnswer,
  type RecordedExchange,
  wrappedMessages,
} from "./exchange.ts";
import { firstDifference, unwrappedRequest } from "./own-dialect.ts";
import { framesOf } from "./readers/frames.ts";
import { tell } from "./readers/tell.ts";
import type { Ending, Told, ToldUsage } from "./readers/told.ts";
import { missingFrom, sameArguments, wantedOf, wraps } from "./readers/wanted.ts";
import { streamFlaw } from "./readers/well-formed.ts";
import type { Slicing } from "./replay-upstream.ts";
import { failed, type Verdict } from "./tally.ts";

/** A caller of another dialect asks for the recorded answer: text, calls, ending and usage must be the upstream's. */
export async function checkAnswerAcross(
  bench: Bench,
  exchange: RecordedExchange,
  caller: ConversationDialect,
  slicing?: Slicing,
): Promise<Verdict> {
  const { answer, dialect } = exchange;
  if (answer === undefined || !isConversation(dialect)) return { outcome: "left out", note: "no answer was recorded" };
  const streamed = exchange.mode === "stream" || (exchange.mode === "error" && asksForStream(exchange));
  const expected = exchange.mode === "error" ? undefined : tell(dialect, exchange.mode === "stream" ? "stream" : "whole", answer.body);
  const wrapped = exchange.api === wrappedMessages;
  const body = simpleRequest(caller, wrapped ? "anthropic.claude-recorded" : "recorded-model", streamed, expected);
  const replay = { dialect, answer, ...(slicing === undefined ? {} : { slicing }) };
  const reply = await bench.ask({ caller, provider: wrapped ? onlyWrapped : onlyProvider(dialect), body, stream: streamed }, replay);
  if (reply.records.length !== 1) return failed(`${reply.records.length} records were settled instead of one`);
  if (expected === undefined) return checkErrorAcross(reply, answer, caller);
  if (
    expected.ending === "none" &&
    !expected.whole &&
    expected.error === undefined &&
    exchange.mode === "whole" &&
    expected.choices > 0 &&
    dialect === "openai-responses"
  ) {
    return { outcome: "left out", note: "background answer, not finished yet: stored state" };
  }
  if (expected.choices > 1) return { outcome: "left out", note: "several choices in one answer: only Chat can ask for them" };
  if (reply.status !== 200) {
    const upstreamFailed = expected.error !== undefined || expected.ending === "failed" || (expected.ending === "none" && !expected.whole);
    const typed = reply.status >= 400 && errorMessage(caller, reply.text) !== undefined;
    return upstreamFailed && typed
      ? { outcome: "passed", note: "error inside a 200 became an error" }
      : failed(`status ${reply.status}: ${reply.text.slice(0, 400)}`);
  }
  const got = tell(caller, streamed ? "stream" : "whole", reply.bytes);
  const verdict = compare(expected, got, caller);
  const flaw = streamed && got.whole && got.error === undefined ? streamFlaw(caller, framesOf(caller, reply.bytes)) : undefined;
  return verdict.outcome === "passed" && flaw !== undefined ? failed(`not well formed: ${flaw}`) : verdict;
}

function compare(expected: Told, got: Told, caller: ConversationDialect): Verdict {
  const said = expected.text + expected.refusal;
  const heard = got.text + got.refusal;
  if (expected.error !== undefined || !expected.whole || expected.ending === "failed") {
    if (got.error === undefined && got.ending !== "failed") return failed("an answer that failed upstream arrived as a good one");
    return heard === said || said.startsWith(heard)
      ? { outcome: "passed", note: "failure inside the stream stays a failure" }
      : failed(`text: ${firstDifference(said, heard)}`);
  }
  if (!got.whole) return failed(`no end mark; error ${got.error ?? "none"}`);
  if (heard !== said) return failed(`text: ${firstDifference(said, heard)}`);
  if (got.calls.length !== expected.calls.length) return failed(`${got.calls.length} calls instead of ${expected.calls.length}`);
  for (const [index, call] of expected.calls.entries()) {
    const other = got.calls[index]!;
    if (other.name !== call.name) return failed(`call ${index}: ${call.name} became ${other.name}`);
    if (!sameArguments(other.arguments, call.arguments) && !wraps(other.arguments, call.arguments)) {
      return failed(`call ${index}: arguments ${call.arguments.slice(0, 120)} became ${other.arguments.slice(0, 120)}`);
    }
    if (!carriesId(caller, call.id, other.id)) return failed(`call ${index}: id "${call.id}" became "${other.id}"`);
  }
  if (new Set(got.calls.map((call) => call.id)).size < got.calls.length && !idless.includes(caller)) return failed("two calls of one id");
  if (!sameThoughts(expected.reasoning, got.reasoning)) {
    return failed(`reasoning: ${firstDifference(expected.reasoning, got.reasoning)}`);
  }
  const ending = [...expectedEnding(expected, caller), ...(expected.resolved ? (["stop", "call"] as const) : [])];
  if (!ending.includes(got.ending)) return failed(`ending ${expected.ending} became ${got.ending}, not ${ending.join(" or ")}`);
  return compareUsage(expected.usage, got.usage, caller);
}

/** Dialects whose calls may go without an id. */
const idless: readonly ConversationDialect[] = ["gemini-generate", "ollama-chat"];

/** What an id may be made of where the dialect's own API says so. */
const idForms: Partial<Record<ConversationDialect, RegExp>> = {
  "anthropic-messages": /^[a-zA-Z0-9_-]+$/,
  "bedrock-converse": /^[a-zA-Z0-9_-]{1,64}$/,
};

/** The upstream's id arrives where the caller's dialect can hold it; one that it cannot hold may be another, one that was not given is made up. */
function carriesId(caller: ConversationDialect, given: string, got: string): boolean {
  const form = idForms[caller] ?? /^./;
  if (given === "") return idless.includes(caller) || form.test(got);
  return got === given || (!form.test(given) && form.test(got));
}

/** Paragraphs may be joined in other ways. */
function sameThoughts(given: string, got: string): boolean {
  return given.replace(/\s+/g, "") === got.replace(/\s+/g, "");
}

/** Section 7 of the translation table: what each ending may be called by a caller's dialect. A call always wins over a plain stop. */
function expectedEnding(told: Told, caller: ConversationDialect): readonly Ending[] {
  const ending =
    told.calls.length > 0 && (told.ending === "stop" || told.ending === "none" || told.ending === "stop-sequence") ? "call" : told.ending;
  const refused = told.refusal !== "";
  const chat: Partial<Record<Ending, readonly Ending[]>> = {
    "stop-sequence": ["stop"],
    "context-full": ["length"],
    refusal: refused ? ["filtered", "stop"] : ["filtered"],
    pause: ["stop"],
    none: ["stop"],
  };
  const responses: Partial<Record<Ending, readonly Ending[]>> = {
    "stop-sequence": ["stop"],
    "context-full": ["length", "failed"],
    refusal: ["filtered", "refusal"],
    filtered: ["filtered", "refusal"],
    pause: ["stop", "length"],
    none: ["stop"],
  };
  const messages: Partial<Record<Ending, readonly Ending[]>> = { filtered: ["refusal"], none: ["stop"] };
  // Stopped by the provider in mid-answer, to be asked again: none of them has a word for it.
  const native: Partial<Record<Ending, readonly Ending[]>> = { refusal: ["filtered"], pause: ["stop", "pause"], none: ["stop"] };
  const known = (
    {
      "openai-chat": chat,
      "openai-responses": responses,
      "anthropic-messages": messages,
      "gemini-generate": { ...native, "stop-sequence": ["stop"], "context-full": ["length"] },
      "gemini-interactions": { ...native, "stop-sequence": ["stop"], "context-full": ["length"], pause: ["length"] },
      "bedrock-converse": native,
      "cohere-chat": { ...native, "context-full": ["length"], filtered: ["failed"], refusal: ["failed", "stop"] },
      "ollama-chat": { ...native, "stop-sequence": ["stop"], "context-full": ["length"], filtered: ["stop"], refusal: ["stop"] },
    }[caller] as Partial<Record<Ending, readonly Ending[]>>
  )[ending] ?? [ending];
  // A refusal in words is one, whatever the provider calls the end of it.
  return refused ? [...known, "refusal", "filtered"] : known;
}

/** Dialects whose billed counts do not name what came from a cache. */
const wordless: readonly ConversationDialect[] = ["cohere-chat", "ollama-chat"];

function compareUsage(expected: ToldUsage | undefined, got: ToldUsage | undefined, caller: ConversationDialect): Verdict {
  if (expected === undefined || (expected.input === 0 && expected.output === 0))
    return { outcome: "passed", note: "upstream gave no usage" };
  if (got === undefined) return failed("usage was lost");
  for (const name of ["input", "cacheRead", "output"] as const) {
    if (name === "cacheRead" && wordless.includes(caller) && got[name] === 0) continue;
    if (got[name] !== expected[name]) return failed(`usage ${name}: ${expected[name]} became ${got[name]}`);
  }
  if (expected.cacheRead !== got.cacheRead) return { outcome: "passed", note: "this dialect does not tell cached input from other input" };
  return { outcome: "passed" };
}

function checkErrorAcross(reply: Reply, answer: RecordedAnswer, caller: ConversationDialect): Verdict {
  if (errorMessage(caller, reply.text) === undefined)
    return failed(`not an error of ${caller}: ${reply.status} ${reply.text.slice(0, 200)}`);
  if (answer.status === 401 || answer.status === 403)
    return reply.status === 502 || reply.status === 503 ? { outcome: "passed" } : failed(`${answer.status} became ${reply.status}`);
  const same =
    reply.status === answer.status ||
    (answer.status >= 500 && reply.status >= 500) ||
    ((answer.status === 429 || answer.status === 402) && reply.status === 503);
  return same ? { outcome: "passed" } : failed(`${answer.status} became ${reply.status}: ${reply.text.slice(0, 200)}`);
}

/** The message, where the body has the form that the dialect's SDKs expect. */
export function errorMessage(dialect: ConversationDialect, text: string): string | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  if (dialect === "bedrock-converse" || dialect === "cohere-chat") return stringOr(json.message);
  if (dialect === "ollama-chat") return stringOr(json.error);
  if (!isObject(json.error)) return undefined;
  const { message, type, code, status } = json.error;
  if (dialect === "gemini-generate" || dialect === "gemini-interactions")
    return typeof code === "number" && typeof status === "string" ? stringOr(message) : undefined;
  if (typeof message !== "string" || typeof type !== "string") return undefined;
  return dialect === "anthropic-messages" && json.type !== "error" ? undefined : message;
}

function stringOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The recorded request goes to an upstream of another dialect: everything in it is found again, refused or reported. */
export async function checkRequestAcross(bench: Bench, exchange: RecordedExchange, upstream: ConversationDialect): Promise<Verdict> {
  const { dialect, requestJson } = exchange;
  if (requestJson === undefined || !isConversation(dialect)) return { outcome: "left out", note: "no request was recorded" };
  const body =
    exchange.api === wrappedMessages
      ? unwrappedRequest(exchange, requestJson)
      : { ...requestJson, model: requestJson.model ?? "deployment" };
  const stream = asksForStream(exchange);
  const answer = cannedAnswer(upstream, stream);
  const reply = await bench.ask({ caller: dialect, provider: onlyProvider(upstream), body, stream }, { dialect: upstream, answer });
  const arrived = reply.arrivals[0]?.json;
  if (arrived === undefined) {
    const message = errorMessage(dialect, reply.text);
    const honest = reply.status >= 400 && reply.status < 500 && message !== undefined;
    return honest
      ? { outcome: "refused", note: shortened(message) }
      : failed(`nothing was sent: ${reply.status} ${reply.text.slice(0, 300)}`);
  }
  if (reply.status !== 200) return failed(`status ${reply.status}: ${reply.text.slice(0, 300)}`);
  const wanted = wantedOf(dialect, requestJson);
  const strays = wanted.seals.filter((seal) => new TextDecoder().decode(reply.arrivals[0]?.body).includes(seal));
  if (strays.length > 0) return failed(`sealed thoughts went to another provider: ${strays[0]?.slice(0, 40)}`);
  const missing = missingFrom(wantedOf(upstream, arrived), arrived, wanted);
  const warning = reply.headers.get("x-sluice-warning");
  if (missing.length === 0) return { outcome: "passed" };
  if (warning === null) return failed(`lost without a word: ${missing.slice(0, 6).join(" | ")}`);
  const silent = missing.filter((entry) => !explains(warning, entry));
  if (silent.length > 0) return failed(`lost, and "${warning}" does not say so: ${silent.slice(0, 6).join(" | ")}`);
  const kinds = [...new Set(missing.map((entry) => (/^(setting|hosted)/.test(entry) ? entry : (entry.split(":")[0] ?? ""))))];
  return { outcome: "reported", note: `${kinds.sort().join(", ")} — ${warning}` };
}

const explanations: readonly (readonly [RegExp, RegExp])[] = [
  // A signature goes with what it stands on.
  [/^sealed thought/, /reasoning|server_tool_history|modality_dropped/],
  [/^thought/, /reasoning/],
  [/^setting: (effort|limit)/, /reasoning|effort|output_limit|max_tokens/],
  [/^setting: (schema|json)/, /output_format|schema|json/],
  [/^setting: choice/, /tool_choice|hosted_tool/],
  [/^setting: parallel/, /parallel|hosted_tool/],
  [/^setting: (n|logprobs|logit_bias)/, /n_unsupported|logprobs|logit_bias|sampling|field_dropped/],
  [/^setting/, /sampling|field_dropped|reasoning_control/],
  [/^hosted/, /free_text_tool|hosted_tool|server_tool|field_dropped|tool_result|custom_tool|namespace|state/],
  [/^media/, /media|modality|document|image/],
  [/^tool/, /tool|schema|strict/],
  [/^(text|result|call)/, /flattened|folded|merged/],
];

/** The warning holds a code of the kind of what is missing. */
function explains(warning: string, missing: string): boolean {
  return explanations.find(([kind]) => kind.test(missing))?.[1].test(warning) ?? false;
}

/** Reasons differ by names and ids; the group is what counts. */
function shortened(message: string): string {
  return message
    .replace(/`[^`]*`|"[^"]*"/g, "…")
    .replace(/\d+/g, "N")
    .slice(0, 120);
}
