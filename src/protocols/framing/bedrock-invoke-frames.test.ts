import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { eventStreamMessage, messageAt } from "./aws-event-stream.ts";
import { chunkOf, InvokeFrameCutter, invokeChunk } from "./bedrock-invoke-frames.ts";

const events = [
  { type: "message_start", message: { id: "msg_1", usage: { input_tokens: 3 } } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "añb \n" } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } },
];
const stream = Buffer.concat(events.map((event) => invokeChunk(JSON.stringify(event))));
const expected = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

function read(bytes: Uint8Array, size: number): { text: string; fault: string | undefined } {
  const cutter = new InvokeFrameCutter();
  let text = "";
  try {
    for (let at = 0; at < bytes.length; at += size) text += Buffer.from(cutter.push(bytes.subarray(at, at + size))).toString();
    text += Buffer.from(cutter.last()).toString();
    return { text, fault: undefined };
  } catch (error) {
    return { text, fault: Fault.from(error).code };
  }
}

function exception(type: string, payload: object): Uint8Array {
  const headers = { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" };
  return eventStreamMessage(headers, Buffer.from(JSON.stringify(payload)));
}

describe("a stream of InvokeModel", () => {
  test.each([1, 7, 64, 100_000])("reads as Anthropic's events, in pieces of %i bytes", (size) => {
    expect(read(stream, size)).toEqual({ text: expected, fault: undefined });
  });

  test("wraps what is unwrapped again", () => {
    expect(chunkOf(messageAt(invokeChunk('{"a":"é"}'), 0))).toBe('{"a":"é"}');
  });

  test("tells of an exception in an event of Anthropic's, without the words that name the account", () => {
    const { text } = read(
      Buffer.concat([stream.subarray(0, stream.length), exception("throttlingException", { message: "account 4711 has too many tokens" })]),
      50,
    );
    expect(text).toStartWith(expected);
    const last = text.slice(expected.length);
    expect(last).toStartWith("event: error\n");
    expect(JSON.parse(last.split("data: ")[1] as string)).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
    expect(last).not.toContain("4711");
  });

  test.each([1, 33, 100_000])("is cut before a chunk that is not JSON, whatever the pieces (%i)", (size) => {
    const broken = eventStreamMessage({ ":event-type": "chunk", ":message-type": "event" }, Buffer.from("{}"));
    for (const bad of [broken, invokeChunk("{no json"), invokeChunk('{"type":"ping\\n\\ndata: {}"}')])
      expect(read(Buffer.concat([stream, bad, stream]), size)).toEqual({ text: expected, fault: "upstream_malformed" });
  });

  test("passes over messages that are no chunks, and chunks without a name", () => {
    const others = [eventStreamMessage({ ":event-type": "ping", ":message-type": "event" }, Buffer.from("{}")), invokeChunk("{}")];
    expect(read(Buffer.concat([...others, stream]), 10).text).toBe(expected);
  });

  test("keeps a frame in one line where the event was not", () => {
    expect(read(invokeChunk('{\n"type":"ping"}'), 1000).text).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});
