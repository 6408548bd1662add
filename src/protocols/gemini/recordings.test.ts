import { describe, expect, test } from "bun:test";
import { type Recorded, recordings } from "../../../test/transcripts/gemini-recordings.ts";
import { type Answer, type AnswerEvent, JsonBody, Losses, type Usage } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { FrameCutter } from "../framing/sse.ts";
import { camelFields, type Fields, fieldsOf, isFields, listOf, type Native } from "./fields.ts";
import { gemini } from "./index.ts";

const all = recordings();
const isStream = ({ body }: Recorded) => /^\s*data:/.test(body);
const wholes = all.filter((one) => one.status === 200 && /^\s*[[{]/.test(one.body)).map((one) => ({ ...one, chunks: chunksOf(one.body) }));
const failed = wholes.filter(({ chunks }) => chunks.some(wentWrong));
const answers = wholes.filter((one) => !failed.includes(one));
const streams = all.filter(
  (one) => one.status === 200 && isStream(one) && !chunksOf(one.body).some((chunk) => wentWrong(chunk) || chunk.error),
);
/** Older models end with every chunk. */
const endedOnce = streams.filter(({ body }) => {
  const chunks = chunksOf(body);
  return chunks.every(
    (chunk, at) => at === chunks.length - 1 || candidatesOf(chunk).every(({ finishReason }) => finishReason === undefined),
  );
});
const refusals = all.filter((one) => one.status >= 400);
const asked = all.filter((one) => one.request !== undefined);
/** Google refused it too. */
const wrong = asked.filter(({ request = {} }) => JSON.stringify(request.contents).includes('"invalid_role"'));
const requests = asked.filter((one) => !wrong.includes(one));
console.info(
  all.length === 0
    ? "SKIPPED: 0 recordings, because ../shared/data is not there"
    : `${answers.length} recorded answers, ${failed.length} that failed, ${streams.length} streams, ${refusals.length} refusals, ${requests.length} requests`,
);

describe("recorded answers of Gemini", () => {
  test.each(answers)("$name reads as it stands, and is written again as it stood", ({ chunks }) => {
    const native = chunks.length === 1 ? chunks[0] : chunks;
    const answer = gemini.readAnswer(native);
    const told = joinedChunks(chunks);
    expect(factsOfAnswer(answer)).toEqual(factsOf(told));
    expect(factsOfUsage(answer.usage)).toEqual(plainUsage(told.usageMetadata));
    const written = gemini.writeAnswer(answer, writing()) as Fields;
    expect(normalAnswer(written)).toEqual(normalAnswer(told));
  });

  test.each(answers.filter(({ chunks }) => chunks.length === 1))("$name is metered without being read", ({ chunks: [native = {}] }) => {
    const answer = gemini.readAnswer(native);
    const skimmed = gemini.skimAnswer(native);
    expect(usageIn(skimmed)).toEqual(answer.usage);
    const finishes = skimmed.flatMap((event) => (event.type === "choice-finish" ? [event.finish] : []));
    expect(finishes).toEqual(answer.choices.flatMap(({ finish }) => finish ?? []));
    expect(skimmed.at(-1)?.type).toBe("answer-end");
  });

  test.each(failed)("$name is a failure that another try may mend", ({ chunks: [native = {}] }) => {
    expect(() => gemini.readAnswer(native)).toThrow(String(candidatesOf(native)[0]?.finishReason));
    const skimmed = gemini.skimAnswer(native);
    expect(skimmed.map((event) => event.type)).toEqual(["usage-report", "answer-error"]);
    expect(skimmed.at(-1)).toMatchObject({ fault: { code: "upstream_failed", retryable: true } });
  });

  test.each(streams)("$name streams as it stands, however its bytes are cut", ({ body }) => {
    const told = joinedChunks(chunksOf(body));
    const full = readAll(body, "full", [1 << 30]);
    expect(factsOfAnswer(collect(full))).toEqual(factsOf(told));
    expect(factsOfUsage(usageIn(full))).toEqual(plainUsage(told.usageMetadata));
    const metered = full.filter((event) => meterEvents.has(event.type));
    expect(readAll(body, "skim", [1 << 30])).toEqual(metered);
    const factor = body.length > 50_000 ? 499 : 1;
    for (const sizes of [[1], [7, 64, 3], [200]].map((some) => some.map((size) => size * factor))) {
      expect(readAll(body, "full", sizes)).toEqual(full);
      expect(readAll(body, "skim", sizes)).toEqual(metered);
    }
  });

  test.each(endedOnce)("$name cut anywhere before its end is not whole", ({ body }) => {
    const frames = body.split(/(?<=\n\r?\n)/).filter((frame) => frame.trim() !== "");
    for (let count = 0; count < frames.length; count++) {
      const reader = gemini.readStream({ depth: "skim", stripUsage: false });
      for (const frame of frames.slice(0, count)) reader.read(new TextEncoder().encode(frame));
      expect(reader.ended()).toBe(false);
    }
  });

  test.each(streams)("$name is written again as the same answer", ({ body }) => {
    const events: AnswerEvent[] = [...readAll(body, "full", [1 << 30]), { type: "answer-end" }];
    const writer = gemini.writeStream(writing());
    const text = events.map((event) => writer.write([event])).join("");
    expect(gemini.writeStream(writing()).write(events)).toBe(text);
    expect(normalAnswer(joinedChunks(chunksOf(text)))).toEqual(normalAnswer(joinedChunks(chunksOf(body))));
    expect(collect(readAll(text, "full", [1 << 30])).choices).toEqual(collect(events).choices);
  });

  test.each(refusals)("$name is a refusal that names its reason", ({ body, status }) => {
    const fault = gemini.readFault({ status, header: () => undefined, body: new TextEncoder().encode(body) });
    if (status >= 500 || [401, 403, 429].includes(status)) {
      expect(fault.code).not.toBe("upstream_rejected");
      const delay = /"retryDelay": *"([\d.]+)s"/.exec(body)?.[1];
      if (delay !== undefined) expect(fault.retryAfterMs).toBe(Math.ceil(Number(delay) * 1000));
      return;
    }
    const said = /^\s*\{/.test(body) ? (JSON.parse(body) as { error: { message: string } }).error.message : fault.message;
    expect([fault.code, fault.status, fault.message]).toEqual(["upstream_rejected", status, said]);
  });

  test.each(wrong)("$name: the request is refused here too", ({ request = {} }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(request)));
    expect(() => gemini.readRequest(body, { header: () => undefined })).toThrow("must be user or model");
  });

  test.each(requests)("$name: the request is written back as it was read", ({ request = {} }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(request)));
    const losses = new Losses();
    const read = gemini.readRequest(body, { model: "gemini-x", stream: true, header: () => undefined });
    expect([read.model, read.stream]).toEqual(["gemini-x", true]);
    const written = gemini.writeRequest(read, { provider: "gemini", model: "gemini-x" }, losses);
    expect(normalRequest(JSON.parse(JSON.stringify(written)))).toEqual(normalRequest(request));
    expect(losses.list).toEqual([]);
    expect(gemini.editRequest(body, { provider: "gemini", model: "gemini-x" })).toEqual([]);
  });
});

function writing() {
  const request = { dialect: "gemini-generate", model: "m", items: [], stream: true } as const;
  return { request, requestId: "req_1", createdAt: 0 };
}

const meterEvents = new Set<AnswerEvent["type"]>(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(body: string, depth: "skim" | "full", sizes: readonly number[]): AnswerEvent[] {
  const bytes = new TextEncoder().encode(body);
  const reader = gemini.readStream({ depth, stripUsage: false });
  const cutter = new FrameCutter();
  const events: AnswerEvent[] = [];
  const read = (run: Uint8Array) => {
    if (run.length > 0) events.push(...reader.read(run).events);
  };
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    read(cutter.push(bytes.slice(at, at + size)));
    at += size;
  }
  const last = cutter.last();
  if (last.length > 0) read(last);
  expect(reader.ended()).toBe(true);
  return events;
}

function usageIn(events: readonly AnswerEvent[]): Usage | undefined {
  return events.flatMap((event) => (event.type === "usage-report" ? [event.usage] : [])).at(-1);
}

// ---- an independent, straightforward reading of the wire format

function chunksOf(body: string): Fields[] {
  if (!/^\s*data:/.test(body)) return listOf(JSON.parse(body)) as Fields[];
  const lines = body.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => JSON.parse(line.slice(5)) as Fields);
}

function candidatesOf(answer: Fields): Fields[] {
  return listOf(answer.candidates) as Fields[];
}

function wentWrong(chunk: Fields): boolean {
  return candidatesOf(chunk).some((candidate) => /MALFORMED|UNEXPECTED|TOO_MANY/.test(String(candidate.finishReason)));
}

/** A stream's chunks as the one answer that they stand for: every part in a row, everything else as it was said last. */
function joinedChunks(chunks: readonly Fields[]): Fields {
  const answer: Native = {};
  const candidates: Native[] = [];
  for (const { candidates: _some, ...rest } of chunks) Object.assign(answer, rest);
  for (const candidate of chunks.flatMap(candidatesOf)) {
    const index = Number(candidate.index ?? 0);
    const known = fieldsOf(candidates[index]);
    const parts = [...(listOf(fieldsOf(known.content).parts) as Fields[]), ...(listOf(fieldsOf(candidate.content).parts) as Fields[])];
    candidates[index] = { ...known, ...candidate, content: { parts } };
  }
  return {
    ...answer,
    ...(candidates.length > 0 && { candidates: candidates.map((one) => ({ ...one, content: { parts: joinedParts(one) } })) }),
  };
}

/** Runs of plain text are one text, partial arguments one call; empty plain texts say nothing. */
function joinedParts(candidate: Fields): Native[] {
  const out: Native[] = [];
  let partial: { name: unknown; args: Native } | undefined;
  for (const part of listOf(fieldsOf(candidate.content).parts) as Fields[]) {
    const last = out.at(-1);
    const call = part.functionCall as Fields | undefined;
    if (call && call.args === undefined) {
      if (call.name !== undefined && (call.willContinue || call.partialArgs)) {
        partial = { name: call.name, args: {} };
        out.push({ ...part, functionCall: partial });
      } else if (call.name !== undefined) out.push({ ...part, functionCall: { ...call, args: {} } });
      for (const piece of listOf(call.partialArgs)) if (partial) setArg(partial.args, piece as Fields);
    } else if (part.text === undefined) out.push({ ...part });
    else if (last && typeof last.text === "string" && last.thought === part.thought && !last.thoughtSignature && !part.thoughtSignature) {
      last.text += String(part.text);
    } else if (part.text !== "" || part.thoughtSignature) out.push({ ...part });
  }
  return out;
}

function setArg(args: Native, piece: Fields): void {
  const path = String(piece.jsonPath)
    .replace(/^\$\.?/, "")
    .split(/[.[]/);
  let node = args as Record<string, unknown>;
  for (const [at, step] of path.entries()) {
    const key = step.replace("]", "");
    if (at < path.length - 1) node[key] ??= path[at + 1]?.endsWith("]") ? [] : {};
    else node[key] = piece.stringValue === undefined ? (piece.numberValue ?? piece.boolValue) : `${node[key] ?? ""}${piece.stringValue}`;
    node = node[key] as Record<string, unknown>;
  }
}

interface Facts {
  readonly id: unknown;
  readonly model: unknown;
  readonly choices: readonly unknown[];
}

function factsOf(answer: Fields): Facts {
  const blocked = fieldsOf(answer.promptFeedback).blockReason;
  const choices = candidatesOf(answer).map((candidate) => {
    const parts = joinedParts(candidate);
    return {
      text: textsOf(parts, undefined),
      thinking: textsOf(parts, true),
      signatures: parts.flatMap((part) => (part.thoughtSignature && !isOpaque(part) ? [part.thoughtSignature] : [])),
      calls: parts.flatMap(({ functionCall: call }) => (isFields(call) ? [{ id: call.id, name: call.name, args: call.args }] : [])),
      others: parts.filter(isOpaque),
      finish: candidate.finishReason === 1 ? "STOP" : candidate.finishReason,
    };
  });
  const nothing = { text: "", thinking: "", signatures: [], calls: [], others: [], finish: blocked };
  return { id: answer.responseId ?? "", model: answer.modelVersion, choices: blocked ? [nothing] : choices };
}

function textsOf(parts: readonly Fields[], thought: unknown): string {
  return parts.flatMap((part) => (part.thought === thought ? [String(part.text ?? "")] : [])).join("");
}

function isOpaque(part: Fields): boolean {
  return part.text === undefined && part.functionCall === undefined && Object.keys(part).some((name) => name !== "thoughtSignature");
}

function factsOfAnswer(answer: Answer): Facts {
  const choices = answer.choices.map(({ items, finish }) => {
    const texts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
    const thoughts = items.flatMap((item) => (item.type === "reasoning" ? [item] : []));
    return {
      text: texts.map((part) => (part.type === "text" ? part.text : "?")).join(""),
      thinking: thoughts.flatMap((item) => item.summary).join(""),
      signatures: thoughts.flatMap((item) => item.sealed?.value.replace(/^.*:/, "") ?? []),
      calls: items.flatMap((item) =>
        item.type === "call"
          ? [{ id: item.callId.startsWith("gemini_") ? undefined : item.callId, name: item.name, args: JSON.parse(item.arguments) }]
          : [],
      ),
      others: items.flatMap((item) => (item.type === "opaque" && item.label !== "metadata" ? [item.native] : [])),
      finish: finish?.native,
    };
  });
  return { id: answer.id, model: answer.model, choices };
}

function plainUsage(native: unknown): Record<string, number> {
  const told = fieldsOf(native);
  const count = (name: string) => Number(told[name] ?? 0);
  if (!Object.keys(told).some((name) => name.endsWith("TokenCount"))) return {};
  const of = (lists: readonly string[], names: readonly unknown[]) =>
    lists
      .flatMap((name) => listOf(told[name]) as Fields[])
      .filter((entry) => names.includes(entry.modality))
      .reduce((sum, entry) => sum + Number(entry.tokenCount), 0);
  const prompts = ["promptTokensDetails", "toolUsePromptTokensDetails"];
  const input = count("promptTokenCount") + count("toolUsePromptTokenCount");
  const output = count("candidatesTokenCount") + count("thoughtsTokenCount");
  // One recording counts neither the prompt nor the total.
  const total = told.promptTokenCount === undefined ? output : count("totalTokenCount");
  return {
    input,
    read: count("cachedContentTokenCount"),
    output,
    reasoning: count("thoughtsTokenCount"),
    total,
    audio: of(prompts, ["AUDIO", 4]),
    image: of(prompts, ["IMAGE", 2]),
    audioRead: of(["cacheTokensDetails"], ["AUDIO", 4]),
  };
}

function factsOfUsage(usage: Usage | undefined): Record<string, number> {
  if (!usage) return {};
  const input = usage.inputUncached + usage.cacheRead;
  return {
    input,
    read: usage.cacheRead,
    output: usage.output,
    reasoning: usage.reasoning,
    total: input + usage.output,
    audio: usage.inputAudio,
    image: usage.inputImage,
    audioRead: usage.cacheReadAudio,
  };
}

/** Equal but for what Google's clients read as the same. */
function normalAnswer(answer: Fields): unknown {
  const { usageMetadata, createTime, candidates, responseId, ...rest } = answer;
  const { audio, image, audioRead, ...usage } = plainUsage(usageMetadata);
  const written = listOf(candidates) as Fields[];
  return {
    ...rest,
    id: responseId ?? "1",
    created: createTime === undefined ? undefined : Math.floor(Date.parse(String(createTime)) / 1000),
    usage: { input: 0, read: 0, output: 0, reasoning: 0, total: 0, ...usage },
    candidates: written.map(({ content: _content, index: _index, finishReason, ...one }, at) => ({
      ...one,
      finishReason: finishReason === 1 ? "STOP" : finishReason,
      parts: joinedParts(written[at] as Fields),
    })),
  };
}

// ---- requests: one spelling of names, one content a role, one list of functions

function normalRequest(request: Fields): unknown {
  const { contents, tools, ...rest } = camelFields(request);
  const merged: { role: unknown; parts: unknown[] }[] = [];
  for (const content of listOf(contents) as Fields[]) {
    const parts = (listOf(content.parts) as Fields[]).map((part) => spelled(part));
    const role = content.role ?? "user";
    const last = merged.at(-1);
    if (last?.role === role) last?.parts.push(...parts);
    else if (parts.length > 0) merged.push({ role, parts });
  }
  const each = (listOf(tools) as Fields[]).map(camelFields);
  const functions = each.flatMap((tool) => listOf(tool.functionDeclarations) as Fields[]).map((one) => spelled(one));
  const hosted = each.filter((tool) => tool.functionDeclarations === undefined);
  const config = fieldsOf(spelled(fieldsOf(rest.generationConfig)));
  const { generationConfig: _config, ...others } = rest;
  return { ...fieldsOf(spelled(others)), config, contents: merged, functions, hosted: hosted.map((tool) => spelled(tool)) };
}

const free = new Set(["args", "response", "parametersJsonSchema", "parameters", "responseJsonSchema", "responseSchema", "labels"]);

function spelled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spelled);
  if (!isFields(value)) return value;
  const out: Native = {};
  for (const [name, inner] of Object.entries(camelFields(value))) out[name] = free.has(name) ? inner : spelled(inner);
  if (out.functionCall !== undefined) out.functionCall = { args: {}, ...fieldsOf(out.functionCall) };
  if (typeof out.data === "string") out.data = out.data.replaceAll("-", "+").replaceAll("_", "/");
  return out;
}
