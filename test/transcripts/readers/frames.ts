import { parseJson } from "../exchange.ts";

export interface Frame {
  readonly event: string;
  readonly data: string;
  /** The data as JSON; undefined for `[DONE]` and for what is not JSON. */
  readonly json: unknown;
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
