import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { type AnswerEvent, JsonBody } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import { FrameCutter } from "../framing/sse.ts";
import { openaiCompletions } from "./index.ts";

interface Choice {
  readonly text: string;
  readonly index: number;
  readonly logprobs: { readonly tokens: string[]; readonly text_offset: number[] } | null;
  readonly finish_reason: string | null;
}

interface Native {
  readonly choices: readonly Choice[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

const folder = transcriptsFolder();
const recorded = (folder === undefined ? [] : loadTranscripts(folder).exchanges).filter((one) => one.path === "/v1/completions");
const decoder = new TextDecoder();
const bodyOf = (one: RecordedExchange): string => decoder.decode(one.answer?.body);
// Writer's own form under the same path: a bare word an event, without choices, usage or end.
const ofThisForm = recorded.filter((one) => one.host !== "api.writer.com");
const good = ofThisForm.filter((one) => one.answer?.status === 200);
const streams = good.filter((one) => bodyOf(one).startsWith("data:")).map((one) => ({ name: one.id, one }));
const wholes = good.filter((one) => bodyOf(one).startsWith("{")).map((one) => ({ name: one.id, one }));
const refusals = ofThisForm.filter((one) => (one.answer?.status ?? 0) >= 400).map((one) => ({ name: one.id, one }));
const requests = ofThisForm.filter((one) => one.requestJson !== undefined).map((one) => ({ name: one.id, one }));
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of legacy completions, because the data folder is not there"
    : `legacy completions: ${wholes.length} recorded answers, ${streams.length} streams, ${refusals.length} refusal, ${requests.length} requests; left out: ${recorded.length - ofThisForm.length} of Writer's own form`,
);

const natives = (sse: string): Native[] =>
  sse
    .split(/\r?\n\r?\n/)
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice(6)));

function eventsOf(text: string, depth: "skim" | "full", slice: number): { events: AnswerEvent[]; raw: string; ended: boolean } {
  const cutter = new FrameCutter();
  const reader = openaiCompletions.readStream({ depth, stripUsage: false });
  const bytes = new TextEncoder().encode(text);
  const events: AnswerEvent[] = [];
  let raw = "";
  for (let at = 0; at < bytes.length; at += slice) {
    const run = cutter.push(bytes.subarray(at, at + slice));
    if (run.length === 0) continue;
    const piece = reader.read(run);
    events.push(...piece.events);
    raw += decoder.decode(piece.raw);
  }
  return { events, raw, ended: reader.ended() };
}

describe("recorded completions", () => {
  test.each(streams)("$name reads as what it says, however it is sliced", ({ one }) => {
    const body = bodyOf(one);
    const chunks = natives(body);
    const said = chunks.flatMap(({ choices }) => choices.map(({ text }) => text)).join("");
    const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
    for (const slice of [7, 4096]) {
      const { events, raw, ended } = eventsOf(body, "full", slice);
      expect([raw, ended]).toEqual([body, true]);
      const { choices, usage: counted } = collect(events);
      expect(choices.flatMap(({ items }) => items.flatMap((item) => (item.type === "message" ? item.parts : [])))).toEqual([
        { type: "text", text: said },
      ]);
      expect([counted?.inputUncached, counted?.output]).toEqual([usage?.prompt_tokens, usage?.completion_tokens]);
      const skimmed = eventsOf(body, "skim", slice);
      expect(skimmed.raw).toBe(body);
      const telling = new Set(["usage-report", "choice-finish", "answer-end"]);
      expect(skimmed.events).toEqual(events.filter(({ type }) => telling.has(type)));
    }
  });

  test.each(wholes)("$name reads as what it says, and its tokens stand where they stood", ({ one }) => {
    const native = JSON.parse(bodyOf(one)) as Native;
    const answer = openaiCompletions.readAnswer(native);
    const said = answer.choices.map(({ items }) => items.flatMap((item) => (item.type === "message" ? item.parts : [])));
    expect(said.map((parts) => parts.map((part) => (part.type === "text" ? part.text : "")).join(""))).toEqual(
      native.choices.map(({ text }) => text),
    );
    expect([answer.usage?.inputUncached, answer.usage?.output]).toEqual([native.usage?.prompt_tokens, native.usage?.completion_tokens]);
    const telling = new Set(["usage-report", "choice-finish", "answer-end"]);
    const skimmed = openaiCompletions.skimAnswer(native as never);
    expect(new Set(skimmed)).toEqual(new Set(play(answer).filter(({ type }) => telling.has(type))));
  });

  test.each(refusals)("$name becomes the fault that it is", ({ one }) => {
    const { status, headers, body } = one.answer!;
    const fault = openaiCompletions.readFault({ status, header: (name) => headers[name], body });
    expect([fault.code, fault.status, fault.nativeCode]).toEqual(["upstream_rejected", 404, "model_not_found"]);
  });

  test.each(requests)("$name is asked for as it came, but for the model", ({ one }) => {
    const body = JsonBody.scan(one.request!.body);
    openaiCompletions.checkRequest(body);
    const edits = openaiCompletions.editRequest(body, { provider: "any", model: "other", streamUsage: "never" });
    expect(JSON.parse(decoder.decode(body.splice(edits)))).toEqual({ ...one.requestJson, model: "other" });
  });
});
