import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { type Answer, type AnswerEvent, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import type { Dialect } from "../dialect.ts";
import { FrameCutter, sseEvents } from "../framing/sse.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { type Fields, fieldsOf, listOf, restOf, wordOf } from "./fields.ts";
import { cohereChat } from "./index.ts";

const folder = transcriptsFolder();
const all = folder === undefined ? [] : loadTranscripts(folder).exchanges;
const ofCohere = all.filter((one) => one.provider === "cohere" || one.host === "api.cohere.com");
const decoder = new TextDecoder();
const bodyOf = (one: RecordedExchange) => decoder.decode(one.answer?.body);
const jsonOf = (one: RecordedExchange): Fields => fieldsOf(JSON.parse(bodyOf(one)));
const named = (some: readonly RecordedExchange[]) => some.map((one) => ({ name: one.id, one }));
const chats = ofCohere.filter((one) => one.path === "/v2/chat" || one.api === "cohere-chat");
const answers = named(chats.filter((one) => one.mode === "whole"));
const streams = named(chats.filter((one) => one.mode === "stream"));
const requests = named(chats.filter((one) => one.requestJson !== undefined));
// No refusal of version 2 was recorded; those of version 1 have the same body.
const refusals = named(ofCohere.filter((one) => one.mode === "error"));
const leftOut = ofCohere.filter((one) => !chats.includes(one) && one.mode !== "error");
const inVersion1 = leftOut.filter((one) => one.path === "/v1/chat");
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of Cohere, because the data folder is not there"
    : `Cohere: ${answers.length} recorded answers, ${streams.length} streams, ${requests.length} requests, ${refusals.length} refusals; left out: ${inVersion1.length} of version 1 of the chat, ${leftOut.length - inVersion1.length} of rerank and embed (no conversations)`,
);

const context = (request: Partial<ModelRequest> = {}) => ({
  request: { dialect: "cohere-chat", model: "m", items: [], stream: true, ...request } as ModelRequest,
  requestId: "req_1",
  createdAt: 1,
});
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);
const reasons: Readonly<Record<string, string>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop-sequence",
  MAX_TOKENS: "length",
  TOOL_CALL: "call",
};

describe("recorded answers of Cohere", () => {
  test.each(answers)("$name reads as it stands and is written back, member for member", ({ one }) => {
    const native = jsonOf(one);
    const answer = cohereChat.readAnswer(native);
    expect(plainOf(answer)).toEqual(plainMessage(fieldsOf(native.message)));
    const word = String(native.finish_reason);
    expect(answer.choices[0]?.finish).toEqual({ reason: reasons[word] as "stop", native: word });
    expectUsage(answer, fieldsOf(native.usage));
    expect(cohereChat.skimAnswer(native)).toEqual(play(answer).filter((event) => meterEvents.has(event.type)));
    expect(cohereChat.writeAnswer(answer, context())).toEqual(
      JSON.parse(JSON.stringify(native).replaceAll('"arguments":"null"', '"arguments":"{}"')),
    );
    expect(collect(play(answer))).toEqual(answer);
  });

  test.each(answers)("$name goes through clients of the other dialects with text, calls, finish and usage", ({ one }) => {
    const answer = cohereChat.readAnswer(jsonOf(one));
    for (const dialect of [openaiChat, anthropicMessages]) {
      const whole = dialect.readAnswer(dialect.writeAnswer(answer, context()));
      expectSame(whole, answer, dialect);
      expectSame(collect(throughStream(dialect, play(answer))), answer, dialect);
    }
  });

  test.each(refusals)("$name becomes a fault with the table's code", ({ one }) => {
    const { status, headers, body } = one.answer!;
    const fault = cohereChat.readFault({ status, header: (name) => headers[name], body });
    expect([fault.code, fault.status, fault.message]).toEqual(["upstream_rejected", 404, String(jsonOf(one).message)]);
    expect(cohereChat.writeFault(fault, String(jsonOf(one).id))).toEqual({ status: 404, body: jsonOf(one) });
  });

  test.each(requests)("$name: the request is written back as it was read, with nothing lost", ({ one }) => {
    const losses = new Losses();
    const read = cohereChat.readRequest(JsonBody.scan(one.request!.body), { header: () => undefined });
    const written = cohereChat.writeRequest(read, { provider: "cohere", model: read.model }, losses);
    expect(normal(written)).toEqual(normal(one.requestJson!));
    expect(losses.list).toEqual([]);
  });
});

describe("recorded streams of Cohere", () => {
  test.each(streams)("$name streams as it stands, at both depths and however it is sliced", ({ one }) => {
    const body = bodyOf(one);
    const full = readAll(body, "full", 1 << 30);
    const answer = collect(full.events);
    const joined = joinedForm(body);
    expect(answer).toEqual(cohereChat.readAnswer(joined));
    expect(plainOf(answer)).toEqual(plainMessage(fieldsOf(joined.message)));
    expect([full.raw, full.ended, full.lasts]).toEqual([body, true, 1]);
    const skim = readAll(body, "skim", 1 << 30);
    expect(skim).toEqual({ ...full, events: full.events.filter((event) => meterEvents.has(event.type)) });
    for (const size of [1, 7, 64, 333]) {
      expect(readAll(body, "full", size)).toEqual(full);
      expect(readAll(body, "skim", size)).toEqual(skim);
    }
    const cut = body.slice(0, body.indexOf("event: message-end"));
    expect([readAll(cut, "full", 64).ended, readAll(cut, "skim", 64).ended]).toEqual([false, false]);
  });

  test.each(streams)("$name is written again byte for byte", ({ one }) => {
    const { events } = readAll(bodyOf(one), "full", 1 << 30);
    const writer = cohereChat.writeStream(context());
    const text = events.map((event) => writer.write([event])).join("");
    const mark = "data: [DONE]\n\n";
    expect(text).toBe(bodyOf(one).trimEnd().endsWith(mark.trimEnd()) ? bodyOf(one) : bodyOf(one) + mark);
  });

  test.each(streams)("$name goes through clients of the other dialects with text, calls, finish and usage", ({ one }) => {
    const { events } = readAll(bodyOf(one), "full", 1 << 30);
    for (const dialect of [openaiChat, anthropicMessages]) expectSame(collect(throughStream(dialect, events)), collect(events), dialect);
  });
});

/** Billed is what counts; the block itself rides along. */
function expectUsage(answer: Answer, native: Fields): void {
  const billed = fieldsOf(native.billed_units);
  expect([answer.usage?.inputUncached, answer.usage?.cacheRead, answer.usage?.output]).toEqual([
    billed.input_tokens,
    0,
    billed.output_tokens,
  ] as number[]);
  expect(answer.usage?.extra?.fields).toEqual(native);
}

function expectSame(got: Answer, answer: Answer, dialect: Dialect): void {
  const { citations: _citations, arguments: raw, ...expected } = plainOf(answer);
  const { citations: _none, arguments: written, ...found } = plainOf(got);
  expect(found).toEqual(expected);
  expect(written.map((text) => JSON.parse(text))).toEqual(raw.map((text) => (text === "" ? {} : JSON.parse(text))));
  // Chat has no word for a stop sequence.
  const { reason } = answer.choices[0]!.finish!;
  expect(got.choices[0]?.finish?.reason).toBe(reason === "stop-sequence" && dialect === openaiChat ? "stop" : reason);
  expect([got.usage?.inputUncached, got.usage?.output]).toEqual([answer.usage?.inputUncached, answer.usage?.output]);
}

/** What a client of `dialect` reads of these events. */
function throughStream(dialect: Dialect, events: readonly AnswerEvent[]): AnswerEvent[] {
  const writer = dialect.writeStream(context({ includeUsage: true }));
  const reader = dialect.readStream({ depth: "full", stripUsage: false });
  const piece = reader.read(new FrameCutter().push(new TextEncoder().encode(String(writer.write(events)))));
  expect(reader.ended()).toBe(true);
  return [...piece.events];
}

interface Plain {
  readonly text: string;
  readonly thinking: string;
  readonly calls: unknown[];
  readonly arguments: string[];
  readonly citations: unknown[];
}

/** The plan is said before all else; the other dialects have one text. */
function plainOf(answer: Answer): Plain {
  const items = answer.choices[0]?.items ?? [];
  const texts = items.flatMap((item) => (item.type === "message" ? item.parts : [])).filter((part) => part.type === "text");
  const calls = items.filter((item) => item.type === "call");
  return {
    text: texts.map((part) => part.text).join(""),
    thinking: items.map((item) => (item.type === "reasoning" ? (item.text ?? item.summary.join("")) : "")).join(""),
    calls: calls.map((call) => [call.callId, call.name]),
    arguments: calls.map((call) => call.arguments),
    citations: texts.flatMap((part) => part.annotations?.map((annotation) => annotation.native) ?? []),
  };
}

function plainMessage(message: Fields): Plain {
  const content = listOf(message.content).map(fieldsOf);
  const calls = listOf(message.tool_calls).map(fieldsOf);
  const all = (name: string) => content.map((part) => wordOf(part[name]) ?? "").join("");
  return {
    text: (wordOf(message.tool_plan) ?? "") + all("text"),
    thinking: all("thinking"),
    calls: calls.map((call) => [call.id, fieldsOf(call.function).name]),
    // No arguments at all are said as `null`.
    arguments: calls.map((call) => String(fieldsOf(call.function).arguments)).map((text) => (text === "null" ? "" : text)),
    citations: [...listOf(message.citations)],
  };
}

/** The stream put together by its frames alone: the answer that was not streamed. */
function joinedForm(body: string): Fields {
  const content: { type: string; text: string }[] = [];
  const calls: { id: unknown; type: string; function: { name: unknown; arguments: string } }[] = [];
  let id: unknown;
  let plan = "";
  let end: Fields = {};
  for (const { data } of sseEvents(new TextEncoder().encode(body))) {
    if (data === "[DONE]") continue;
    const event = fieldsOf(JSON.parse(data));
    const message = fieldsOf(fieldsOf(event.delta).message);
    const index = Number(event.index ?? 0);
    const call = fieldsOf(message.tool_calls);
    if (event.type === "message-start") id = event.id;
    if (event.type === "content-start") content[index] = { type: "text", text: "" };
    if (event.type === "content-delta") content[index]!.text += fieldsOf(message.content).text;
    if (event.type === "tool-plan-delta") plan += message.tool_plan;
    if (event.type === "tool-call-start") {
      calls[index] = { id: call.id, type: "function", function: { name: fieldsOf(call.function).name, arguments: "" } };
    }
    if (event.type === "tool-call-delta") calls[index]!.function.arguments += fieldsOf(call.function).arguments;
    if (event.type === "message-end") end = fieldsOf(event.delta);
  }
  return { id, message: { role: "assistant", tool_plan: plan, content, tool_calls: calls }, ...end };
}

/** Values that say nothing here, and what is said by default. */
function normal(request: Fields): Fields {
  const messages = listOf(request.messages).map((message) => {
    const { content, ...rest } = fieldsOf(message);
    const parts = listOf(content);
    const only = parts.length === 1 ? fieldsOf(parts[0]) : undefined;
    const plain = only?.type === "text" ? only.text : content;
    return restOf({ ...rest, content: plain }, new Set());
  });
  return { ...restOf(request, new Set(["messages", "stream"])), messages, stream: request.stream === true };
}

function readAll(
  body: string,
  depth: "skim" | "full",
  size: number,
): { events: AnswerEvent[]; raw: string; ended: boolean; lasts: number } {
  const reader = cohereChat.readStream({ depth, stripUsage: false });
  const cutter = new FrameCutter();
  const bytes = new TextEncoder().encode(body);
  const events: AnswerEvent[] = [];
  const raw: Uint8Array[] = [];
  let lasts = 0;
  for (let at = 0; at < bytes.length; at += size) {
    const run = cutter.push(bytes.subarray(at, at + size));
    if (run.length === 0) continue;
    const piece = reader.read(run);
    events.push(...piece.events);
    raw.push(piece.raw ?? new Uint8Array());
    if (piece.last) lasts++;
  }
  return { events, raw: decoder.decode(Buffer.concat(raw)) + decoder.decode(cutter.last()).slice(0, -2), ended: reader.ended(), lasts };
}
