import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { type Answer, type AnswerEvent, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import { FrameCutter } from "../framing/sse.ts";
import { fieldsOf, isFields, listOf } from "./fields.ts";
import { geminiInteractions } from "./index.ts";

const folder = transcriptsFolder();
const recorded = (folder === undefined ? [] : loadTranscripts(folder).exchanges).filter(
  (one) => one.dialect === "gemini-interactions" && one.leftOut === undefined,
);
const decoder = new TextDecoder();
const bodyOf = (one: RecordedExchange): string => decoder.decode(one.answer?.body);
const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../../test/fixtures/gemini-interactions", `${name}.json`), "utf8"));
const wholes = [
  ...recorded.filter(({ mode }) => mode === "whole").map((one) => ({ name: one.id, native: fieldsOf(JSON.parse(bodyOf(one))) })),
  ...["whole", "tools-result"].map((name) => ({ name: `fixture ${name}`, native: fieldsOf(fixture(name).answer) })),
];
const streams = [
  ...recorded.filter(({ mode }) => mode === "stream").map((one) => ({ name: one.id, body: bodyOf(one) })),
  ...["stream", "tools-stream"].map((name) => ({ name: `fixture ${name}`, body: String(fixture(name).stream) })),
];
const requests = [
  ...recorded.filter(({ requestJson }) => requestJson !== undefined).map((one) => ({ name: one.id, native: fieldsOf(one.requestJson) })),
  ...["whole", "stream", "tools-stream", "tools-result"].map((name) => ({
    name: `fixture ${name}`,
    native: fieldsOf(fixture(name).request),
  })),
];
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of the Interactions API, because the data folder is not there"
    : `interactions: ${wholes.length - 2} recorded answers, ${streams.length - 2} streams, ${requests.length - 4} requests, and the fixtures`,
);

const context = (request: Partial<ModelRequest> = {}) => ({
  request: { dialect: "gemini-interactions", model: "m", items: [], stream: true, ...request } as ModelRequest,
  requestId: "req_1",
  createdAt: 1,
});
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(body: string, depth: "skim" | "full", size: number) {
  const cutter = new FrameCutter();
  const reader = geminiInteractions.readStream({ depth, stripUsage: false });
  const bytes = new TextEncoder().encode(body);
  const events: AnswerEvent[] = [];
  let raw = "";
  for (let at = 0; at < bytes.length; at += size) {
    const run = cutter.push(bytes.subarray(at, at + size));
    if (run.length === 0) continue;
    const piece = reader.read(run);
    events.push(...piece.events);
    raw += decoder.decode(piece.raw);
  }
  return { events, raw, ended: reader.ended() };
}

/** Texts joined: whole answers and streams cut what is said in other places. */
function plainOf({ choices, usage }: Answer) {
  const items = choices.flatMap((choice) => choice.items);
  const parts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
  return {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    thoughts: items.flatMap((item) => (item.type === "reasoning" ? [item.sealed?.value] : [])),
    calls: items.flatMap((item) => (item.type === "call" ? [[item.callId, item.name, JSON.parse(item.arguments)]] : [])),
    finish: choices[0]?.finish?.reason,
    usage,
  };
}

describe("recorded interactions", () => {
  test.each(wholes)("$name reads as it stands, and is written back member for member", ({ native }) => {
    const answer = geminiInteractions.readAnswer(native);
    const steps = listOf(native.steps).filter(isFields);
    expect(plainOf(answer)).toMatchObject({
      text: steps
        .flatMap(({ content }) => listOf(content))
        .map((content) => fieldsOf(content).text)
        .join(""),
      thoughts: steps.filter(({ type }) => type === "thought").map(({ signature }) => signature as string),
    });
    const counts = fieldsOf(native.usage) as Record<string, number>;
    expect([answer.usage?.inputUncached, answer.usage?.cacheRead, answer.usage?.output, answer.usage?.reasoning]).toEqual([
      counts.total_input_tokens! - counts.total_cached_tokens!,
      counts.total_cached_tokens,
      counts.total_output_tokens! + counts.total_thought_tokens!,
      counts.total_thought_tokens,
    ]);
    expect(geminiInteractions.skimAnswer({ ...native })).toEqual(
      expect.arrayContaining(play(answer).filter(({ type }) => meterEvents.has(type))),
    );
    expect(geminiInteractions.writeAnswer(answer, context())).toEqual({ id: "", ...native });
    expect(collect(play(answer))).toEqual(answer);
  });

  test.each(streams)("$name streams as it stands, at both depths and however it is sliced", ({ body }) => {
    const full = readAll(body, "full", 1 << 20);
    expect([full.raw, full.ended]).toEqual([body, true]);
    const skim = readAll(body, "skim", 1 << 20);
    expect(skim).toEqual({ ...full, events: full.events.filter(({ type }) => meterEvents.has(type)) });
    for (const size of [1, 17]) {
      expect(readAll(body, "full", size)).toEqual(full);
      expect(readAll(body, "skim", size)).toEqual(skim);
    }
    const frames = body.split(/(?<=\n\n)/);
    const cut = frames.slice(
      0,
      frames.findIndex((frame) => frame.includes('"event_type":"interaction.completed"')),
    );
    expect([cut.length > 2, readAll(cut.join(""), "full", 64).ended]).toEqual([true, false]);
  });

  test.each(streams)("$name is written again as the same answer, and goes home through another dialect's clients", ({ body }) => {
    const { events } = readAll(body, "full", 1 << 20);
    const answer = collect(events);
    const writer = geminiInteractions.writeStream(context());
    const again = readAll(events.map((event) => writer.write([event])).join(""), "full", 1 << 20);
    expect(again.ended).toBe(true);
    expect(plainOf(collect(again.events))).toEqual(plainOf(answer));
    const whole = geminiInteractions.readAnswer(geminiInteractions.writeAnswer(answer, context()));
    expect(plainOf(whole)).toEqual(plainOf(answer));
    const through = anthropicMessages.readAnswer(anthropicMessages.writeAnswer(answer, context()));
    expect({ ...plainOf(through), usage: undefined, thoughts: [] }).toEqual({ ...plainOf(answer), usage: undefined, thoughts: [] });
  });

  test.each(requests)("$name: the request is written back as it was read, but that nothing is kept", ({ native }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(native)));
    const losses = new Losses();
    const request = geminiInteractions.readRequest(body, { header: () => undefined });
    const written = geminiInteractions.writeRequest(request, { provider: "gemini", model: request.model }, losses);
    expect(losses.list).toEqual([]);
    expect(written).toEqual({
      ...native,
      input: asSteps(native.input),
      store: false,
      ...(native.stream === false && { stream: written.stream }),
    });
  });
});

/** Text and contents are what a user says. */
function asSteps(input: unknown): unknown {
  const user = (content: unknown) => [{ type: "user_input", content }];
  if (typeof input === "string") return user([{ type: "text", text: input }]);
  return listOf(input).some((one) => fieldsOf(one).type === "user_input") ? input : user(input);
}
