import { type AnswerEvent, type Piece, parseJson } from "../../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../../dialect.ts";
import { eventNames, isSkippedFrame, isSkippedRun } from "../../framing/skipped-frames.ts";
import { type SseEvent, sseFrames } from "../../framing/sse.ts";
import { FrameWalk, type Verdict } from "../../framing/walk-frames.ts";
import { type Fields, fieldsOf, isFields, unreadable } from "../fields.ts";
import { errorFault, failureOf, readFinish } from "./finish.ts";
import { headOf } from "./read-answer.ts";
import { StepReader } from "./read-stream-steps.ts";
import { readUsage, Searches } from "./usage.ts";

/** Events that tell neither usage nor the end; a step's start may be that of a call. */
const untelling = eventNames("step.delta", "step.stop", "interaction.status_update");

/** @throws Fault `upstream_malformed` while reading */
export function readStream(options: ReadStreamOptions): StreamReader {
  return new InteractionReader(options.depth === "full" ? new StepReader() : undefined);
}

/** Reads at both depths: without a reader of steps, content is only looked at until there is some. */
class InteractionReader implements StreamReader {
  readonly #steps: StepReader | undefined;
  readonly #walk = new FrameWalk();
  #started = false;
  #visible = false;
  #called = false;
  readonly #searches = new Searches();
  /** The queries of a search stand in its deltas. */
  #searching = false;
  #ended = false;

  constructor(steps: StepReader | undefined) {
    this.#steps = steps;
  }

  read(frames: Uint8Array): Piece {
    // Once output has begun, only the frames that carry usage, the end or an error are looked into.
    if (this.#skims && !this.#walk.over && isSkippedRun(frames, untelling)) return { raw: frames, events: [], visible: true, last: false };
    const events: AnswerEvent[] = [];
    const wasEnded = this.#ended;
    const step = (frame: SseEvent): Verdict =>
      this.#skims && isSkippedFrame(frames, frame.start, untelling) ? "more" : this.#event(eventOf(frame), events);
    const raw = this.#walk.walk(frames, sseFrames(frames), events, step, ({ data }) => data.startsWith("[DONE]"));
    return { raw, events, visible: this.#visible, last: !wasEnded && this.#ended };
  }

  ended(): boolean {
    return this.#ended;
  }

  get #skims(): boolean {
    return this.#visible && !this.#steps && !this.#searching;
  }

  #event(event: Fields | undefined, out: AnswerEvent[]): Verdict {
    switch (event?.event_type) {
      case "interaction.created":
        this.#start(fieldsOf(event.interaction), out);
        return "more";
      case "step.start": {
        const step = fieldsOf(event.step);
        const { type } = step;
        this.#start({}, out);
        this.#searching = type === "google_search_call";
        this.#searches.see(step);
        this.#called ||= type === "function_call";
        this.#visible ||= type !== "thought" && type !== "model_output";
        this.#steps?.start(event, out);
        return "more";
      }
      case "step.delta":
        this.#start({}, out);
        this.#visible = true;
        this.#searches.see(fieldsOf(event.delta));
        this.#steps?.delta(event, out);
        return "more";
      case "step.stop":
        this.#searching = false;
        this.#steps?.stop(event, out);
        return "more";
      case "interaction.completed":
        this.#complete(fieldsOf(event.interaction), out);
        return "over";
      case "error":
        out.push({ type: "answer-error", fault: errorFault(fieldsOf(event.error)), told: true });
        return "over";
      default:
        return "more";
    }
  }

  #start(interaction: Fields, out: AnswerEvent[]): void {
    if (this.#started || !this.#steps) return;
    this.#started = true;
    out.push({ type: "answer-start", ...headOf(interaction) });
  }

  #complete(interaction: Fields, out: AnswerEvent[]): void {
    this.#start(interaction, out);
    this.#steps?.stopAll(out);
    const usage = readUsage(interaction, this.#searches);
    if (usage) out.push({ type: "usage-report", usage });
    const fault = failureOf(interaction);
    if (fault) {
      out.push({ type: "answer-error", fault, told: "ending" });
      return;
    }
    const finish = readFinish(interaction, this.#called) ?? { reason: this.#called ? "call" : "stop" };
    out.push({ type: "choice-finish", choice: 0, finish }, { type: "answer-end" });
    this.#ended = true;
  }
}

/** The event of one frame; undefined where it says nothing. */
function eventOf({ data }: SseEvent): Fields | undefined {
  if (data === "" || data.startsWith("[DONE]")) return undefined;
  let event: unknown;
  try {
    event = parseJson(data);
  } catch (cause) {
    throw unreadable("The provider sent an event that is not valid JSON.", cause);
  }
  if (!isFields(event)) throw unreadable("The provider sent an event that is not a JSON object.");
  return event;
}
