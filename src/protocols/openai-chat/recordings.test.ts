import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import type { Answer, AnswerEvent, ModelRequest } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import { FrameCutter } from "../framing/sse.ts";
import { openaiChat } from "./index.ts";
import { isObject, type JsonObject, listOf, objectOf, textOf } from "./json-value.ts";

const folder = transcriptsFolder();
const recordings = folder === undefined ? [] : loadTranscripts(folder).exchanges.filter((one) => one.dialect === "openai-chat");
const decoder = new TextDecoder();
const bodyOf = (one: RecordedExchange) => decoder.decode(one.answer?.body);
const byMode = (mode: RecordedExchange["mode"]) => recordings.filter((one) => one.mode === mode).map((one) => ({ name: one.id, one }));
const wholes = byMode("whole").filter(({ one }) => !isUnreadable(one));
const unreadable = byMode("whole").filter(({ one }) => isUnreadable(one));
const streams = byMode("stream");
const refusals = byMode("error").filter(({ one }) => (one.answer?.status ?? 0) >= 400);
console.info(
  recordings.length === 0
    ? "SKIPPED: 0 recordings of Chat Completions, because the data folder is not there"
    : `Chat Completions: ${wholes.length} recorded answers, ${streams.length} streams, ${refusals.length} refusals`,
);

/** A 200 that is no answer: an error, or something else altogether. */
function isUnreadable(one: RecordedExchange): boolean {
  const json = objectOf(JSON.parse(bodyOf(one)));
  return (
    !Array.isArray(json.choices) ||
    json.error !== undefined ||
    listOf(json.choices).some((choice) => objectOf(choice).finish_reason === "error")
  );
}

/** What a plain reading of the wire finds, for each choice. */
interface Plain {
  text: string;
  reasoning: string;
  refusal: string;
  calls: { id: string | undefined; name: string; arguments: string }[];
  finish: unknown;
}

const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);
const context = (request: Partial<ModelRequest> = {}) => ({
  request: { dialect: "openai-chat", model: "m", items: [], stream: true, includeUsage: true, ...request } as ModelRequest,
  requestId: "req_1",
  createdAt: 1,
});

describe("recorded answers of Chat Completions", () => {
  test.each(wholes)("$name reads as it stands", ({ one }) => {
    const native = objectOf(JSON.parse(bodyOf(one)));
    const answer = openaiChat.readAnswer(native);
    const expected = plainChoices(native);
    expect(answer.choices.map(plainOf)).toEqual(expected);
    expectUsage(answer, native);
    expect(withoutUndefined(collect(play(answer)))).toEqual(withoutUndefined(answer));
    const skimmed = openaiChat.skimAnswer(native);
    expect(meterView(skimmed)).toEqual(meterView(play(answer)));
    const written = objectOf(openaiChat.writeAnswer(answer, context()));
    expect(plainChoices(written)).toEqual(
      expected.map((choice) => ({ ...choice, calls: choice.calls.map(spelledOut), finish: standardFinish(choice) })),
    );
    expect(openaiChat.readAnswer(written).usage).toEqual(withTier(answer, written));
  });

  test.each(unreadable)("$name is no answer and is refused", ({ one }) => {
    expect(() => openaiChat.readAnswer(JSON.parse(bodyOf(one)))).toThrow();
  });

  test.each(streams)("$name streams as it stands", ({ one }) => {
    const body = bodyOf(one);
    const full = readAll(body, "full", [1 << 30]);
    const skim = readAll(body, "skim", [1 << 30]);
    const expected = plainStream(body);
    if (expected.failed) {
      expect(full.events.at(-1)?.type).toBe("answer-error");
      expect(full.ended).toBe(false);
    } else {
      expect(full.ended).toBe(true);
      expect(collect(full.events).choices.map(plainOf)).toEqual(expected.choices);
      expect(collect(full.events).usage?.output ?? 0).toBeGreaterThanOrEqual(Number(objectOf(expected.usage).completion_tokens ?? 0));
      expect(full.raw).toBe(body);
    }
    expect(skim.events).toEqual(full.events.filter((event) => meterEvents.has(event.type)));
    expect(skim.raw).toBe(full.raw);
    expect(skim.ended).toBe(full.ended);
    for (const sizes of body.length < 20_000 ? [[1], [7, 64, 3], [200]] : [[333], [5000]]) {
      const sliced = readAll(body, "full", sizes);
      expect(collect(sliced.events)).toEqual(collect(full.events));
      expect(sliced).toEqual(full);
      expect(readAll(body, "skim", sizes)).toEqual(skim);
    }
  });

  test.each(streams)("$name is written again as the same answer", ({ one }) => {
    const { events, ended } = readAll(bodyOf(one), "full", [1 << 30]);
    if (!ended) return;
    const writer = openaiChat.writeStream(context());
    // The line itself says the end where the provider closes without a mark for it.
    const closed = events.at(-1)?.type === "answer-end" ? events : [...events, { type: "answer-end" as const }];
    const text = closed.map((event) => writer.write([event])).join("");
    const again = readAll(text, "full", [1 << 30]);
    const first = collect(events);
    expect(plainStream(text).done).toBe(true);
    expect(collect(again.events).choices.map(said)).toEqual(first.choices.map(said));
    expect(text.startsWith("data: ")).toBe(true);
    expect(objectOf(collect(again.events).usage).output).toEqual(objectOf(first.usage).output);
  });

  test.each(refusals)("$name becomes a fault with the table's code", ({ one }) => {
    const answer = one.answer!;
    const fault = openaiChat.readFault({ status: answer.status, header: (name) => answer.headers[name], body: answer.body });
    const codes: Record<number, string> = {
      400: "upstream_rejected",
      401: "upstream_credentials",
      404: "upstream_rejected",
      429: "upstream_rate_limited",
    };
    expect(fault.code).toBe((codes[answer.status] ?? fault.code) as typeof fault.code);
    expect(objectOf(openaiChat.writeFault(fault, "req_1").body).error).toBeDefined();
  });
});

function withTier(answer: Answer, written: JsonObject): Answer["usage"] {
  if (!answer.usage) return undefined;
  const { inputImage: _image, outputImage: _outputImage, webSearches: _searches, tier: _tier, ...rest } = answer.usage;
  const tier = textOf(written.service_tier);
  return { ...rest, inputImage: 0, outputImage: 0, webSearches: 0, ...(tier && { tier }) };
}

function expectUsage(answer: Answer, native: JsonObject): void {
  if (!isObject(native.usage)) return;
  const { usage } = answer;
  const block = native.usage;
  const input = (usage?.inputUncached ?? 0) + (usage?.cacheRead ?? 0) + (usage?.cacheWrite ?? 0);
  expect(input).toBe(Number(block.prompt_tokens));
  const beside = Number(objectOf(block.completion_tokens_details).reasoning_tokens ?? 0);
  const apart = Number(block.total_tokens) === Number(block.prompt_tokens) + Number(block.completion_tokens) + beside;
  const hidden = beside === 0 ? Number(block.total_tokens ?? 0) - Number(block.prompt_tokens) - Number(block.completion_tokens) : 0;
  expect(usage?.output).toBe(Number(block.completion_tokens) + (apart ? beside : Math.max(0, hidden)));
}

function standardFinish(choice: Plain): unknown {
  if (choice.finish === "function_call" || (choice.calls.length > 0 && choice.finish === "stop")) return "tool_calls";
  return choice.finish === "eos" ? "stop" : choice.finish;
}

function meterView(events: readonly AnswerEvent[]): unknown[] {
  return [
    ...events.filter((event) => event.type === "usage-report"),
    ...events.filter((event) => event.type === "choice-finish").map((event) => event.finish),
    ...events.filter((event) => event.type === "answer-end"),
  ];
}

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Written answers never hold a call without JSON. */
function spelledOut(call: Plain["calls"][number]): Plain["calls"][number] {
  return { ...call, arguments: call.arguments === "" ? "{}" : call.arguments };
}

function said(choice: Answer["choices"][number]): unknown {
  const { finish: _finish, ...rest } = plainOf(choice);
  return { ...rest, calls: rest.calls.map(spelledOut) };
}

/** Our own reading in the same plain form; made-up ids say nothing. */
function plainOf(choice: Answer["choices"][number]): Plain {
  const parts = choice.items.flatMap((item) => (item.type === "message" ? item.parts : []));
  return {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    refusal: parts.map((part) => (part.type === "refusal" ? part.text : "")).join(""),
    reasoning: choice.items.map((item) => (item.type === "reasoning" ? (item.text ?? item.summary.join("")) : "")).join(""),
    calls: choice.items
      .filter((item) => item.type === "call")
      .map((call) => ({ id: call.callId, name: call.name, arguments: call.arguments })),
    finish: choice.finish?.native,
  };
}

function plainChoices(answer: JsonObject): Plain[] {
  return listOf(answer.choices).map((entry) => {
    const choice = objectOf(entry);
    const plain: Plain = {
      text: "",
      reasoning: "",
      refusal: "",
      calls: [],
      finish: choice.finish_reason === "" ? "stop" : (choice.finish_reason ?? undefined),
    };
    addMessage(plain, objectOf(choice.message), textOf(answer.id) ?? "", 0);
    return plain;
  });
}

function addMessage(plain: Plain, message: JsonObject, id: string, index: number): void {
  const parts = Array.isArray(message.content) ? message.content.map(objectOf) : [];
  plain.text += textOf(message.content) ?? parts.map((part) => textOf(part.text) ?? "").join("");
  plain.reasoning += parts
    .flatMap((part) => listOf(part.thinking))
    .map((piece) => textOf(objectOf(piece).text) ?? "")
    .join("");
  const details = listOf(message.reasoning_details).map((entry) => textOf(objectOf(entry).text) ?? "");
  plain.reasoning += textOf(message.reasoning_content) ?? textOf(message.reasoning) ?? details.join("");
  plain.refusal += textOf(message.refusal) ?? "";
  for (const entry of listOf(message.tool_calls)) {
    const call = objectOf(entry);
    const { name, arguments: json } = objectOf(call.function);
    const known = plain.calls.find((one) => one.id === call.id) ?? (call.id ? undefined : plain.calls.at(-1));
    if (known) known.arguments += textOf(json) ?? "";
    else plain.calls.push({ id: textOf(call.id), name: textOf(name) ?? "", arguments: textOf(json) ?? "" });
  }
  if (isObject(message.function_call) && message.function_call.name !== "") {
    const made = `call_${`${id}_${index}`.replaceAll(/[^A-Za-z0-9_-]/g, "").slice(-48)}_0`;
    plain.calls.push({
      id: made,
      name: textOf(message.function_call.name) ?? "",
      arguments: textOf(message.function_call.arguments) ?? "",
    });
  }
}

function plainStream(body: string): { choices: Plain[]; usage: unknown; done: boolean; failed: boolean } {
  const choices: Plain[] = [];
  let usage: unknown;
  let done = false;
  let failed = false;
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith("data:")) continue;
    const data = line.slice(5).trim();
    if (data === "[DONE]") done = true;
    if (!data.startsWith("{")) continue;
    const chunk = objectOf(JSON.parse(data));
    if (chunk.error) failed = true;
    usage = chunk.usage ?? objectOf(chunk.x_groq).usage ?? usage;
    for (const entry of listOf(chunk.choices)) {
      const choice = objectOf(entry);
      const index = Number(choice.index ?? 0);
      choices[index] ??= { text: "", reasoning: "", refusal: "", calls: [], finish: undefined };
      addMessage(choices[index], objectOf(choice.delta), "", index);
      choices[index].finish ??= choice.finish_reason ?? undefined;
    }
  }
  return { choices, usage, done, failed };
}

interface ReadOut {
  readonly events: AnswerEvent[];
  readonly raw: string;
  readonly ended: boolean;
}

/** Feeds a body in slices of the given sizes, and joins what comes out: neighbouring bytes and events belong together. */
function readAll(body: string, depth: "skim" | "full", sizes: readonly number[]): ReadOut {
  const reader = openaiChat.readStream({ depth, stripUsage: false });
  const cutter = new FrameCutter();
  const bytes = new TextEncoder().encode(body);
  const events: AnswerEvent[] = [];
  const raw: Uint8Array[] = [];
  const take = (run: Uint8Array) => {
    if (run.length === 0) return;
    const piece = reader.read(run);
    events.push(...piece.events);
    raw.push(piece.raw ?? new Uint8Array());
  };
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    take(cutter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  const rest = decoder.decode(cutter.last()).slice(0, -2);
  return { events, raw: decoder.decode(Buffer.concat(raw)) + (reader.ended() ? rest : ""), ended: reader.ended() };
}
