import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { type AnswerEvent, Fault, JsonBody, Losses, type Usage } from "../../exchange/index.ts";
import { sseEvents } from "../framing/sse.ts";
import { openaiResponses } from "./index.ts";
import { isWire, listOf, textOf, type Wire, wireOf } from "./wire.ts";

const folder = join(process.env.SLUICE_DATA ?? join(import.meta.dir, "../../../../shared/data"), "transcripts");
const encoder = new TextEncoder();
const decoder = new TextDecoder();
// Cut short by whoever recorded it: its first event is not JSON.
const broken = new Set(["openai/vercel-ai__parallel-tool-call-wrapper.1.chunks.txt"]);

interface Recording {
  readonly file: string;
  readonly status: number;
  readonly request?: Wire;
  readonly answer?: Wire;
  readonly stream?: string;
}

function load(): Recording[] {
  const lines = readFileSync(join(folder, "INDEX.jsonl"), "utf8").split("\n").filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as { file: string; apis: string[]; kind: string; features: string[] });
  return entries
    .filter((entry) => entry.apis.includes("responses") && !broken.has(entry.file))
    .flatMap((entry): Recording[] => {
      const text = readFileSync(join(folder, entry.file), "utf8");
      const { file } = entry;
      if (file.endsWith(".yaml")) return recordedIn(file, wireOf(parse(text)));
      if (file.endsWith(".chunks.txt")) {
        const chunks = text.split("\n").filter((line) => line.trim() !== "");
        return [{ file, status: 200, stream: chunks.map((chunk) => `data: ${chunk}\n\n`).join("") }];
      }
      if (entry.kind === "fixture-request") return [{ file, status: 200, request: JSON.parse(text) as Wire }];
      if (entry.features.includes("stream")) return [{ file, status: 200, stream: text }];
      return [{ file, status: 200, answer: JSON.parse(text) as Wire }];
    });
}

function recordedIn(file: string, cassette: Wire): Recording[] {
  return listOf(cassette.interactions).flatMap((interaction): Recording[] => {
    const { request, response } = wireOf(interaction) as { request: Wire; response: Wire };
    const path = String(request.uri).split("?")[0] ?? "";
    if (request.method !== "POST" || !path.endsWith("/responses")) return [];
    const asked = isWire(request.parsed_body) ? request.parsed_body : (JSON.parse(bodyText(request.body)) as Wire);
    const status = wireOf(response.status).code as number;
    if (isWire(response.parsed_body)) return [{ file, status, request: asked, answer: response.parsed_body }];
    const body = bodyText(response.body);
    if (body.trimStart().startsWith("{")) return [{ file, status, request: asked, answer: JSON.parse(body) as Wire }];
    return [{ file, status, request: asked, stream: body }];
  });
}

function bodyText(body: unknown): string {
  const value = isWire(body) && !(body instanceof Uint8Array) ? body.string : body;
  if (value instanceof Uint8Array) return decoder.decode(value[0] === 0x1f && value[1] === 0x8b ? gunzipSync(value) : value);
  return String(value);
}

const present = existsSync(join(folder, "INDEX.jsonl"));
const recordings = present ? load() : [];
const answers = recordings.filter((recording) => recording.answer !== undefined);
const streams = recordings.filter((recording) => recording.stream !== undefined);
const requests = recordings.filter((recording) => recording.request !== undefined);
console.info(
  present
    ? `openai-responses: ${answers.length} recorded answers, ${streams.length} streams, ${requests.length} requests`
    : "openai-responses: 0 recordings: the recorded data is absent (SLUICE_DATA)",
);

/** What an answer says, read straight from the wire. */
interface Told {
  readonly text: string;
  readonly refusal: string;
  readonly thoughts: string;
  readonly sealed: readonly string[];
  readonly calls: readonly string[];
  readonly opaque: readonly string[];
  readonly annotations: number;
}

function toldByOutput(output: readonly unknown[]): Told {
  const items = output.filter(isWire);
  const parts = items.filter((item) => item.type === "message").flatMap((item) => listOf(item.content).filter(isWire));
  const reasoning = items.filter((item) => item.type === "reasoning");
  const known = ["message", "reasoning", "function_call", "custom_tool_call"];
  return {
    text: parts.map((part) => textOf(part.text) ?? "").join("|"),
    refusal: parts.map((part) => textOf(part.refusal) ?? "").join(""),
    thoughts: reasoning.flatMap((item) => [...listOf(item.summary), ...listOf(item.content)].map((part) => wireOf(part).text)).join("|"),
    sealed: reasoning.flatMap((item) => textOf(item.encrypted_content) ?? []),
    calls: items
      .filter((item) => item.type === "function_call" || item.type === "custom_tool_call")
      .map((item) => `${item.call_id} ${item.name} ${item.arguments ?? item.input}`),
    opaque: items
      .filter((item) => !known.includes(String(item.type)))
      .map((item) => JSON.stringify(item))
      .sort(),
    annotations: parts.reduce((sum, part) => sum + listOf(part.annotations).length, 0),
  };
}

function toldByEvents(events: readonly AnswerEvent[]): Told {
  const words = new Map<string, string>();
  const add = (key: string, more: string) => words.set(key, (words.get(key) ?? "") + more);
  const calls = new Map<number, string>();
  const sealed: string[] = [];
  const opaque: string[] = [];
  let annotations = 0;
  for (const event of events) {
    if (event.type === "text-start") add(`text ${event.block}`, "");
    else if (event.type === "text-delta") add(`text ${event.block}`, event.text);
    else if (event.type === "refusal-delta") add("refusal", event.text);
    else if (event.type === "reasoning-delta") add(`thought ${event.block} ${event.form} ${event.paragraph}`, event.text);
    else if (event.type === "reasoning-end" && event.sealed) sealed.push(event.sealed.value);
    else if (event.type === "call-start") calls.set(event.block, `${event.callId} ${event.name} `);
    else if (event.type === "call-delta") calls.set(event.block, (calls.get(event.block) ?? "") + event.arguments);
    else if (event.type === "opaque-item") opaque.push(JSON.stringify(event.item.native));
    else if (event.type === "text-annotation") annotations++;
  }
  const under = (kind: string) => [...words].filter(([key]) => key.startsWith(kind)).map(([, text]) => text);
  return {
    text: under("text ").join("|"),
    refusal: words.get("refusal") ?? "",
    thoughts: under("thought ").join("|"),
    sealed,
    calls: [...calls.values()],
    opaque: opaque.sort(),
    annotations,
  };
}

/** The output of a stream, by the accumulation that its clients do. */
function outputOf(frames: readonly Wire[]): readonly unknown[] {
  const items: unknown[] = [];
  for (const frame of frames) if (frame.type === "response.output_item.done") items[frame.output_index as number] = frame.item;
  const last = wireOf(frames.findLast((frame) => /^response\.(completed|incomplete)$/.test(String(frame.type)))?.response);
  // A provider may leave out the end of an item, and repeat no output at its own end.
  for (const [index, item] of listOf(last.output).entries()) items[index] ??= item;
  return items;
}

function framesOf(text: string): Wire[] {
  const events = sseEvents(encoder.encode(text)).filter((event) => event.data !== "[DONE]");
  const frames = events.map((event) => JSON.parse(event.data) as Wire);
  // One file holds several responses in a row; a stream ends with its first.
  const end = frames.findIndex((frame) => /^response\.(completed|incomplete)$/.test(String(frame.type)));
  return end < 0 ? frames : frames.slice(0, end + 1);
}

function checkUsage(usage: Usage | undefined, wire: unknown): void {
  if (!isWire(wire)) {
    expect(usage).toBeUndefined();
    return;
  }
  const written = wireOf(wire.input_tokens_details).cache_write_tokens ?? 0;
  const cached = wireOf(wire.input_tokens_details).cached_tokens ?? 0;
  expect(usage?.cacheRead).toBe(cached as number);
  expect(usage?.cacheWrite).toBe(written as number);
  expect(usage?.inputUncached).toBe((wire.input_tokens as number) - (cached as number) - (written as number));
  expect(usage?.output).toBe(wire.output_tokens as number);
  expect(usage?.reasoning).toBe((wireOf(wire.output_tokens_details).reasoning_tokens ?? 0) as number);
}

function readAll(
  text: string,
  depth: "skim" | "full",
  slice: "whole" | "frame",
): { events: AnswerEvent[]; ended: boolean; visible: number } {
  const bytes = encoder.encode(text.endsWith("\n\n") ? text : `${text}\n\n`);
  const reader = openaiResponses.readStream({ depth, stripUsage: false });
  const runs = slice === "whole" ? [bytes] : sseEvents(bytes).map((event) => bytes.subarray(event.start, event.end));
  const pieces = runs.map((run) => reader.read(run));
  return { events: pieces.flatMap((piece) => piece.events), ended: reader.ended(), visible: pieces.findIndex((piece) => piece.visible) };
}

const context = { requestId: "req_test", createdAt: 1_700_000_000 };
const emptyRequest = { dialect: "openai-responses" as const, model: "m", items: [], stream: true };

describe("recorded answers", () => {
  test("are read with the text, calls, finish and usage that they hold, and written back", () => {
    let failed = 0;
    for (const { file, status, answer = {} } of answers) {
      if (status !== 200 || answer.output === undefined) {
        failed++;
        const refusal = { status, header: () => undefined, body: encoder.encode(JSON.stringify(answer)) };
        const fault = status === 200 ? caught(() => openaiResponses.readAnswer(answer)) : openaiResponses.readFault(refusal);
        expect(fault).toBeInstanceOf(Fault);
        if (status === 200) expect(openaiResponses.skimAnswer(answer).at(-1)?.type).toBe("answer-error");
        continue;
      }
      const read = openaiResponses.readAnswer(answer);
      const written = wireOf(openaiResponses.writeAnswer(read, { ...context, request: emptyRequest }));
      const [first] = read.choices;
      expect([file, toldByOutput(written.output as unknown[])]).toEqual([file, toldByOutput(listOf(answer.output))]);
      if (first?.finish?.reason !== "length") expect([file, plain(written.output)]).toEqual([file, plain(answer.output)]);
      checkUsage(read.usage, answer.usage);
      const skimmed = openaiResponses.skimAnswer(answer);
      expect(skimmed.find((event) => event.type === "choice-finish")?.finish).toEqual(first?.finish);
      expect(skimmed.find((event) => event.type === "usage-report")?.usage).toEqual(read.usage);
      if (answer.status === "completed")
        expect(first?.finish?.reason).toBe(toldByOutput(listOf(answer.output)).calls.length > 0 ? "call" : "stop");
    }
    console.info(`openai-responses: of ${answers.length} answers ${failed} are errors`);
  });
});

describe("recorded streams", () => {
  test("are read in full as a straightforward client would, and skimmed with the same end", () => {
    let errors = 0;
    for (const { file, stream = "" } of streams) {
      const frames = framesOf(stream);
      const full = readAll(stream, "full", "whole");
      const skim = readAll(stream, "skim", "whole");
      const meter = full.events.filter((event) => /^(usage-report|choice-finish|answer-end|answer-error)$/.test(event.type));
      expect([file, plain(skim.events)]).toEqual([file, plain(meter)]);
      const end = wireOf(frames.findLast((frame) => isWire(frame.response))?.response);
      if (full.events.some((event) => event.type === "answer-error")) {
        errors++;
        expect([file, skim.ended, full.ended]).toEqual([file, false, false]);
        continue;
      }
      expect([file, skim.ended, full.ended]).toEqual([file, true, true]);
      expect([file, toldByEvents(full.events)]).toEqual([file, toldByOutput(outputOf(frames))]);
      checkUsage(full.events.find((event) => event.type === "usage-report")?.usage, end.usage);
    }
    console.info(`openai-responses: of ${streams.length} streams ${errors} end in an error`);
  });

  test("give the same events however the frames are grouped", () => {
    for (const { file, stream = "" } of streams) {
      for (const depth of ["skim", "full"] as const) {
        const whole = readAll(stream, depth, "whole");
        const apart = readAll(stream, depth, "frame");
        expect([file, plain(apart.events)]).toEqual([file, plain(whole.events)]);
      }
      expect([file, readAll(stream, "skim", "frame").visible]).toEqual([file, readAll(stream, "full", "frame").visible]);
      const crlf = stream.replaceAll("\n", "\r\n");
      expect([file, plain(readAll(crlf, "skim", "frame").events)]).toEqual([file, plain(readAll(stream, "skim", "whole").events)]);
    }
  });

  test("are written again as streams that accumulate to the same output", () => {
    for (const { file, stream = "" } of streams) {
      const { events, ended } = readAll(stream, "full", "whole");
      if (!ended) continue;
      const writer = openaiResponses.writeStream({ ...context, request: emptyRequest });
      const frames = framesOf(events.map((event) => writer.write([event])).join(""));
      expect(frames.map((frame) => frame.sequence_number)).toEqual(frames.map((_, index) => index));
      const last = wireOf(frames.at(-1)?.response);
      expect([file, toldByOutput(outputOf(frames))]).toEqual([file, toldByOutput(outputOf(framesOf(stream)))]);
      expect([file, toldByOutput(listOf(last.output))]).toEqual([file, toldByOutput(outputOf(frames))]);
    }
  });
});

describe("recorded requests", () => {
  test("are read and written back with every field", () => {
    let stateful = 0;
    for (const { file, request = {} } of requests) {
      const body = JsonBody.scan(encoder.encode(JSON.stringify(request)));
      if (request.previous_response_id || request.conversation || request.background) {
        stateful++;
        expect(caught(() => openaiResponses.checkRequest(body))).toHaveProperty("code", "request_unsupported");
        continue;
      }
      openaiResponses.checkRequest(body);
      const model = request.model as string;
      const losses = new Losses();
      const read = openaiResponses.readRequest(body, { header: () => undefined });
      const written = openaiResponses.writeRequest(read, { provider: "openai", model }, losses);
      expect([file, losses.list]).toEqual([file, []]);
      expect([file, plain(written)]).toEqual([file, plain({ ...request, input: fullInput(request.input) })]);
      expect(openaiResponses.editRequest(body, { provider: "openai", model })).toEqual([]);
    }
    console.info(`openai-responses: of ${requests.length} requests ${stateful} ask for stored state`);
  });
});

/** Short forms of an input, spelt out. */
function fullInput(input: unknown): unknown {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return listOf(input).map((item) => (isWire(item) && item.type === undefined ? { type: "message", ...item } : item));
}

/** Without what means the same as being absent, and with one-text contents spelt one way. */
function plain(value: unknown): unknown {
  if (value instanceof Fault) return { code: value.code, message: value.message };
  if (Array.isArray(value)) return value.map(plain);
  if (!isWire(value)) return value;
  // One recorded request says a refusal under another name.
  if (value.type === "refusal") return { type: "refusal", refusal: value.refusal ?? value.text };
  const members = Object.entries(value)
    .filter(([name, member]) => member !== null && member !== undefined && !(name === "stream" && member === false))
    .filter(([name, member]) => !(/^(annotations|logprobs)$/.test(name) && listOf(member).length === 0 && Array.isArray(member)))
    .filter(([name, member]) => !(name === "status" && member === "completed"))
    .map(([name, member]): [string, unknown] => [name, /^(content|output)$/.test(name) ? shortest(member) : plain(member)]);
  return Object.fromEntries(members);
}

function shortest(content: unknown): unknown {
  const [part, ...more] = listOf(content);
  const isText = isWire(part) && more.length === 0 && /^(input|output)_text$/.test(String(part.type));
  const bare = plain(content);
  return isText && Object.keys(wireOf(listOf(bare)[0])).length === 2 ? part.text : bare;
}

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
