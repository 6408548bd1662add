import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { recordings } from "../../../test/transcripts/gemini-recordings.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import {
  type Answer,
  type AnswerEvent,
  Fault,
  type Item,
  inputTokens,
  JsonBody,
  Losses,
  type ModelRequest,
  noUsage,
} from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import type { Dialect } from "../dialect.ts";
import { dialects } from "../every-codec.ts";
import { FrameCutter } from "../framing/sse.ts";
import { type Fields, fieldsOf, listOf, type Native } from "./fields.ts";
import { gemini } from "./index.ts";

const others = [dialects["openai-chat"], dialects["openai-responses"], dialects["anthropic-messages"]];
const folder = transcriptsFolder();
const usable =
  folder === undefined ? [] : loadTranscripts(folder).exchanges.filter(({ dialect }) => others.some(({ id }) => id === dialect));

const home = answersOfGemini();
const away = usable.filter(({ mode }) => mode === "whole" || mode === "stream").flatMap(answerOf);
const asked = usable.flatMap(requestOf);
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings, because ../shared/data is not there"
    : `${home.length} answers of Gemini for callers of ${others.length} dialects, ${away.length} answers of others for callers of Gemini, ${asked.length} requests of others for Gemini`,
);

describe.each(others)("Gemini's answers for callers of $id", (dialect) => {
  test.each(home)("$name says the same, whole and streamed", ({ answer, events }) => {
    const whole = dialect.readAnswer(clone(dialect.writeAnswer(answer, context(dialect))));
    expect(facts(whole)).toEqual(facts(answer));
    expect(facts(streamed(dialect, events))).toEqual(facts(answer));
  });

  test.each(home.filter(({ answer }) => calls(answer).length > 0))("$name brings its signatures home", ({ answer }) => {
    const whole = clone(dialect.writeAnswer(answer, context(dialect))) as Native;
    const request = dialect.readRequest(scanned(nextTurn(dialect, whole, answer)), { header: () => undefined });
    const losses = new Losses();
    const body = gemini.writeRequest(request, { provider: "gemini", model: "gemini-3-pro" }, losses);
    const own = gemini.writeAnswer(answer, context(gemini)) as Fields;
    const sent = signedCalls(listOf(body.contents).filter((content) => fieldsOf(content).role === "model") as Fields[]);
    const told = signedCalls(listOf(own.candidates).map((candidate) => fieldsOf(fieldsOf(candidate).content)));
    const unsigned = "skip_thought_signature_validator";
    expect(sent).toEqual(
      told.map((call, index) => (index === 0 && call.signature === undefined ? { ...call, signature: unsigned } : call)),
    );
  });
});

describe("others' answers for callers of Gemini", () => {
  test.each(away)("$name says the same, whole and streamed", ({ answer, events }) => {
    expect(facts(gemini.readAnswer(clone(gemini.writeAnswer(answer, context(gemini)))))).toEqual(facts(answer));
    expect(facts(streamed(gemini, events))).toEqual(facts(answer));
  });

  test.each(away.filter(({ answer }) => sealed(answer).length > 0))("$name brings its sealed thoughts home", ({ answer }) => {
    const whole = clone(gemini.writeAnswer(answer, context(gemini))) as Fields;
    const content = fieldsOf(fieldsOf(listOf(whole.candidates)[0]).content);
    const body = scanned({ contents: [{ role: "user", parts: [{ text: "?" }] }, content] });
    const read = gemini.readRequest(body, { header: () => undefined });
    expect(sealed({ ...answer, choices: [{ items: read.items }] })).toEqual(sealed(answer));
    const edits = gemini.editRequest(body, { provider: "gemini", model: "m" });
    expect(Buffer.from(body.splice(edits)).toString()).not.toContain("c2x1aWNl");
  });
});

test("others' requests are written for Gemini, or refused with the reason", () => {
  const refused = new Map<string, number>();
  for (const { name, request } of asked) {
    const first = attempt(request, name);
    if (first instanceof Fault) {
      expect(first.code).toBe("request_unsupported");
      const why = first.message.replaceAll(/"[^"]*"/g, "…");
      refused.set(why, (refused.get(why) ?? 0) + 1);
      continue;
    }
    expect(attempt(request, name)).toBe(first as string);
    const contents = (JSON.parse(first as string) as { contents: { role: string; parts: Fields[] }[] }).contents;
    for (const [index, { role, parts }] of contents.entries()) {
      expect([role, parts.length > 0]).toEqual([index % 2 === 0 ? "user" : "model", true]);
      const called = parts.filter((part) => part.functionCall).length;
      const answered = (contents[index + 1]?.parts ?? []).filter((part) => part.functionResponse).length;
      if (called > 0) expect(answered).toBe(called);
    }
  }
  console.info(
    `${asked.length - [...refused.values()].reduce((a, b) => a + b, 0)} written, refused: ${JSON.stringify(Object.fromEntries(refused), null, 1)}`,
  );
});

function attempt(request: ModelRequest, name: string): unknown {
  try {
    return JSON.stringify(gemini.writeRequest(request, { provider: "gemini", model: "gemini-3-pro" }, new Losses()));
  } catch (error) {
    if (error instanceof Fault) return error;
    throw new Error(name, { cause: error });
  }
}

// ---- what must not change on the way

function facts(answer: Answer): unknown {
  const choices = answer.choices.map(({ items, finish }) => {
    const parts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
    return {
      text: parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join(""),
      calls: items.flatMap((item) => (item.type === "call" ? [{ id: item.callId, name: item.name, args: argumentsOf(item) }] : [])),
      finish: finishOf(finish?.reason, items),
    };
  });
  const usage = answer.usage ?? noUsage;
  return {
    choices: choices.slice(0, 1),
    usage: { input: inputTokens(usage), read: usage.cacheRead, output: usage.output, reasoning: usage.reasoning },
  };
}

/** Arguments that are no object come wrapped. */
function argumentsOf({ arguments: json, custom }: Extract<Item, { type: "call" }>): unknown {
  if (json === "" && !custom) return {};
  try {
    const value: unknown = custom ? undefined : JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    return { _raw: json };
  }
  return { _raw: json };
}

/** The dialects tell fewer endings apart than there are. */
function finishOf(reason: string | undefined, items: readonly Item[]): string {
  const called = items.some((item) => item.type === "call");
  const refused = items.some((item) => item.type === "message" && item.parts.some((part) => part.type === "refusal"));
  if (reason === "filtered" || reason === "refusal" || refused) return "filtered";
  if (reason === "length" || reason === "context-full") return "length";
  return called ? "call" : "stop";
}

function calls(answer: Answer): Extract<Item, { type: "call" }>[] {
  return (answer.choices[0]?.items ?? []).filter((item) => item.type === "call");
}

function sealed(answer: Answer): unknown[] {
  const items = answer.choices[0]?.items ?? [];
  const thoughts = items.flatMap((item) => (item.type === "reasoning" && item.sealed ? [item] : []));
  return thoughts.map(({ dialect, id, sealed, summary, text }) => ({ dialect, id, sealed, text: text ?? summary.join("\n\n") }));
}

function signedCalls(contents: readonly Fields[]): { name: unknown; args: unknown; signature: unknown }[] {
  const parts = contents.flatMap((content) => listOf(content.parts) as Fields[]);
  return parts.flatMap(({ functionCall, thoughtSignature: signature }) => {
    const { name, args } = fieldsOf(functionCall);
    return functionCall ? [{ name, args, signature }] : [];
  });
}

// ---- a caller's next turn

function nextTurn(dialect: Dialect, whole: Native, answer: Answer): Native {
  const ids = calls(answer).map(({ callId }) => callId);
  const user = { role: "user", content: "?" };
  if (dialect.id === "openai-chat") {
    const message = fieldsOf(fieldsOf(listOf(whole.choices)[0]).message);
    return { model: "m", messages: [user, message, ...ids.map((id) => ({ role: "tool", tool_call_id: id, content: "ok" }))] };
  }
  if (dialect.id === "openai-responses") {
    const results = ids.map((id) => ({ type: "function_call_output", call_id: id, output: "ok" }));
    return { model: "m", input: [user, ...(whole.output as unknown[]), ...results] };
  }
  const results = ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: "ok" }));
  return { model: "m", max_tokens: 9, messages: [user, { role: "assistant", content: whole.content }, { role: "user", content: results }] };
}

function context(dialect: Dialect) {
  const request: ModelRequest = { dialect: dialect.id, model: "m", items: [], stream: true, includeUsage: true };
  return { request, requestId: "req_1", createdAt: 0 };
}

function clone(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function scanned(value: unknown): JsonBody {
  return JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));
}

/** The events written by a dialect as a stream, and read back. */
function streamed(dialect: Dialect, events: readonly AnswerEvent[]): Answer {
  const writer = dialect.writeStream(context(dialect));
  const text = events.map((event) => writer.write([event])).join("");
  const reader = dialect.readStream({ depth: "full", stripUsage: false });
  const read = reader.read(new TextEncoder().encode(text)).events;
  expect(reader.ended()).toBe(true);
  return collect(read);
}

// ---- loading

interface Told {
  readonly name: string;
  readonly answer: Answer;
  readonly events: readonly AnswerEvent[];
}

function answersOfGemini(): Told[] {
  return recordings().flatMap(({ name, status, body }): Told[] => {
    if (status !== 200) return [];
    return toldBy(gemini, name, body) ?? [];
  });
}

function answerOf({ id, dialect, answer }: RecordedExchange): Told[] {
  const spoken = others.find((one) => one.id === dialect);
  if (!spoken || answer?.status !== 200) return [];
  return toldBy(spoken, id, new TextDecoder().decode(answer.body)) ?? [];
}

/** Undefined for what is an error in a 200, or broke off. */
function toldBy(dialect: Dialect, name: string, body: string): Told[] | undefined {
  try {
    if (/^\s*[[{]/.test(body)) {
      const answer = dialect.readAnswer(JSON.parse(body));
      return [{ name, answer, events: play(answer) }];
    }
    const cutter = new FrameCutter();
    const reader = dialect.readStream({ depth: "full", stripUsage: false });
    const read = (run: Uint8Array) => (run.length > 0 ? reader.read(run).events : []);
    const events = [...read(cutter.push(new TextEncoder().encode(body)))];
    events.push(...read(cutter.last()));
    if (!reader.ended()) return undefined;
    const whole = events.some((event) => event.type === "answer-end") ? events : [...events, { type: "answer-end" } as const];
    return [{ name, answer: collect(whole), events: whole }];
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function requestOf({ id, dialect, requestJson }: RecordedExchange): { name: string; request: ModelRequest }[] {
  const spoken = others.find((one) => one.id === dialect);
  if (!spoken || !requestJson) return [];
  try {
    return [{ name: id, request: spoken.readRequest(scanned(requestJson), { header: () => undefined }) }];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}
