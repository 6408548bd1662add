import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault } from "../../exchange/index.ts";
import type { Codec, Dialect } from "../dialect.ts";
import { codecs, dialects } from "../every-codec.ts";
import { eventStreamMessage } from "./aws-event-stream.ts";
import { invokeChunk } from "./bedrock-invoke-frames.ts";
import { FrameCutter, sseFrames } from "./sse.ts";
import { FrameWalk, type Verdict } from "./walk-frames.ts";

const encoder = new TextEncoder();

/** A dialect of nothing but words: `strip`, `end`, `fault`, `throw`, and all else. */
function walked(text: string, places: readonly number[]): { raw: string; read: string[] } {
  const walk = new FrameWalk();
  const cutter = new FrameCutter();
  const read: string[] = [];
  let raw = "";
  let from = 0;
  const take = (run: Uint8Array) => {
    const out: AnswerEvent[] = [];
    const step = ({ data }: { data: string }): Verdict => {
      read.push(data);
      if (data === "throw") throw new Fault("upstream_malformed");
      return data === "strip" ? "strip" : data === "end" ? "over" : data === "fail" ? "fail" : "more";
    };
    const passed = walk.walk(run, sseFrames(run), out, step, ({ data }) => data === "mark");
    raw += Buffer.from(passed).toString("latin1");
    for (const event of out) if (event.type === "answer-error") throw event.fault;
  };
  try {
    for (const place of [...places, text.length]) {
      const run = cutter.push(Buffer.from(text.slice(from, place), "latin1"));
      if (run.length > 0) take(run);
      from = place;
    }
    take(cutter.last());
  } catch (error) {
    read.push((error as Fault).code);
  }
  return { raw, read };
}

describe("a walk over frames", () => {
  for (const ending of ["\n", "\r\n", "\r"]) {
    const frames = (...data: string[]) => data.map((each) => `data: ${each}${ending}${ending}`).join("");
    test.each([
      ["strips a frame with its line end", frames("a", "strip", "b"), frames("a", "b"), ["a", "strip", "b"]],
      ["passes nothing behind the end but one more mark", frames("a", "end", "b", "mark"), frames("a", "end", "mark"), ["a", "end"]],
      [
        "passes what came before a frame that cannot be read",
        frames("a", "throw", "mark"),
        frames("a"),
        ["a", "throw", "upstream_malformed"],
      ],
      ["passes what came before bytes that are no text", frames("a", "\xff", "b"), frames("a"), ["a", "upstream_malformed"]],
      ["passes no mark behind an error of ours", frames("a", "fail", "mark"), frames("a"), ["a", "fail"]],
    ] as const)(`%s, wherever the bytes are cut; lines end in ${JSON.stringify(ending)}`, (_name, text, raw, read) => {
      for (let first = 0; first <= text.length; first++) {
        const found = walked(text, [first, Math.min(text.length, first + 3)]);
        expect([first, found.raw, found.read.slice(0, read.length)]).toEqual([first, raw, [...read]]);
      }
    });
  }
});

const good: Partial<Record<string, string>> = {
  "openai-chat": `data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n`,
  "openai-responses": `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"}\n\n`,
  "anthropic-messages": `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n`,
  "gemini-generate": `data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\n\n`,
  "cohere-chat": `event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}\n\n`,
  "ollama-chat": `{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}\n`,
};

test("a frame that tells nothing is skipped as soon as there is something to see, also in the run that shows it", () => {
  const frames = [
    'data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"Hi"}}\n\n',
    "event: step.stop\ndata: oops\n\n",
  ];
  const read = (...runs: string[]) => {
    const reader = dialects["gemini-interactions"].readStream({ depth: "skim", stripUsage: false });
    return runs.flatMap((run) => reader.read(encoder.encode(run)).events);
  };
  expect(read(frames.join(""))).toEqual(read(...frames));
});

describe("a frame that cannot be read", () => {
  test.each(Object.entries(good))("ends %s in the same way, together with good ones and alone", (id, frame = "") => {
    const dialect = (dialects as Readonly<Record<string, Dialect>>)[id] as Dialect;
    for (const broken of ["data: {oops\n\n", 'data: "\xff"\n\n']) {
      for (const depth of ["skim", "full"] as const) {
        const together = dialect.readStream({ depth, stripUsage: false });
        const bytes = Buffer.concat([encoder.encode(frame), Buffer.from(id === "ollama-chat" ? "{oops\n" : broken, "latin1")]);
        const piece = together.read(bytes);
        expect(piece.events.at(-1)).toMatchObject({ type: "answer-error", fault: { code: "upstream_malformed" } });
        expect(Buffer.from(piece.raw ?? []).toString()).toBe(frame);
        const apart = dialect.readStream({ depth, stripUsage: false });
        expect(apart.read(encoder.encode(frame)).events).toEqual(piece.events.slice(0, -1));
        expect(() => apart.read(bytes.subarray(frame.length))).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
        expect([together.ended(), apart.ended()]).toEqual([false, false]);
      }
    }
  });
});

test("an error behind an answer's beginning in InvokeModel's stream is no success, together with its counts or apart", () => {
  const begun = { type: "message_start", message: { id: "msg_1", type: "message", model: "m", content: [] } };
  const counts = { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 1, outputTokenCount: 1 } };
  const exception = eventStreamMessage({ ":message-type": "exception", ":exception-type": "throttlingException" }, Buffer.from("{}"));
  const messages = [invokeChunk(JSON.stringify(begun)), exception, invokeChunk(JSON.stringify(counts))];
  for (const runs of [messages, [Buffer.concat(messages)]]) {
    const reader = dialects["bedrock-invoke"].readStream({ depth: "full", stripUsage: false });
    const events = runs.flatMap((run) => reader.read(run).events);
    expect(events.map(({ type }) => type)).toEqual(["answer-start", "answer-error"]);
    expect(reader.ended()).toBe(false);
  }
});

test("an answer without a word ends with its counts in InvokeModel's stream", () => {
  const request = { dialect: "openai-chat", model: "m", items: [], stream: true } as const;
  const { readStream, writeStream } = dialects["bedrock-invoke"];
  const written = writeStream({ request, requestId: "req_1", createdAt: 0 }).write([{ type: "answer-end" }]);
  const reader = readStream({ depth: "full", stripUsage: false });
  expect(reader.read(written as Uint8Array).events.at(-1)?.type).toBe("answer-end");
});

test("what was heard before an event that cannot be read is not lost with it", () => {
  const frames = ['data: {"type":"transcript.text.delta","delta":"Hi"}\n\n', "data: {oops\n\n"];
  const readStream = codecs["openai-transcriptions"].readStream as NonNullable<Codec["readStream"]>;
  const piece = readStream({ depth: "full", stripUsage: false }).read(encoder.encode(frames.join("")));
  expect(piece.events.map(({ type }) => type)).toEqual(["text-start", "text-delta", "answer-error"]);
  expect(Buffer.from(piece.raw ?? []).toString()).toBe(frames[0] as string);
});
