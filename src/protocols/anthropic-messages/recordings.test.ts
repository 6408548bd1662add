import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { type Answer, type AnswerEvent, type FaultCode, JsonBody, Losses, type Usage } from "../../exchange/index.ts";
import { FrameCutter } from "../framing/sse.ts";
import { type Fields, isFields } from "./fields.ts";
import { anthropicMessages } from "./index.ts";

interface Recorded {
  readonly name: string;
  readonly request?: Fields;
  readonly status: number;
  readonly body?: string;
}

/** The plain facts of an answer, however it came. */
interface Facts {
  readonly text: string;
  readonly thinking: string;
  readonly signatures: readonly string[];
  readonly calls: readonly { id: unknown; name: unknown; input: unknown }[];
  readonly others: readonly unknown[];
  readonly citations: number;
  readonly finish: unknown;
  readonly usage: Fields;
}

const folder = join(process.env.SLUICE_DATA ?? join(import.meta.dir, "../../../../shared/data"), "transcripts/anthropic");
const recordings = existsSync(folder) ? readdirSync(folder).sort().flatMap(load) : [];
const answers = recordings.filter((one) => one.status === 200 && one.body !== undefined && isMessage(one.body));
const streams = recordings.filter((one) => one.status === 200 && one.body !== undefined && /^\s*(event|data):/.test(one.body));
const whole = streams.filter(({ body = "" }) => payloads(body).some(({ type }) => type === "message_stop"));
const broken = streams.filter((one) => !whole.includes(one));
const refusals = recordings.filter((one) => one.status >= 400 && one.body !== undefined);
const requests = recordings.filter((one) => one.request?.max_tokens !== undefined);
console.info(
  recordings.length === 0
    ? `SKIPPED: 0 recordings, because ${folder} is not there`
    : `${answers.length} recorded answers, ${whole.length} streams, ${broken.length} broken off, ${refusals.length} refusals, ${requests.length} requests`,
);

describe("recorded answers of Anthropic", () => {
  test.each(answers)("$name reads as it stands", ({ body = "" }) => {
    const native = JSON.parse(body) as Fields;
    const answer = anthropicMessages.readAnswer(native);
    expect(factsOfAnswer(answer)).toEqual(factsOfMessage(native));
    expect(factsOfUsage(answer.usage)).toEqual(plainUsage(native.usage as Fields));
    const skimmed = anthropicMessages.skimAnswer(native);
    expect(skimmed.map((event) => event.type)).toEqual(["usage-report", "choice-finish", "answer-end"]);
    expect(usageIn(skimmed)).toEqual(answer.usage);
    const written = anthropicMessages.writeAnswer(answer, writing()) as Fields;
    expect(factsOfMessage(written)).toEqual(factsOfMessage(native));
  });

  test.each(whole)("$name streams as it stands", ({ body = "" }) => {
    const message = accumulated(body);
    const full = readAll(body, "full", [1 << 30]);
    expect(factsOfEvents(full)).toEqual(factsOfMessage(message));
    expect(factsOfUsage(usageIn(full))).toEqual(plainUsage(message.usage as Fields));
    expect(full.filter((event) => meterEvents.has(event.type))).toEqual(readAll(body, "skim", [1 << 30]));
    // Long streams in longer slices: a frame of several hundred KB would be joined anew for each byte.
    const factor = body.length > 50_000 ? 499 : 1;
    for (const sizes of [[1], [7, 64, 3], [200]].map((some) => some.map((size) => size * factor))) {
      expect(readAll(body, "full", sizes)).toEqual(full);
      expect(readAll(body, "skim", sizes)).toEqual(full.filter((event) => meterEvents.has(event.type)));
    }
  });

  test.each(whole)("$name is written again as the same message", ({ body = "" }) => {
    const events = readAll(body, "full", [1 << 30]);
    const writer = anthropicMessages.writeStream(writing());
    const text = events.map((event) => writer.write([event])).join("");
    checkSequence(text);
    const again = accumulated(text);
    const facts = factsOfMessage(accumulated(body));
    expect(factsOfMessage(again)).toEqual({ ...facts, usage: factsOfMessage(again).usage });
    expect(factsOfUsage(usageIn(readAll(text, "full", [1 << 30])))).toMatchObject({ output: usageIn(events)?.output });
  });

  test.each(refusals)("$name is a refusal that names its reason", ({ body = "", status }) => {
    const fault = anthropicMessages.readFault({ status, header: () => undefined, body: new TextEncoder().encode(body) });
    expect(fault.code).toBe(codes[status] ?? (status < 500 ? "upstream_rejected" : "upstream_failed"));
    if (fault.code !== "upstream_rejected") return;
    expect([fault.status, fault.message]).toEqual([status, (JSON.parse(body) as { error: { message: string } }).error.message]);
  });

  test.each(broken)("$name is no answer", ({ body = "" }) => {
    const bytes = new TextEncoder().encode(body);
    for (const depth of ["skim", "full"] as const) {
      const reader = anthropicMessages.readStream({ depth, stripUsage: false });
      const { events, last } = reader.read(bytes);
      const told = payloads(body).some(({ type }) => type === "error");
      expect([last, reader.ended(), events.some(({ type }) => type === "answer-error")]).toEqual([false, false, told]);
    }
  });

  test.each(requests)("$name: the request is written back as it was read", ({ request = {} }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(request)));
    const losses = new Losses();
    const read = anthropicMessages.readRequest(body, { header: () => undefined });
    const written = anthropicMessages.writeRequest(read, { provider: "anthropic", model: String(request.model), midSystem: true }, losses);
    expect(normalRequest(JSON.parse(JSON.stringify(written)))).toEqual(normalRequest(request));
    expect(losses.list.filter((loss) => loss.class === "S")).toEqual([]);
  });
});

/** What a refusal means where it is not the caller's own request. */
const codes: Readonly<Record<number, FaultCode>> = {
  401: "upstream_credentials",
  402: "upstream_quota",
  403: "upstream_credentials",
  408: "upstream_timeout",
  409: "upstream_conflict",
  429: "upstream_rate_limited",
  503: "upstream_overloaded",
  504: "upstream_timeout",
  529: "upstream_overloaded",
};

function writing() {
  const request = { dialect: "anthropic-messages", model: "m", items: [], stream: true } as const;
  return { request, requestId: "req_1", createdAt: 0 };
}

const meterEvents = new Set<AnswerEvent["type"]>(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(body: string, depth: "skim" | "full", sizes: readonly number[]): AnswerEvent[] {
  const bytes = new TextEncoder().encode(body);
  const reader = anthropicMessages.readStream({ depth, stripUsage: false });
  const cutter = new FrameCutter();
  const events: AnswerEvent[] = [];
  let lasts = 0;
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const run = cutter.push(bytes.slice(at, at + size));
    at += size;
    if (run.length === 0) continue;
    const piece = reader.read(run);
    events.push(...piece.events);
    if (piece.last) lasts++;
  }
  expect([lasts, reader.ended()]).toEqual([1, true]);
  return events;
}

function usageIn(events: readonly AnswerEvent[]): Usage | undefined {
  return events.flatMap((event) => (event.type === "usage-report" ? [event.usage] : [])).at(-1);
}

// ---- an independent, straightforward reading of the wire format

function payloads(body: string): Fields[] {
  return body
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => JSON.parse(line.slice(5)) as Fields);
}

/** Joins a stream to the message that it stands for. */
function accumulated(body: string): Fields {
  const content: Record<string, unknown>[] = [];
  let message: Record<string, unknown> = {};
  let usage: Fields = {};
  let base = 0;
  const json = new Map<number, string>();
  for (const event of payloads(body)) {
    const index = base + Number(event.index ?? 0);
    const block = content[index] ?? {};
    if (event.type === "message_start") {
      message = { ...(event.message as Fields) };
      usage = { ...usage, ...(message.usage as Fields) };
      content.push(...((message.content as Fields[] | undefined) ?? []).map((given) => ({ ...given })));
      base = content.length;
    }
    if (event.type === "content_block_start") content[index] = { ...(event.content_block as Fields) };
    if (event.type === "content_block_delta") {
      const delta = event.delta as Fields;
      if (delta.type === "text_delta") block.text = `${block.text}${delta.text}`;
      if (delta.type === "thinking_delta") block.thinking = `${block.thinking}${delta.thinking}`;
      if (delta.type === "signature_delta") block.signature = `${block.signature ?? ""}${delta.signature}`;
      if (delta.type === "citations_delta") block.citations = [...((block.citations as unknown[] | undefined) ?? []), delta.citation];
      if (delta.type === "compaction_delta") {
        const { type: _type, ...told } = delta;
        Object.assign(block, told);
      }
      if (delta.type === "input_json_delta") json.set(index, `${json.get(index) ?? ""}${delta.partial_json}`);
    }
    if (event.type === "message_delta") {
      message = { ...message, ...Object.fromEntries(Object.entries(event.delta as Fields).filter(([, value]) => value !== null)) };
      usage = { ...usage, ...(event.usage as Fields) };
    }
  }
  for (const [index, text] of json) {
    const block = content[index];
    if (block && text !== "") block.input = parsedOr(text);
  }
  return { ...message, content, usage };
}

function parsedOr(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function factsOfMessage(message: Fields): Facts {
  const blocks = message.content as Fields[];
  const of = (...types: string[]) => blocks.filter((block) => types.includes(String(block.type)));
  return {
    text: of("text")
      .map((block) => block.text)
      .join(""),
    thinking: of("thinking")
      .map((block) => block.thinking)
      .join(""),
    signatures: of("thinking", "redacted_thinking").map((block) => String(block.signature ?? block.data ?? "")),
    calls: of("tool_use").map(({ id, name, input }) => ({ id, name, input })),
    others: blocks.filter((block) => !["text", "thinking", "redacted_thinking", "tool_use"].includes(String(block.type))),
    citations: blocks.flatMap((block) => (Array.isArray(block.citations) ? block.citations : [])).length,
    finish: message.stop_reason,
    usage: {},
  };
}

function factsOfAnswer(answer: Answer): Facts {
  const items = answer.choices[0]?.items ?? [];
  const parts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
  const texts = parts.flatMap((part) => (part.type === "text" ? [part] : []));
  const thoughts = items.flatMap((item) => (item.type === "reasoning" ? [item] : []));
  return {
    text: texts.map((part) => part.text).join(""),
    thinking: thoughts.flatMap((item) => item.summary).join(""),
    signatures: thoughts.map((item) => item.sealed?.value ?? ""),
    calls: items.flatMap((item) => (item.type === "call" ? [{ id: item.callId, name: item.name, input: JSON.parse(item.arguments) }] : [])),
    others: items.flatMap((item) => (item.type === "opaque" ? [item.native] : [])),
    citations: texts.flatMap((part) => part.annotations ?? []).length,
    finish: answer.choices[0]?.finish?.native,
    usage: {},
  };
}

function factsOfEvents(events: readonly AnswerEvent[]): Facts {
  const joined = (kind: "text-delta" | "reasoning-delta") => events.flatMap((event) => (event.type === kind ? [event.text] : [])).join("");
  const calls = events.flatMap((event) => (event.type === "call-start" ? [event] : []));
  const argumentsOf = (block: number) =>
    parsedOr(events.flatMap((event) => (event.type === "call-delta" && event.block === block ? [event.arguments] : [])).join(""));
  return {
    text: joined("text-delta"),
    thinking: joined("reasoning-delta"),
    signatures: events.flatMap((event) => (event.type === "reasoning-end" ? [event.sealed?.value ?? ""] : [])),
    calls: calls.map(({ callId, name, block }) => ({ id: callId, name, input: argumentsOf(block) })),
    others: events.flatMap((event) => (event.type === "opaque-item" ? [event.item.native] : [])),
    citations: events.filter((event) => event.type === "text-annotation").length,
    finish: events.flatMap((event) => (event.type === "choice-finish" ? [event.finish.native] : [])).at(-1),
    usage: {},
  };
}

function plainUsage(native: Fields): Record<string, number> {
  const number = (value: unknown) => (typeof value === "number" ? value : 0);
  const compactions = ((native.iterations as Fields[] | undefined) ?? []).filter((iteration) => iteration.type === "compaction");
  const sum = (name: string) => [native, ...compactions].reduce((total, one) => total + number(one[name]), 0);
  return {
    input: sum("input_tokens"),
    read: sum("cache_read_input_tokens"),
    written: sum("cache_creation_input_tokens"),
    output: sum("output_tokens"),
    reasoning: number((native.output_tokens_details as Fields | undefined)?.thinking_tokens),
    searches: number((native.server_tool_use as Fields | undefined)?.web_search_requests),
  };
}

function factsOfUsage(usage: Usage | undefined): Record<string, number> {
  if (!usage) return {};
  return {
    input: usage.inputUncached,
    read: usage.cacheRead,
    written: usage.cacheWrite + usage.cacheWrite5m + usage.cacheWrite1h,
    output: usage.output,
    reasoning: usage.reasoning,
    searches: usage.webSearches,
  };
}

/** One message, blocks strictly one after another, numbered from 0, and the end at the end. */
function checkSequence(body: string): void {
  let open: unknown;
  let next = 0;
  const types: unknown[] = [];
  for (const event of payloads(body)) {
    types.push(event.type);
    if (event.type === "content_block_start") {
      expect([open, event.index]).toEqual([undefined, next]);
      open = event.index;
      next++;
    }
    if (event.type === "content_block_delta") expect(event.index).toBe(open);
    if (event.type === "content_block_stop") {
      expect(event.index).toBe(open);
      open = undefined;
    }
  }
  expect(open).toBeUndefined();
  expect(types[0]).toBe("message_start");
  expect(types.filter((type) => type === "message_start")).toHaveLength(1);
}

// ---- requests: equal but for what Anthropic reads as the same

function normalRequest(sent: Fields): Fields {
  const request = withoutNulls(sent);
  const { output_format: format, stream, tool_choice: choice, ...rest } = request;
  const config = { ...(rest.output_config as Fields | undefined) };
  const schema = isFields(format) && format.type === "json_schema" ? { format: { type: format.type, schema: format.schema } } : {};
  return {
    ...rest,
    ...(stream === true && { stream }),
    ...(isFields(format) || format === undefined ? {} : { output_format: format }),
    ...(choice !== undefined && isFields(request.tools) === false && Array.isArray(request.tools) && { tool_choice: choice }),
    output_config: { ...schema, ...config },
    system: normalContent(rest.system ?? []),
    messages: normalMessages(rest.messages as Fields[]),
    tools: ((rest.tools as Fields[] | undefined) ?? []).map(({ ...tool }) => tool),
  };
}

/** Null says no more than absence. */
function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function normalMessages(messages: readonly Fields[]): unknown[] {
  const turns: { role: unknown; content: unknown[]; beside: Fields }[] = [];
  for (const { role, content: said, ...beside } of messages) {
    const content = normalContent(said ?? []);
    const last = turns.at(-1);
    const alone = Object.keys(beside).length > 0;
    if (last?.role === role && !alone && Object.keys(last?.beside ?? {}).length === 0) last?.content.push(...content);
    else if (content.length > 0 || alone) turns.push({ role, content, beside });
  }
  return turns;
}

function normalContent(content: unknown): unknown[] {
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : (content as Fields[]);
  return blocks
    .filter((block) => block.type !== "text" || block.text !== "")
    .map((block) => {
      const { content: inner, ...rest } = withoutNulls(block);
      if (block.type !== "tool_result") return withoutNulls(block);
      const parts = inner === undefined ? [] : normalContent(inner);
      return { ...rest, ...(parts.length > 0 && { content: parts }) };
    });
}

// ---- loading

function isMessage(body: string): boolean {
  return body.trimStart().startsWith("{") && (JSON.parse(body) as Fields).type === "message";
}

function load(file: string): Recorded[] {
  const text = readFileSync(join(folder, file), "utf8");
  if (/\.ya?ml$/.test(file)) return fromCassette(file, text);
  if (file.endsWith(".chunks.txt")) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return messagesIn(lines).map((message, index) => ({
      name: `${file} ${index}`,
      status: 200,
      body: message.map((line) => `data: ${line}\n\n`).join(""),
    }));
  }
  if (file.includes("requests_")) return [{ name: file, status: 0, request: JSON.parse(text) as Fields }];
  if (!text.trimStart().startsWith("{")) return [{ name: file, status: 200, body: text.trimStart() }];
  const native = JSON.parse(text) as Fields;
  return typeof native.body === "string" && typeof native.status === "number"
    ? [{ name: file, status: native.status, body: native.body }]
    : [{ name: file, status: 200, body: text }];
}

/** Some files hold the streams of several calls, one behind the other. */
function messagesIn(lines: readonly string[]): string[][] {
  const messages: string[][] = [[]];
  for (const line of lines) {
    messages.at(-1)?.push(line);
    if (line.startsWith('{"type":"message_stop"')) messages.push([]);
  }
  return messages.filter((message) => message.length > 0);
}

function fromCassette(file: string, text: string): Recorded[] {
  const cassette = parse(text, { schema: "core", customTags: ["binary"], logLevel: "silent" }) as { interactions?: unknown[] };
  return (cassette.interactions ?? []).flatMap((interaction, index) => {
    const { request, response } = interaction as { request: Fields; response: Fields };
    if (!/\/v1\/messages(\?|$)/.test(String(request.uri))) return [];
    const sent = request.parsed_body ?? request.body;
    const body = response.parsed_body === undefined ? textOfBody((response.body as Fields)?.string) : JSON.stringify(response.parsed_body);
    const native: unknown = typeof sent === "string" ? JSON.parse(sent) : sent;
    return [
      {
        name: `${file} ${index}`,
        status: Number((response.status as Fields).code),
        ...(isFields(native) && { request: native }),
        ...(body !== undefined && { body }),
      },
    ];
  });
}

function textOfBody(body: unknown): string | undefined {
  if (typeof body === "string") return body;
  if (!(body instanceof Uint8Array)) return undefined;
  return (body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : Buffer.from(body)).toString("utf8");
}
