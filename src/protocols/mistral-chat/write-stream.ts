import type { AnswerEvent, DialectId, Extra, Fault, Finish, Usage } from "../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import type { JsonObject } from "../openai-chat/json-value.ts";
import { errorBody } from "./faults.ts";
import { writeCall, writeFinish, writeReference, writeSeal, writeUsage } from "./write-answer.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new MistralStreamWriter(context);
}

type BlockEvent = Extract<AnswerEvent, { block: number }>;

interface Call {
  readonly callId: string;
  readonly name: string;
  arguments: string;
}

interface Thought {
  readonly dialect: DialectId;
  readonly id: string | undefined;
  readonly extra: Extra | undefined;
  paragraph: number | undefined;
}

/**
 * A chunk for each piece of text or thought; calls whole, because Mistral's clients take each piece of a call for a call; the
 * finishes, and with the last of them the usage, at the end.
 */
class MistralStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  /** The members that every chunk begins with, as JSON without its closing brace. */
  #head: string;
  #usage: Usage | undefined;
  readonly #finishes: { readonly choice: number; readonly finish: Finish }[] = [];
  readonly #calls = new Map<number, Call>();
  readonly #thoughts = new Map<number, Thought>();
  /** Calls so far, by choice; a choice that is known has told its role. */
  readonly #choices = new Map<number, number>();

  constructor(context: WriteContext) {
    this.#context = context;
    this.#head = headOf(context, context.requestId, context.request.model);
  }

  write(events: readonly AnswerEvent[]): string {
    let out = "";
    for (const event of events) out += this.#event(event);
    return out;
  }

  fault(fault: Fault): string {
    return sseFrame(JSON.stringify(errorBody(fault)));
  }

  #event(event: AnswerEvent): string {
    switch (event.type) {
      case "answer-start":
        this.#head = headOf(
          this.#context,
          event.id === "" ? this.#context.requestId : event.id,
          event.model === "" ? this.#context.request.model : event.model,
          event.created,
        );
        this.#usage = event.usage ?? this.#usage;
        return "";
      case "usage-report":
        this.#usage = event.usage;
        return "";
      case "choice-finish":
        this.#finishes.push(event);
        return "";
      case "answer-end":
        return this.#end();
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return "";
      default:
        return this.#opening(event.choice) + this.#block(event);
    }
  }

  #end(): string {
    if (this.#finishes.length === 0) this.#finishes.push({ choice: 0, finish: { reason: "stop" } });
    const last = this.#finishes.length - 1;
    const ends = this.#finishes.map(
      ({ choice, finish }, place) =>
        this.#opening(choice) + this.#chunk(choice, { content: "" }, writeFinish(finish), place === last && writeUsage(this.#usage)),
    );
    return ends.join("") + sseFrame("[DONE]");
  }

  #opening(choice: number): string {
    if (this.#choices.has(choice)) return "";
    this.#choices.set(choice, 0);
    return this.#chunk(choice, { role: "assistant", content: "" });
  }

  #chunk(index: number, delta: JsonObject, finish: string | null = null, usage: JsonObject | false = false): string {
    const choice = JSON.stringify({ index, delta, finish_reason: finish });
    return sseFrame(`${this.#head},"choices":[${choice}]${usage ? `,"usage":${JSON.stringify(usage)}` : ""}}`);
  }

  #block(event: BlockEvent): string {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        return this.#chunk(event.choice, { content: event.text });
      case "text-annotation": {
        const reference = writeReference(event.annotation);
        return reference ? this.#chunk(event.choice, { content: [reference] }) : "";
      }
      case "reasoning-start":
        this.#thoughts.set(event.block, { dialect: event.dialect, id: event.id, extra: event.extra, paragraph: undefined });
        return "";
      case "reasoning-delta":
      case "reasoning-end":
        return this.#think(event);
      case "call-start":
        this.#calls.set(event.block, { callId: event.callId, name: event.name, arguments: "" });
        return "";
      case "call-delta": {
        const call = this.#calls.get(event.block);
        if (call) call.arguments += event.arguments;
        return "";
      }
      case "call-end":
        return this.#call(event);
      default:
        return "";
    }
  }

  /** The words as they come; what seals them when the thought is complete. */
  #think(event: Extract<BlockEvent, { type: "reasoning-delta" | "reasoning-end" }>): string {
    const thought = this.#thoughts.get(event.block);
    if (!thought) return "";
    if (event.type === "reasoning-end") {
      this.#thoughts.delete(event.block);
      const { type: _type, ...seal } = writeSeal({ ...thought, ...(event.sealed && { sealed: event.sealed }) } as Parameters<
        typeof writeSeal
      >[0]);
      return Object.keys(seal).length === 0 ? "" : this.#chunk(event.choice, { content: [{ type: "thinking", thinking: [], ...seal }] });
    }
    const gap = thought.paragraph !== undefined && thought.paragraph !== event.paragraph ? "\n\n" : "";
    thought.paragraph = event.paragraph;
    const thinking = [{ type: "text", text: gap + event.text }];
    return this.#chunk(event.choice, { content: [{ type: "thinking", thinking }] });
  }

  #call(event: Extract<BlockEvent, { type: "call-end" }>): string {
    const call = this.#calls.get(event.block);
    if (!call) return "";
    this.#calls.delete(event.block);
    const index = this.#choices.get(event.choice) ?? 0;
    this.#choices.set(event.choice, index + 1);
    return this.#chunk(event.choice, { content: "", tool_calls: [writeCall(call, index)] });
  }
}

function headOf({ createdAt }: WriteContext, id: string, model: string, created = createdAt): string {
  return JSON.stringify({ id, object: "chat.completion.chunk", created, model }).slice(0, -1);
}
