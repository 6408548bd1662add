import { type Dialect, isObject, parseJson, streamsUnasked, textOf } from "../exchange.ts";
import { readMessages } from "./aws-messages.ts";

export interface Frame {
  readonly event: string;
  readonly data: string;
  /** The data as JSON; undefined for `[DONE]` and for what is not JSON. */
  readonly json: unknown;
}

/** The frames of a stream as its dialect cuts it. */
export function framesOf(dialect: Dialect, body: Uint8Array): readonly Frame[] {
  if (dialect === "bedrock-converse" || dialect === "bedrock-invoke") return readMessages(body);
  if (dialect === "anthropic-messages" && body[0] === 0) return readMessages(body).map(unwrapped);
  const text = new TextDecoder().decode(body);
  return streamsUnasked(dialect) ? readLines(text) : readFrames(text);
}

/** A chunk of InvokeModel's stream: the event in base64. */
function unwrapped(frame: Frame): Frame {
  if (!isObject(frame.json) || typeof frame.json.bytes !== "string") return frame;
  const data = new TextDecoder().decode(Buffer.from(frame.json.bytes, "base64"));
  const json = parseJson(data);
  return { event: isObject(json) ? textOf(json.type) : "", data, json };
}

function readLines(text: string): readonly Frame[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => ({ event: "", data: line, json: parseJson(line) }));
}

/** A reader of event streams of the test's own (WHATWG HTML, "Server-sent events"), so that it does not share the gateway's mistakes. */
export function readFrames(text: string): readonly Frame[] {
  const out: Frame[] = [];
  for (const block of text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split(/\n\n+/)) {
    let event = "";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const found = /^(event|data)(?:: ?(.*))?$/s.exec(line);
      if (found?.[1] === "event") event = found[2] ?? "";
      else if (found?.[1] === "data") data.push(found[2] ?? "");
    }
    if (data.length > 0) out.push({ event, data: data.join("\n"), json: parseJson(data.join("\n")) });
  }
  return out;
}
