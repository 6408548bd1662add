import type { Framing } from "./dialect.ts";
import { FrameCutter } from "./sse.ts";

/** Cuts a stream of bytes into runs of whole frames. Pure: the joined output is the same for every slicing. */
export interface Cutter {
  /** The whole frames that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array;
  /** The stream has ended: what is left, where it can be read as a frame; else empty. */
  last(): Uint8Array;
}

export function cutterOf(framing: Framing): Cutter {
  switch (framing) {
    case "sse":
      return new FrameCutter();
    default:
      throw new Error(`Nothing cuts ${framing} yet.`);
  }
}

/** The content type of a streamed answer. */
export const streamTypes: Readonly<Record<Framing, string>> = {
  sse: "text/event-stream; charset=utf-8",
  "json-lines": "application/x-ndjson",
  "aws-event-stream": "application/vnd.amazon.eventstream",
};
