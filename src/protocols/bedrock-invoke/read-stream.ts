import { type AnswerEvent, type Piece, parseJson, usageOf } from "../../exchange/index.ts";
import { readException } from "../bedrock-converse/faults.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type EventStreamMessage, eventStreamMessage, headerText, messagesIn } from "../framing/aws-event-stream.ts";
import { chunkOf } from "../framing/bedrock-invoke-frames.ts";
import { sseFrame } from "../framing/sse.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { type Fields, fieldsOf, isFields, numberOf, pushAll, unreadable } from "../json-fields.ts";
import { formDialects } from "./form-dialects.ts";
import { answerForm, type InvokeForm } from "./forms.ts";
import { asConverse } from "./nova.ts";

/** Bedrock's own counts, in the last chunk of a stream, whichever model it is of. */
export const metricsName = "amazon-bedrock-invocationMetrics";

export function readStream(options: ReadStreamOptions): StreamReader {
  return new InvokeReader(options);
}

/**
 * Unwraps the model's own events and hands them to the reader of the dialect that they are a form of. Streams of other forms pass,
 * counted by Bedrock's own numbers; at depth `full` they are a fault, so that no rule is walked around.
 */
class InvokeReader implements StreamReader {
  readonly #options: ReadStreamOptions;
  readonly #walk = new FrameWalk();
  #form: InvokeForm | undefined;
  #inner: StreamReader | undefined;
  #visible = false;
  #counted = false;
  #ended = false;

  constructor(options: ReadStreamOptions) {
    this.#options = options;
  }

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    const wasEnded = this.#ended;
    const messages = messagesIn(frames, () => false);
    const raw = this.#walk.walk(frames, messages, events, (message) => this.#message(message, events));
    return { raw, events, visible: this.#visible, last: !wasEnded && this.#ended };
  }

  ended(): boolean {
    return this.#ended || (!this.#walk.over && this.#inner?.ended() === true);
  }

  #message(message: EventStreamMessage, out: AnswerEvent[]): Verdict {
    const kind = headerText(message, ":message-type");
    if (kind === "exception" || kind === "error") {
      const name = headerText(message, ":exception-type") ?? headerText(message, ":error-code");
      out.push({ type: "answer-error", fault: readException(name, message.payload, headerText(message, ":error-message")), told: true });
      return "over";
    }
    const text = chunkOf(message);
    if (text === undefined) return "more";
    const event = parsed(text);
    const metrics = event[metricsName];
    const says = metrics === undefined || Object.keys(event).length > 1;
    if (says && this.#inner === undefined) this.#open(event);
    if (says && this.#inner && this.#form) this.#told(this.#inner, frameOf(this.#form, event, text), out);
    else this.#visible = true;
    if (out.at(-1)?.type === "answer-error") return "over";
    if (isFields(metrics)) this.#end(metrics, out);
    return this.#ended ? "over" : "more";
  }

  #open(event: Fields): void {
    this.#form = answerForm(event);
    if (this.#form) this.#inner = formDialects[this.#form].readStream({ ...this.#options, stripUsage: false });
    else if (this.#options.depth === "full") throw unreadable("The model answers in a form that only its own callers can read.");
  }

  #told(inner: StreamReader, frame: Uint8Array, out: AnswerEvent[]): void {
    const { events, visible, last } = inner.read(frame);
    this.#counted ||= events.some(({ type }) => type === "usage-report");
    this.#visible ||= visible;
    this.#ended ||= last;
    pushAll(out, events);
  }

  /** No model is heard of again behind Bedrock's counts, also where its form has an end mark that is missing here. */
  #end(metrics: Fields, out: AnswerEvent[]): void {
    if (this.#ended) return;
    const [input, output] = [numberOf(metrics.inputTokenCount), numberOf(metrics.outputTokenCount)];
    if (!this.#counted) out.push({ type: "usage-report", usage: usageOf({ inputUncached: input ?? 0, output: output ?? 0 }) });
    if (this.#inner && this.#form === "openai-chat") this.#told(this.#inner, Buffer.from(sseFrame("[DONE]")), out);
    else out.push({ type: "answer-end" });
    this.#ended = true;
  }
}

/** The event as its dialect's own streams have it. */
function frameOf(form: InvokeForm, event: Fields, text: string): Uint8Array {
  if (form === "bedrock-converse") {
    const [name = "", payload] = Object.entries(asConverse(event)).find(([name]) => name !== metricsName) ?? [];
    const headers = { ":event-type": name, ":content-type": "application/json", ":message-type": "event" };
    return eventStreamMessage(headers, Buffer.from(JSON.stringify(fieldsOf(payload))));
  }
  const data = /[\r\n]/.test(text) ? JSON.stringify(event) : text;
  return Buffer.from(sseFrame(data, typeof event.type === "string" ? event.type : undefined));
}

function parsed(text: string): Fields {
  let event: unknown;
  try {
    event = parseJson(text);
  } catch (cause) {
    throw unreadable("The provider sent a chunk that is not valid JSON.", cause);
  }
  if (!isFields(event)) throw unreadable("The provider sent a chunk that is not a JSON object.");
  return event;
}
