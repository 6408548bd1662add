import { Fault, parseJson } from "../../exchange/index.ts";
import { writeFault } from "../anthropic-messages/faults.ts";
import { readException } from "../bedrock-converse/faults.ts";
import type { Cutter } from "../dialect.ts";
import { type EventStreamMessage, eventStreamMessage, headerText, MessageCutter, messageAt } from "./aws-event-stream.ts";
import { sseFrame } from "./sse.ts";

const nothing = new Uint8Array(0);
const chunkHeaders = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };

/**
 * InvokeModelWithResponseStream of a model of Anthropic's: each message's payload is `{"bytes": …}`, an event of Messages in
 * base64. Cuts the stream into the server-sent events that Anthropic itself sends; an exception becomes its `error` event.
 */
export class InvokeFrameCutter implements Cutter {
  readonly #messages = new MessageCutter();
  #failure: Fault | undefined;

  /** @throws Fault `upstream_malformed`, once what came before it is out */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure) throw this.#failure;
    const run = this.#messages.push(chunk);
    if (run.length === 0) return nothing;
    const frames: string[] = [];
    for (let at = 0; at < run.length; ) {
      try {
        const message = messageAt(run, at);
        frames.push(frameOf(message));
        at = message.end;
      } catch (error) {
        this.#failure = Fault.from(error);
        if (frames.length === 0) throw error;
        break;
      }
    }
    return Buffer.from(frames.join(""));
  }

  /** Half a message can't be read. */
  last(): Uint8Array {
    if (this.#failure) throw this.#failure;
    return this.#messages.last();
  }
}

/** An event of the model's own dialect, as JSON text, in a message of InvokeModel's stream. */
export function invokeChunk(json: string): Uint8Array {
  const payload = JSON.stringify({ bytes: Buffer.from(json).toString("base64") });
  return eventStreamMessage(chunkHeaders, Buffer.from(payload));
}

/** The JSON text that a message wraps; undefined where the message is no chunk. @throws Fault `upstream_malformed` */
export function chunkOf(message: EventStreamMessage): string | undefined {
  if (headerText(message, ":event-type") !== "chunk") return undefined;
  const payload = fieldsIn(Buffer.from(message.payload).toString("utf8"));
  if (typeof payload?.bytes !== "string") throw malformed("The provider sent a chunk without its bytes.");
  return Buffer.from(payload.bytes, "base64").toString("utf8");
}

/** Empty for what wraps nothing that has a name. */
function frameOf(message: EventStreamMessage): string {
  const kind = headerText(message, ":message-type");
  if (kind === "exception" || kind === "error") return exceptionFrame(message);
  const text = chunkOf(message);
  if (text === undefined) return "";
  const event = fieldsIn(text);
  if (event === undefined) throw malformed("The provider sent a chunk that is not JSON.");
  if (typeof event.type !== "string") return "";
  if (/[\r\n]/.test(event.type)) throw malformed("The provider sent an event whose name has more than one line.");
  return sseFrame(/[\r\n]/.test(text) ? JSON.stringify(event) : text, event.type);
}

function exceptionFrame(message: EventStreamMessage): string {
  const name = headerText(message, ":exception-type") ?? headerText(message, ":error-code");
  const { body } = writeFault(readException(name, message.payload, headerText(message, ":error-message")), "");
  return sseFrame(JSON.stringify({ type: body.type, error: body.error }), "error");
}

function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function malformed(message: string): Fault {
  return new Fault("upstream_malformed", { message });
}
