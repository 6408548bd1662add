import { describe, expect, test } from "bun:test";
import type { RecordedExchange } from "../../../test/transcripts/exchange.ts";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { readMessages } from "../../../test/transcripts/readers/aws-messages.ts";
import { type Answer, type AnswerEvent, JsonBody, Losses } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { MessageCutter } from "../framing/aws-event-stream.ts";
import { type Fields, fieldsOf, listOf } from "../json-fields.ts";
import { requestForm } from "./forms.ts";
import { bedrockInvoke } from "./index.ts";

const folder = transcriptsFolder();
const recorded = (folder === undefined ? [] : loadTranscripts(folder).exchanges).filter(({ path }) =>
  /^\/model\/[^/]+\/invoke(-with-response-stream)?$/.test(path),
);
const decoder = new TextDecoder();
const good = recorded.filter(({ answer }) => answer?.status === 200);
const isBroken = ({ answer }: RecordedExchange) => readMessages(answer!.body).some(({ event }) => event.startsWith("exception:"));
const streams = good.filter((one) => one.path.endsWith("stream") && !isBroken(one)).map((one) => ({ name: one.id, one }));
const wholes = good.filter(({ path }) => path.endsWith("invoke")).map((one) => ({ name: one.id, one }));
const requests = recorded.filter(({ requestJson }) => requestJson !== undefined).map((one) => ({ name: one.id, one }));
const refusals = recorded.filter(({ answer }) => (answer?.status ?? 0) >= 400).map((one) => ({ name: one.id, one }));
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of InvokeModel, because the data folder is not there"
    : `InvokeModel: ${wholes.length} recorded answers, ${streams.length} streams, ${requests.length} requests, ${refusals.length} refusals`,
);

const jsonOf = (one: RecordedExchange): Fields => fieldsOf(JSON.parse(decoder.decode(one.answer?.body)));
const bodyOf = (one: RecordedExchange) => JsonBody.scan(one.request!.body);
const context = (stream = false) => ({ header: () => undefined, model: "m", stream });

/** The model's own events, unwrapped by a reader that is not ours. */
const unwrapped = (bytes: Uint8Array): Fields[] =>
  readMessages(bytes).map(({ json }) => fieldsOf(JSON.parse(Buffer.from(String(fieldsOf(json).bytes), "base64").toString("utf8"))));

/** What the model says in an event or an answer of any of the forms, found by the names of members only. */
function textsIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsIn).join("");
  const { text, ...rest } = fieldsOf(value);
  return (typeof text === "string" ? text : "") + Object.values(rest).map(textsIn).join("");
}

function textOf(answer: Answer): string {
  const parts = answer.choices.flatMap(({ items }) => items.flatMap((item) => (item.type === "message" ? item.parts : [])));
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function readAll(bytes: Uint8Array, depth: "skim" | "full", size: number) {
  const reader = bedrockInvoke.readStream({ depth, stripUsage: false });
  const cutter = new MessageCutter();
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
  return { events, raw: Buffer.concat(raw), ended: reader.ended(), lasts };
}

/** The model's own counts where it has some (Claude counts a call's frame, Bedrock does not), else Bedrock's. */
function countsIn(bytes: Uint8Array): (number | undefined)[] {
  const events = unwrapped(bytes);
  const bedrock = fieldsOf(events.at(-1)?.["amazon-bedrock-invocationMetrics"]);
  const own = events.findLast(({ type }) => type === "message_delta")?.usage;
  // What a guardrail has stopped has only the model's own.
  const given = fieldsOf(fieldsOf(events.find(({ type }) => type === "message_start")?.message).usage);
  if (Object.keys(bedrock).length === 0) return [given.input_tokens, fieldsOf(own).output_tokens ?? given.output_tokens] as number[];
  return [bedrock.inputTokenCount, fieldsOf(own).output_tokens ?? bedrock.outputTokenCount] as (number | undefined)[];
}

/** Blocks without content are no blocks where they are written again. */
function shown(answer: Answer): unknown {
  const items = answer.choices.flatMap((choice) => choice.items);
  const filled = items.map((item) =>
    item.type === "message" ? { ...item, parts: item.parts.filter((part) => part.type !== "text" || part.text !== "") } : item,
  );
  return { ...answer, model: "", choices: [{ ...answer.choices[0], items: filled }] };
}

const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);
const isRead = (one: RecordedExchange) => requestForm(bodyOf(one)) !== undefined;

describe("recorded streams of InvokeModel", () => {
  test.each(streams)("$name pass as they came and are counted", ({ one }) => {
    const body = one.answer!.body;
    const counts = countsIn(body);
    for (const size of [11, 1 << 20]) {
      const skim = readAll(body, "skim", size);
      expect([skim.raw.equals(body), skim.ended, skim.lasts]).toEqual([true, true, 1]);
      const usage = skim.events.findLast((event) => event.type === "usage-report")?.usage;
      expect([usage?.inputUncached, usage?.output]).toEqual(counts);
    }
  });

  test.each(streams.filter(({ one }) => isRead(one)))("$name read as what they say, and are written again as the same", ({ one }) => {
    const body = one.answer!.body;
    const full = readAll(body, "full", 1 << 20);
    expect(textOf(collect(full.events))).toBe(unwrapped(body).map(textsIn).join(""));
    expect(readAll(body, "full", 13)).toEqual(full);
    expect(readAll(body, "skim", 13).events).toEqual(full.events.filter(({ type }) => meterEvents.has(type)));
    const request = bedrockInvoke.readRequest(bodyOf(one), context(true));
    const writer = bedrockInvoke.writeStream({ request, requestId: "req_1", createdAt: 1 });
    const written = Buffer.concat(full.events.map((event) => writer.write([event]) as Uint8Array));
    const again = readAll(written, "full", 1 << 20);
    expect(again.ended).toBe(true);
    expect(shown(collect(again.events))).toEqual(shown(collect(full.events)));
    expect(countsIn(written)).toEqual(countsIn(body));
  });

  test.each(streams.filter(({ one }) => !isRead(one)))("$name are refused where a rule would have to read them", ({ one }) => {
    expect(() => readAll(one.answer!.body, "full", 1 << 20)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
  });
});

describe("recorded answers of InvokeModel", () => {
  test.each(wholes)("$name are counted as Bedrock's headers count them", ({ one }) => {
    const { headers } = one.answer!;
    const told = [headers["x-amzn-bedrock-input-token-count"], headers["x-amzn-bedrock-output-token-count"]].map((count) =>
      Number(count ?? 0),
    );
    const events = bedrockInvoke.skimAnswer({ ...jsonOf(one) });
    const usage = events.find((event) => event.type === "usage-report")?.usage;
    // Without counts in the body the meter estimates, as it does for every answer without them.
    if (usage && headers["x-amzn-bedrock-input-token-count"] !== undefined) expect([usage.inputUncached, usage.output]).toEqual(told);
    expect(events.at(-1)).toEqual({ type: "answer-end" });
  });

  test.each(wholes.filter(({ one }) => isRead(one)))("$name are read, and written in the same form again", ({ one }) => {
    const native = jsonOf(one);
    const answer = bedrockInvoke.readAnswer(native);
    expect(textOf(answer)).toBe(textsIn(native));
    const request = bedrockInvoke.readRequest(bodyOf(one), context());
    const written = fieldsOf(bedrockInvoke.writeAnswer(answer, { request, requestId: "req_1", createdAt: 1 }));
    // What a guardrail of Bedrock's did is Bedrock's to say.
    const told = Object.keys(native).filter((name) => native[name] !== null && !name.startsWith("amazon-bedrock-"));
    expect(told.filter((name) => !(name in written))).toEqual([]);
    expect(bedrockInvoke.readAnswer(written)).toEqual({ ...answer, model: answer.model });
  });
});

describe("recorded requests of InvokeModel", () => {
  test.each(requests)("$name go to Bedrock as they came", ({ one }) => {
    const body = bodyOf(one);
    bedrockInvoke.checkRequest(body);
    const losses = new Losses();
    expect(bedrockInvoke.editRequest(body, { provider: "bedrock", model: "any" }, losses)).toEqual([]);
    expect(losses.list).toEqual([]);
  });

  test.each(requests)("$name are read as a conversation, or refused by name", ({ one }) => {
    const messages = listOf(one.requestJson?.messages);
    if (messages.length === 0) {
      expect(() => bedrockInvoke.readRequest(bodyOf(one), context())).toThrow(expect.objectContaining({ code: "request_unsupported" }));
      return;
    }
    const request = bedrockInvoke.readRequest(bodyOf(one), context(true));
    expect([request.model, request.stream]).toEqual(["m", true]);
    expect(request.items.filter((item) => item.type === "message").length).toBeGreaterThan(0);
    expect(Object.keys(request.extra?.fields ?? {}).filter((name) => name !== "anthropic_beta")).toEqual([]);
  });
});

describe("recorded refusals of InvokeModel", () => {
  test.each(refusals)("$name become the fault that they are", ({ one }) => {
    const { status, headers, body } = one.answer!;
    const fault = bedrockInvoke.readFault({ status, header: (name) => headers[name], body });
    expect([fault.code, fault.status]).toEqual(["upstream_rejected", 400]);
    expect(fault.message).toContain("model identifier is invalid");
  });
});
