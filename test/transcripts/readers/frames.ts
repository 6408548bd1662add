import { type Dialect, parseJson } from "../exchange.ts";
import { readMessages } from "./aws-messages.ts";

export interface Frame {
  readonly event: string;
  readonly data: string;
  /** The data as JSON; undefined for `[DONE]` and for what is not JSON. */
  readonly json: unknown;
}

/** The frames of a stream as its dialect cuts it. */
export function framesOf(dialect: Dialect, body: Uint8Array): readonly Frame[] {
  if (dialect === "bedrock-converse") return readMessages(body);
  const text = new TextDecoder().decode(body);
  return dialect === "ollama-chat" ? readLines(text) : readFrames(text);
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
