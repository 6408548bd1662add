import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { type Answer, type AnswerEvent, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import type { Dialect } from "../dialect.ts";
import { JsonLineCutter, jsonLine, jsonLines } from "../framing/json-lines.ts";
import { FrameCutter } from "../framing/sse.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { type Fields, fieldsOf, listOf, restOf } from "./fields.ts";
import { ollamaChat } from "./index.ts";

const folder = transcriptsFolder();
const ofOllama = folder === undefined ? [] : loadTranscripts(folder).exchanges.filter((one) => one.file.startsWith("ollama/"));
const decoder = new TextDecoder();
const jsonOf = (one: RecordedExchange): Fields => fieldsOf(JSON.parse(decoder.decode(one.answer?.body)));
const named = (some: readonly RecordedExchange[]) => some.map((one) => ({ name: one.id, one }));
const chats = ofOllama.filter((one) => one.path === "/api/chat");
const answers = named(chats.filter((one) => one.answer?.status === 200));
const refusals = named(chats.filter((one) => (one.answer?.status ?? 0) >= 400));
const requests = named(chats.filter((one) => one.requestJson !== undefined));
// No stream of /api/chat was recorded; those of /api/generate have the same lines, with the text in another member.
const streams = named(ofOllama.filter((one) => one.path === "/api/generate")).map(({ name, one }) => ({ name, body: retold(one) }));
const leftOut = ofOllama.filter((one) => one.path !== "/api/chat" && one.path !== "/api/generate");
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of Ollama, because the data folder is not there"
    : `Ollama: ${answers.length} recorded answers, ${refusals.length} refusal, ${requests.length} requests, ${streams.length} streams of /api/generate retold; left out because another dialect reads them: ${leftOut.map((one) => one.path).join(", ")}`,
);

function retold(one: RecordedExchange): string {
  return [...jsonLines(one.answer?.body ?? new Uint8Array())]
    .map((line) => {
      const { response, context: _context, ...rest } = JSON.parse(line.text) as Record<string, unknown>;
      const { model, created_at, ...end } = rest;
      return jsonLine({ model, created_at, message: { role: "assistant", content: response }, ...end });
    })
    .join("");
}

const context = (request: Partial<ModelRequest> = {}) => ({
  request: { dialect: "ollama-chat", model: "m", items: [], stream: true, ...request } as ModelRequest,
  requestId: "req_1",
  createdAt: 1,
});
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);

describe("recorded answers of Ollama", () => {
  test.each(answers)("$name reads as it stands and is written back, member for member", ({ one }) => {
    const native = jsonOf(one);
    const message = fieldsOf(native.message) as { content: string; thinking?: string; tool_calls?: unknown[] };
    const answer = ollamaChat.readAnswer(native);
    const [choice] = answer.choices;
    expect(plainOf(answer)).toEqual({
      text: message.content,
      thinking: message.thinking ?? "",
      calls: listOf(message.tool_calls).map((call) => [
        fieldsOf(fieldsOf(call).function).name,
        fieldsOf(fieldsOf(call).function).arguments,
      ]),
    });
    expect(choice?.finish).toEqual({ reason: listOf(message.tool_calls).length > 0 ? "call" : "stop", native: "stop" });
    expect([answer.usage?.inputUncached, answer.usage?.output]).toEqual([native.prompt_eval_count, native.eval_count] as number[]);
    expect(ollamaChat.skimAnswer(native)).toEqual(play(answer).filter((event) => meterEvents.has(event.type)));
    const { created_at: written, ...rest } = fieldsOf(ollamaChat.writeAnswer(answer, context()));
    expect(rest).toEqual(restOf(native, new Set(["created_at"])));
    expect(Date.parse(String(written))).toBe(Math.floor(Date.parse(String(native.created_at)) / 1000) * 1000);
    expect(collect(play(answer))).toEqual(answer);
  });

  test.each(refusals)("$name becomes a fault with the table's code", ({ one }) => {
    const { status, headers, body } = one.answer!;
    const fault = ollamaChat.readFault({ status, header: (name) => headers[name], body });
    expect([fault.code, fault.status, fault.message]).toEqual(["upstream_rejected", 404, String(jsonOf(one).error)]);
    expect(ollamaChat.writeFault(fault, "req_1")).toEqual({ status: 404, body: jsonOf(one) });
  });

  test.each(requests)("$name: the request is written back as it was read, with nothing lost", ({ one }) => {
    const body = JsonBody.scan(one.request!.body);
    const losses = new Losses();
    const read = ollamaChat.readRequest(body, { header: () => undefined });
    const written = ollamaChat.writeRequest(read, { provider: "ollama", model: read.model }, losses);
    expect(normal(written)).toEqual(normal(one.requestJson!));
    expect(losses.list).toEqual([]);
    expect(read.stream).toBe(one.requestJson?.stream !== false);
  });

  test.each(answers)("$name goes through clients of the other dialects with text, calls, finish and usage", ({ one }) => {
    const answer = ollamaChat.readAnswer(jsonOf(one));
    for (const dialect of [openaiChat, anthropicMessages]) {
      const whole = dialect.readAnswer(dialect.writeAnswer(answer, context()));
      const streamed = collect(throughStream(dialect, play(answer)));
      for (const got of [whole, streamed]) {
        expect(plainOf(got)).toEqual(plainOf(answer));
        expect(got.choices[0]?.finish?.reason).toBe(answer.choices[0]!.finish!.reason);
        expect([got.usage?.inputUncached, got.usage?.output]).toEqual([answer.usage?.inputUncached, answer.usage?.output]);
      }
    }
  });
});

describe("recorded lines of Ollama", () => {
  test.each(streams)("$name streams as it stands, at both depths and however it is sliced", ({ body }) => {
    const lines = body.trimEnd().split("\n");
    const natives = lines.map((line) => fieldsOf(JSON.parse(line)));
    const full = readAll(body, "full", 1 << 30);
    const answer = collect(full.events);
    expect(plainOf(answer).text).toBe(natives.map((native) => fieldsOf(native.message).content).join(""));
    expect([answer.usage?.inputUncached, answer.usage?.output]).toEqual([
      natives.at(-1)?.prompt_eval_count,
      natives.at(-1)?.eval_count,
    ] as number[]);
    expect([full.raw, full.ended, full.lasts]).toEqual([body, true, 1]);
    const skim = readAll(body, "skim", 1 << 30);
    expect(skim).toEqual({ ...full, events: full.events.filter((event) => meterEvents.has(event.type)) });
    for (const size of [1, 7, 333]) {
      expect(readAll(body, "full", size)).toEqual(full);
      expect(readAll(body, "skim", size)).toEqual(skim);
    }
    expect(readAll(`${lines.slice(0, -1).join("\n")}\n`, "full", 64).ended).toBe(false);
  });

  test.each(streams)("$name is written again as the same answer", ({ body }) => {
    const { events } = readAll(body, "full", 1 << 30);
    const writer = ollamaChat.writeStream(context());
    const text = events.map((event) => writer.write([event])).join("");
    const again = readAll(text, "full", 1 << 30);
    expect(again.ended).toBe(true);
    expect(collect(again.events)).toEqual(collect(events));
    for (const dialect of [openaiChat, anthropicMessages]) {
      const got = collect(throughStream(dialect, events));
      expect([plainOf(got), got.usage?.output]).toEqual([plainOf(collect(events)), collect(events).usage?.output]);
    }
  });
});

/** What a client of `dialect` reads of these events. */
function throughStream(dialect: Dialect, events: readonly AnswerEvent[]): AnswerEvent[] {
  const writer = dialect.writeStream(context({ includeUsage: true }));
  const frames = new FrameCutter().push(new TextEncoder().encode(String(writer.write(events))));
  const reader = dialect.readStream({ depth: "full", stripUsage: false });
  const piece = reader.read(frames);
  expect(reader.ended()).toBe(true);
  return [...piece.events];
}

function plainOf(answer: Answer): { text: string; thinking: string; calls: unknown[] } {
  const items = answer.choices[0]?.items ?? [];
  return {
    text: items
      .flatMap((item) => (item.type === "message" ? item.parts : []))
      .map((part) => (part.type === "text" ? part.text : ""))
      .join(""),
    thinking: items.map((item) => (item.type === "reasoning" ? (item.text ?? item.summary.join("")) : "")).join(""),
    calls: items.flatMap((item) => (item.type === "call" ? [[item.name, JSON.parse(item.arguments)]] : [])),
  };
}

/** Values that say nothing here, and what is said by default. */
function normal(request: Fields): Fields {
  const messages = listOf(request.messages).map((message) => {
    const { content = "", ...rest } = fieldsOf(message);
    return { content, ...restOf(rest, new Set()) };
  });
  const options = restOf(fieldsOf(request.options), new Set());
  return {
    ...restOf(request, new Set(["messages", "options", "stream"])),
    messages,
    stream: request.stream !== false,
    ...(Object.keys(options).length > 0 && { options }),
  };
}

function readAll(
  body: string,
  depth: "skim" | "full",
  size: number,
): { events: AnswerEvent[]; raw: string; ended: boolean; lasts: number } {
  const reader = ollamaChat.readStream({ depth, stripUsage: false });
  const cutter = new JsonLineCutter();
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
  return { events, raw: decoder.decode(Buffer.concat(raw)), ended: reader.ended(), lasts };
}
