import { type Annotation, type AnswerEvent, type Fault, type Finish, noUsage, type Usage } from "../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import { writeCitation } from "./citations.ts";
import { cohereDialect, type Fields, fieldsOf, listOf, ownFields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { planPhase } from "./read-messages.ts";
import { writeUsage } from "./usage.ts";
import { answerId, writeLogprob } from "./write-answer.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new EventWriter(context);
}

type BlockEvent = Extract<AnswerEvent, { block: number }>;

/** A block while it grows: where it stands in the content, or among the calls. A plan stands beside both. */
interface Place {
  readonly kind: "text" | "thinking" | "plan" | "call";
  /** Undefined until there is something to show: empty thoughts, which only carry a seal, never open. */
  index: number | undefined;
  /** All text so far, for citations. */
  text: string;
  paragraph: string | undefined;
}

class EventWriter implements StreamWriter {
  readonly #context: WriteContext;
  #usage: Usage | undefined;
  #finish: Finish | undefined;
  readonly #places = new Map<number, Place>();
  #contents = 0;
  #calls = 0;
  #citations = 0;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  write(events: readonly AnswerEvent[]): string {
    let out = "";
    for (const event of events) out += this.#event(event);
    return out;
  }

  /** A failed end is this dialect's error inside a stream; no mark of the stream's end follows. */
  fault(fault: Fault): string {
    return frame("message-end", {
      delta: { error: fault.message, finish_reason: fault.code === "upstream_timeout" ? "TIMEOUT" : "ERROR" },
    });
  }

  #event(event: AnswerEvent): string {
    switch (event.type) {
      case "answer-start": {
        this.#usage = event.usage ?? this.#usage;
        const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
        return sseFrame(
          JSON.stringify({ id: answerId(event.id, this.#context), type: "message-start", delta: { message } }),
          "message-start",
        );
      }
      case "usage-report":
        this.#usage = event.usage;
        return "";
      case "choice-finish":
        if (event.choice === 0) this.#finish = event.finish;
        return "";
      case "answer-end": {
        const delta = { finish_reason: writeFinish(this.#finish), usage: writeUsage(this.#usage ?? noUsage) };
        return frame("message-end", { delta }) + sseFrame("[DONE]");
      }
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return "";
      default:
        return event.choice === 0 ? this.#block(event) : "";
    }
  }

  #block(event: BlockEvent): string {
    switch (event.type) {
      case "text-start":
        this.#places.set(event.block, place(event.phase === planPhase ? "plan" : "text"));
        return "";
      case "refusal-start":
        this.#places.set(event.block, place("text"));
        return "";
      case "reasoning-start":
        this.#places.set(event.block, place("thinking"));
        return "";
      case "text-delta":
        return this.#text(event.block, event.text, event.logprobs);
      case "refusal-delta":
        return this.#text(event.block, event.text);
      case "reasoning-delta":
        return this.#text(event.block, event.text, undefined, `${event.form} ${event.paragraph}`);
      case "text-annotation":
        return this.#cite(event.block, event.annotation);
      case "text-end":
      case "refusal-end":
      case "reasoning-end":
        return this.#end(event.block);
      case "call-start":
      case "call-delta":
      case "call-end":
        return this.#call(event);
      case "opaque-item":
        if (event.item.dialect !== cohereDialect || event.item.label !== "citations") return "";
        return listOf(event.item.native)
          .map((native) => this.#citation(fieldsOf(native)))
          .join("");
      default:
        return "";
    }
  }

  #text(block: number, piece: string, logprobs?: readonly unknown[], paragraph?: string): string {
    const known = this.#places.get(block);
    if (!known || (piece === "" && !logprobs)) return "";
    const gap = known.text !== "" && known.paragraph !== paragraph ? "\n\n" : "";
    const text = gap + piece;
    known.text += text;
    known.paragraph = paragraph;
    if (known.kind === "plan") return frame("tool-plan-delta", { delta: { message: { tool_plan: text } } });
    const content = known.kind === "thinking" ? { thinking: text } : { text };
    const beside = logprobs?.length ? { logprobs: mergedLogprobs(logprobs) } : {};
    return this.#open(known) + frame("content-delta", { index: known.index, delta: { message: { content } }, ...beside });
  }

  #open(known: Place): string {
    if (known.index !== undefined) return "";
    known.index = this.#contents++;
    const content = known.kind === "thinking" ? { type: "thinking", thinking: "" } : { type: "text", text: "" };
    return frame("content-start", { index: known.index, delta: { message: { content } } });
  }

  #end(block: number): string {
    const known = this.#places.get(block);
    this.#places.delete(block);
    return known?.index === undefined ? "" : frame("content-end", { index: known.index });
  }

  #cite(block: number, annotation: Annotation): string {
    const known = this.#places.get(block);
    const citation = writeCitation(annotation, known?.text ?? "", known?.index ?? 0);
    return citation ? this.#citation(citation) : "";
  }

  #citation(citations: Fields): string {
    const index = this.#citations++;
    return frame("citation-start", { index, delta: { message: { citations } } }) + frame("citation-end", { index });
  }

  #call(event: Extract<BlockEvent, { type: "call-start" | "call-delta" | "call-end" }>): string {
    if (event.type === "call-start") {
      const index = this.#calls++;
      this.#places.set(event.block, { ...place("call"), index });
      const { callId: id, name, extra } = event;
      const call = { id, type: "function", function: { name, arguments: "" }, ...ownFields(extra) };
      return frame("tool-call-start", { index, delta: { message: { tool_calls: call } } });
    }
    const known = this.#places.get(event.block);
    if (!known) return "";
    if (event.type === "call-delta") {
      known.text += event.arguments;
      return event.arguments === "" ? "" : callDelta(known.index, event.arguments);
    }
    this.#places.delete(event.block);
    // A call without arguments must still hold JSON.
    return (known.text === "" ? callDelta(known.index, "{}") : "") + frame("tool-call-end", { index: known.index });
  }
}

function place(kind: Place["kind"]): Place {
  return { kind, index: undefined, text: "", paragraph: undefined };
}

function callDelta(index: number | undefined, text: string): string {
  return frame("tool-call-delta", { index, delta: { message: { tool_calls: { function: { arguments: text } } } } });
}

/** An event has one entry, which may be of several tokens. */
function mergedLogprobs(entries: readonly unknown[]): Fields {
  const written = entries.map(writeLogprob);
  if (written.length === 1) return written[0] as Fields;
  return {
    text: written.map((entry) => entry.text ?? "").join(""),
    token_ids: written.flatMap((entry) => listOf(entry.token_ids)),
    logprobs: written.flatMap((entry) => listOf(entry.logprobs)),
  };
}

function frame(type: string, fields: Fields): string {
  return sseFrame(JSON.stringify({ type, ...fields }), type);
}
