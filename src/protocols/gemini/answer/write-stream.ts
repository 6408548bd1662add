import type { AnswerEvent, Fault } from "../../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../../dialect.ts";
import { sseFrame } from "../../framing/sse.ts";
import { errorBody } from "../faults.ts";
import type { Native } from "../fields.ts";
import { AnswerWriter } from "./write-answer.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new GeminiStreamWriter(context);
}

/** One chunk for whatever an event completes; the last has the finish reasons and the usage, as Google's has. */
class GeminiStreamWriter implements StreamWriter {
  readonly #requestId: string;
  readonly #answer: AnswerWriter;
  readonly #choices = new Set<number>();
  #ended = false;

  constructor(context: WriteContext) {
    this.#requestId = context.requestId;
    this.#answer = new AnswerWriter(context);
  }

  write(events: readonly AnswerEvent[]): string {
    let text = "";
    for (const event of events) {
      if (this.#ended) break;
      for (const [choice, parts] of this.#answer.step(event)) {
        this.#choices.add(choice);
        text += frame(this.#answer.chunk(choice, parts));
      }
      if (event.type !== "answer-end") continue;
      this.#ended = true;
      text += frame(this.#answer.ending((choice, rest) => (rest.length > 0 || !this.#choices.has(choice) ? rest : [{ text: "" }])));
    }
    return text;
  }

  fault(fault: Fault): string {
    this.#ended = true;
    return frame(errorBody(fault, this.#requestId));
  }
}

function frame(chunk: Native): string {
  return sseFrame(JSON.stringify(chunk));
}
