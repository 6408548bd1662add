import { describe, expect, test } from "bun:test";
import { type Answer, type AnswerEvent, inputTokens, totalTokens, type Usage } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import type { Dialect } from "../dialect.ts";
import { eventStreamMessages, headerText, MessageCutter } from "../framing/aws-event-stream.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { type Fields, fieldsOf, isFields, listOf } from "./fields.ts";
import { bedrockConverse } from "./index.ts";
import { recordingsOnDisk } from "./recordings-on-disk.ts";

const { calls: recordings, leftOut, folder } = recordingsOnDisk();
const answers = recordings.filter((one) => one.status === 200 && one.answer);
const allStreams = recordings.filter((one) => one.status === 200 && one.stream);
const isBroken = (stream: Uint8Array) => eventStreamMessages(stream).some((message) => headerText(message, ":message-type") !== "event");
const streams = allStreams.filter(({ stream }) => stream && !isBroken(stream));
const broken = allStreams.filter((one) => !streams.includes(one));
console.info(
  recordings.length === 0
    ? `SKIPPED: 0 recordings, because ${folder} is not there`
    : `${answers.length} recorded answers, ${streams.length} streams, ${broken.length} broken off; left out:\n  ${leftOut.join("\n  ")}`,
);

describe("recorded answers of Converse", () => {
  test.each(answers)("$name reads as it stands", ({ answer: native = {} }) => {
    const answer = bedrockConverse.readAnswer(native);
    expect(factsOf(answer)).toEqual(nativeFacts(native));
    expect(plainCounts(answer.usage)).toEqual(nativeCounts(native));
    const skimmed = bedrockConverse.skimAnswer(native);
    expect(skimmed.map((event) => event.type)).toEqual([
      ...(native.usage ? (["usage-report"] as const) : []),
      "choice-finish",
      "answer-end",
    ]);
    expect(usageIn(skimmed)).toEqual(answer.usage);
  });

  test.each(answers)("$name is written back as it stood", ({ answer: native = {} }) => {
    const written = bedrockConverse.writeAnswer(bedrockConverse.readAnswer(native), writing()) as Fields;
    expect(written.output).toEqual(asWritten(native).output);
    expect(written.stopReason).toEqual(native.stopReason);
    if (native.usage) expect(nativeCounts(written)).toEqual(nativeCounts(native));
  });

  test.each(answers)("$name says the same by way of the other dialects", ({ answer: native = {} }) => {
    const answer = bedrockConverse.readAnswer(native);
    for (const dialect of [openaiChat, anthropicMessages]) {
      const again = dialect.readAnswer(JSON.parse(JSON.stringify(dialect.writeAnswer(answer, writing()))));
      expect(sharedFacts(again), dialect.id).toEqual(sharedFacts(answer));
      if (answer.usage) expect(sharedCounts(again.usage), dialect.id).toEqual(sharedCounts(answer.usage));
    }
  });

  test.each(answers)("$name reads the same when it is played as a stream", ({ answer: native = {} }) => {
    const answer = bedrockConverse.readAnswer(native);
    const bytes = writtenStream(bedrockConverse, play(answer));
    expect(factsOf(collect(readAll(bytes, "full", [1 << 30])))).toEqual(factsOf(answer));
  });
});

describe("recorded streams of ConverseStream", () => {
  test.each(streams)("$name reads to the same answer as its joined form", ({ stream = new Uint8Array() }) => {
    const joined = accumulated(stream);
    const full = readAll(stream, "full", [1 << 30]);
    expect(factsOf(collect(full))).toEqual(nativeFacts(joined));
    expect(plainCounts(usageIn(full))).toEqual(nativeCounts(joined));
    expect(factsOf(collect(full))).toEqual(factsOf(bedrockConverse.readAnswer(joined)));
  });

  test.each(streams)("$name reads the same however it is sliced, at both depths", ({ stream = new Uint8Array() }) => {
    const full = readAll(stream, "full", [1 << 30]);
    const metered = full.filter((event) => meterEvents.has(event.type));
    for (const sizes of [[1 << 30], [1], [7, 64, 3], [200], [1, 4000]]) {
      expect(readAll(stream, "full", sizes)).toEqual(full);
      expect(readAll(stream, "skim", sizes)).toEqual(metered);
    }
  });

  test.each(streams)("$name is written again as the same message, event by event and at once", ({ stream = new Uint8Array() }) => {
    const events = readAll(stream, "full", [1 << 30]);
    const writer = bedrockConverse.writeStream(writing());
    const bytes = Buffer.concat(events.map((event) => writer.write([event]) as Uint8Array));
    expect(bytes.equals(writtenStream(bedrockConverse, events))).toBe(true);
    checkSequence(bytes);
    expect(nativeFacts(accumulated(bytes))).toEqual(nativeFacts(accumulated(stream)));
    if (usageIn(events)) expect(nativeCounts(accumulated(bytes))).toEqual(nativeCounts(accumulated(stream)));
  });

  test.each(streams)("$name says the same by way of the other dialects", ({ stream = new Uint8Array() }) => {
    const events = readAll(stream, "full", [1 << 30]);
    const answer = collect(events);
    for (const dialect of [openaiChat, anthropicMessages]) {
      const reader = dialect.readStream({ depth: "full", stripUsage: false });
      const again = collect(reader.read(writtenStream(dialect, events)).events);
      expect(reader.ended(), dialect.id).toBe(true);
      expect(sharedFacts(again), dialect.id).toEqual(sharedFacts(answer));
      if (answer.usage) expect(sharedCounts(again.usage), dialect.id).toEqual(sharedCounts(answer.usage));
    }
  });
});

describe("recorded streams of ConverseStream that broke off", () => {
  test.each(broken)("$name is no answer", ({ stream = new Uint8Array() }) => {
    for (const depth of ["skim", "full"] as const) {
      const reader = bedrockConverse.readStream({ depth, stripUsage: false });
      const { events, last } = reader.read(stream);
      expect([last, reader.ended(), events.at(-1)?.type]).toEqual([false, false, "answer-error"]);
    }
  });
});

function writing() {
  const request = { dialect: "openai-chat", model: "m", items: [], stream: true, includeUsage: true } as const;
  return { request, requestId: "req_1", createdAt: 0 };
}

function writtenStream(dialect: Dialect, events: readonly AnswerEvent[]): Uint8Array {
  const written = dialect.writeStream(writing()).write(events);
  return typeof written === "string" ? new TextEncoder().encode(written) : written;
}

const meterEvents = new Set<AnswerEvent["type"]>(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(bytes: Uint8Array, depth: "skim" | "full", sizes: readonly number[]): AnswerEvent[] {
  const reader = bedrockConverse.readStream({ depth, stripUsage: false });
  const cutter = new MessageCutter();
  const events: AnswerEvent[] = [];
  let lasts = 0;
  let length = 0;
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const run = cutter.push(bytes.slice(at, at + size));
    at += size;
    if (run.length === 0) continue;
    length += run.length;
    const piece = reader.read(run);
    expect(piece.raw).toBe(run);
    events.push(...piece.events);
    if (piece.last) lasts++;
  }
  // Some fixtures tell no usage: their last event is not the last that could come.
  expect([lasts, reader.ended(), length]).toEqual([usageIn(events) ? 1 : 0, true, bytes.length]);
  // Where the provider's stream ends without usage, the transport says that it was whole.
  if (lasts === 0) events.push({ type: "answer-end" });
  return events;
}

function usageIn(events: readonly AnswerEvent[]): Usage | undefined {
  return events.flatMap((event) => (event.type === "usage-report" ? [event.usage] : [])).at(-1);
}

// ---- an independent, straightforward reading of the wire format

function payloads(bytes: Uint8Array): { type: string; event: Fields }[] {
  return eventStreamMessages(bytes).map((message) => ({
    type: headerText(message, ":event-type") ?? "",
    event: JSON.parse(new TextDecoder().decode(message.payload)) as Fields,
  }));
}

/** Joins a stream to the answer that it stands for. */
function accumulated(bytes: Uint8Array): Fields {
  const content: Record<string, unknown>[] = [];
  const json: string[] = [];
  let answer: Record<string, unknown> = {};
  for (const { type, event } of payloads(bytes)) {
    const index = Number(event.contentBlockIndex ?? 0);
    const delta = fieldsOf(event.delta);
    if (type === "contentBlockStart") content[index] = { ...fieldsOf(event.start) };
    if (type === "contentBlockDelta") {
      content[index] ??= {};
      const block = content[index] as Record<string, unknown>;
      if (delta.text !== undefined) block.text = `${block.text ?? ""}${delta.text}`;
      if (delta.toolUse) json[index] = `${json[index] ?? ""}${(delta.toolUse as Fields).input}`;
      if (delta.reasoningContent) block.reasoningContent = grown(fieldsOf(block.reasoningContent), delta.reasoningContent as Fields);
    }
    if (type === "messageStop") answer = { ...answer, stopReason: event.stopReason };
    if (type === "metadata") answer = { ...answer, usage: event.usage };
  }
  for (const [index, block] of content.entries()) {
    if (block.toolUse) block.toolUse = { ...(block.toolUse as Fields), input: JSON.parse(json[index] || "{}") };
  }
  return { ...answer, output: { message: { role: "assistant", content: content.filter((block) => Object.keys(block).length > 0) } } };
}

function grown(before: Fields, delta: Fields): Fields {
  if (delta.redactedContent !== undefined) return { redactedContent: delta.redactedContent };
  const told = fieldsOf(before.reasoningText);
  const text = `${told.text ?? ""}${delta.text ?? ""}`;
  return { reasoningText: { ...told, text, ...(delta.signature !== undefined && { signature: delta.signature }) } };
}

interface Facts {
  readonly text: string;
  readonly thinking: string;
  readonly seals: readonly string[];
  readonly calls: readonly unknown[];
  readonly others: readonly unknown[];
  readonly finish: unknown;
}

function blocksIn(native: Fields): Fields[] {
  return fieldsOf(fieldsOf(native.output).message).content as Fields[];
}

function nativeFacts(native: Fields): Facts {
  const blocks = blocksIn(native);
  const isServer = (block: Fields) => fieldsOf(block.toolUse).type === "server_tool_use";
  const thoughts = blocks.flatMap((block) => (isFields(block.reasoningContent) ? [block.reasoningContent] : []));
  return {
    text: blocks.map((block) => block.text ?? citedText(block)).join(""),
    thinking: thoughts.map((thought) => fieldsOf(thought.reasoningText).text ?? "").join(""),
    seals: thoughts.map((thought) => String(fieldsOf(thought.reasoningText).signature ?? thought.redactedContent ?? "")),
    calls: blocks
      .filter((block) => isFields(block.toolUse) && !isServer(block))
      .map(({ toolUse }) => {
        const { toolUseId, name, input } = toolUse as Fields;
        return { id: toolUseId, name, input };
      }),
    others: blocks.filter((block) => isServer(block) || block.toolResult !== undefined),
    finish: native.stopReason,
  };
}

function citedText(block: Fields): string {
  return listOf(fieldsOf(block.citationsContent).content)
    .map((piece) => String(fieldsOf(piece).text))
    .join("");
}

function factsOf(answer: Answer): Facts {
  const items = answer.choices[0]?.items ?? [];
  const parts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
  const thoughts = items.flatMap((item) => (item.type === "reasoning" ? [item] : []));
  return {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    thinking: thoughts.map((item) => item.text ?? item.summary.join("")).join(""),
    seals: thoughts.map((item) => item.sealed?.value ?? ""),
    calls: items.flatMap((item) => (item.type === "call" ? [{ id: item.callId, name: item.name, input: JSON.parse(item.arguments) }] : [])),
    others: items.flatMap((item) => (item.type === "opaque" ? [item.native] : [])),
    finish: answer.choices[0]?.finish?.native,
  };
}

/** What every dialect can say. Anthropic has one word for what was refused and what was filtered, Chat one for each good end. */
function sharedFacts(answer: Answer) {
  const { text, calls } = factsOf(answer);
  const reason = answer.choices[0]?.finish?.reason;
  return { text, calls, finish: reason === "refusal" ? "filtered" : reason === "stop-sequence" ? "stop" : reason };
}

function sharedCounts(usage: Usage | undefined) {
  return usage && { input: inputTokens(usage), read: usage.cacheRead, output: usage.output, total: totalTokens(usage) };
}

function nativeCounts(native: Fields) {
  if (!isFields(native.usage)) return undefined;
  const { usage } = native;
  const count = (name: string) => Number(usage[name] ?? 0);
  const ofMinutes = listOf(usage.cacheDetails).filter((one) => fieldsOf(one).ttl === "5m");
  const minutes = ofMinutes.reduce((sum: number, one) => sum + Number(fieldsOf(one).inputTokens), 0);
  return {
    ...{ input: count("inputTokens"), output: count("outputTokens"), total: count("totalTokens") },
    ...{ read: count("cacheReadInputTokens"), written: count("cacheWriteInputTokens"), minutes },
  };
}

function plainCounts(usage: Usage | undefined) {
  if (!usage) return undefined;
  const written = usage.cacheWrite + usage.cacheWrite5m + usage.cacheWrite1h;
  const counts = { input: usage.inputUncached, output: usage.output, total: totalTokens(usage), read: usage.cacheRead };
  return { ...counts, written, minutes: usage.cacheWrite5m };
}

/** One message, blocks one after another from 0, the end behind them and the usage behind the end. */
function checkSequence(bytes: Uint8Array): void {
  let open: unknown;
  let next = 0;
  const types: string[] = [];
  for (const { type, event } of payloads(bytes)) {
    types.push(type);
    if (!type.startsWith("contentBlock")) continue;
    expect(event.contentBlockIndex).toBe(open ?? next);
    open = type === "contentBlockStop" ? undefined : event.contentBlockIndex;
    if (type === "contentBlockStop") next++;
  }
  expect(open).toBeUndefined();
  expect([types[0], ...types.slice(-2)]).toEqual(["messageStart", "messageStop", "metadata"]);
}

/** Without empty texts, and without the second member that some fixtures give to a block. */
function asWritten(native: Fields): Fields {
  const content = blocksIn(native).filter((block) => block.text !== "");
  const plain = content.map((block) => (typeof block.text === "string" ? { text: block.text } : block));
  return { output: { message: { ...fieldsOf(fieldsOf(native.output).message), content: plain } } };
}
