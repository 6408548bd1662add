import type { Cutter, Framing, Wrapping } from "../dialect.ts";
import { MessageCutter } from "./aws-event-stream.ts";
import { InvokeFrameCutter } from "./bedrock-invoke-frames.ts";
import { JsonLineCutter } from "./json-lines.ts";
import { FrameCutter } from "./sse.ts";

/** @param maxEventBytes of server-sent events, where they may be larger than usual */
export function cutterOf(framing: Framing | Wrapping, maxEventBytes?: number): Cutter {
  switch (framing) {
    case "bedrock-invoke":
      return new InvokeFrameCutter();
    case "sse":
      return new FrameCutter(maxEventBytes);
    case "aws-event-stream":
      return new MessageCutter();
    case "json-lines":
      return new JsonLineCutter();
  }
}

/** The content type of a streamed answer. */
export const streamTypes: Readonly<Record<Framing, string>> = {
  sse: "text/event-stream; charset=utf-8",
  "json-lines": "application/x-ndjson",
  "aws-event-stream": "application/vnd.amazon.eventstream",
};
