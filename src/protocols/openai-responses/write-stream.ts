import type { AnswerEvent, Fault, Finish, Usage } from "../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { writeFailure } from "./faults.ts";
import { incompleteReason } from "./finish.ts";
import { type Echoes, echoesOf, endStatus, type ResponseState, responseObject } from "./response-object.ts";
import { type EventOf, StreamOutput } from "./stream-output.ts";
import type { Wire } from "./wire.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new ResponsesStreamWriter(context);
}

/**
 * Turns events of any upstream into this API's, in the order that the official accumulators need: `created`, then each
 * item with its parts, then the whole response.
 */
class ResponsesStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #echoes: Echoes;
  readonly #output: StreamOutput;
  #begun = false;
  #over = false;
  #start: EventOf<"answer-start"> | undefined;
  #usage: Usage | undefined;
  #finish: Finish | undefined;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#echoes = echoesOf(context.request);
    this.#output = new StreamOutput(context.requestId);
  }

  write(events: readonly AnswerEvent[]): string {
    for (const event of events) if (!this.#over) this.#take(event);
    return this.#output.flushed();
  }

  /** `response.failed` is what clients of this API act on: it ends the stream without a mark of success. */
  fault(fault: Fault): string {
    if (!this.#over) this.#fail(fault);
    return this.#output.flushed();
  }

  #take(event: AnswerEvent): void {
    if (event.type === "answer-start") this.#start = event;
    else if (event.type === "usage-report") this.#usage = event.usage;
    else if (event.type === "answer-end") this.#complete();
    // The fault goes out by `fault`, after which nothing follows.
    else if (event.type === "answer-error" || event.choice > 0) return;
    else if (event.type === "choice-finish") this.#finish = event.finish;
    else {
      this.#begin();
      const write = blockWriters[event.type] as ((output: StreamOutput, event: AnswerEvent) => void) | undefined;
      write?.(this.#output, event);
    }
    if (event.type === "answer-start") this.#begin();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const response = this.#response({ status: "in_progress", output: [] });
    this.#output.emit("response.created", { response });
    this.#output.emit("response.in_progress", { response });
  }

  #complete(): void {
    this.#begin();
    this.#over = true;
    const incomplete = incompleteReason(this.#finish, this.#output.refused);
    const status = endStatus(this.#finish, incomplete);
    this.#output.close(status);
    this.#output.emit(`response.${status}`, { response: this.#response({ status, incomplete, usage: this.#usage }) });
  }

  #fail(fault: Fault): void {
    this.#begin();
    this.#over = true;
    this.#output.abandon();
    this.#output.emit("response.failed", {
      response: this.#response({ status: "failed", error: writeFailure(fault), usage: this.#usage }),
    });
  }

  #response(state: Pick<ResponseState, "status"> & Partial<ResponseState>): Wire {
    const { model = "", created, tier } = this.#start ?? {};
    return responseObject(this.#context, this.#echoes, { model, created, tier, output: this.#output.items, ...state });
  }
}

/** Sound has no place in this API's answers. */
const blockWriters: { readonly [Type in AnswerEvent["type"]]?: (output: StreamOutput, event: EventOf<Type>) => void } = {
  "text-start": (output, event) => output.startPart(event),
  "text-delta": (output, event) => output.growPart(event),
  "text-annotation": (output, event) => output.annotate(event),
  "text-end": (output, event) => output.endPart(event.block),
  "refusal-start": (output, event) => output.startPart(event),
  "refusal-delta": (output, event) => output.growPart(event),
  "refusal-end": (output, event) => output.endPart(event.block),
  "reasoning-start": (output, event) => output.startReasoning(event),
  "reasoning-delta": (output, event) => output.growReasoning(event),
  "reasoning-end": (output, event) => output.endReasoning(event),
  "call-start": (output, event) => output.startCall(event),
  "call-delta": (output, event) => output.growCall(event.block, event.arguments),
  "call-end": (output, event) => output.endCall(event.block),
  "opaque-item": (output, event) => output.passOpaque(event),
};
