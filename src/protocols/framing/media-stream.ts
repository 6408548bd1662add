import { type AnswerEvent, Fault, type Piece, parseJson, type Usage } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type Fields, isFields } from "../json-fields.ts";
import { sseFrames } from "./sse.ts";
import { FrameWalk, type Verdict } from "./walk-frames.ts";

/** What one event of a stream tells. */
export interface ToldEvent {
  /** What was said, for rules that read answers. */
  readonly words?: string;
  readonly usage?: Usage;
  /** `last`: nothing follows. `whole`: the answer is whole, though more may come. */
  readonly end?: "last" | "whole";
  readonly fault?: Fault;
}

/** Reads server-sent events of which each holds one JSON object, for surfaces beside conversation. */
export class MediaStreamReader implements StreamReader {
  readonly #tell: (json: Fields) => ToldEvent;
  readonly #full: boolean;
  readonly #walk = new FrameWalk();
  #visible = false;
  #opened = false;
  #whole = false;
  #last = false;

  constructor(options: ReadStreamOptions, tell: (json: Fields) => ToldEvent) {
    this.#full = options.depth === "full";
    this.#tell = tell;
  }

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    const wasLast = this.#last;
    const raw = this.#walk.walk(frames, sseFrames(frames), events, ({ data }) => {
      return data.trim() === "[DONE]" ? this.#end(events) : this.#take(this.#tell(parsed(data)), events);
    });
    return { raw, events, visible: this.#visible, last: this.#last && !wasLast };
  }

  ended(): boolean {
    return this.#last || (this.#whole && !this.#walk.over);
  }

  #take({ words, usage, end, fault }: ToldEvent, events: AnswerEvent[]): Verdict {
    if (fault) {
      events.push({ type: "answer-error", fault, told: true });
      return "over";
    }
    this.#visible = true;
    if (words !== undefined && this.#full) this.#say(words, events);
    if (usage) events.push({ type: "usage-report", usage });
    if (end) this.#whole = true;
    return end === "last" ? this.#end(events) : "more";
  }

  #say(text: string, events: AnswerEvent[]): void {
    const place = { block: 0, choice: 0 } as const;
    if (!this.#opened) events.push({ type: "text-start", ...place });
    this.#opened = true;
    events.push({ type: "text-delta", text, ...place });
  }

  #end(events: AnswerEvent[]): Verdict {
    if (this.#opened) events.push({ type: "text-end", block: 0, choice: 0 });
    events.push({ type: "answer-end" });
    this.#last = true;
    return "over";
  }
}

function parsed(data: string): Fields {
  try {
    const json: unknown = parseJson(data);
    if (isFields(json)) return json;
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "An event of the provider's stream is not JSON.", cause });
  }
  throw new Fault("upstream_malformed", { message: "An event of the provider's stream is not a JSON object." });
}
