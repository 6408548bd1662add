import type { AnswerEvent, Fault, ReasoningItem, Usage } from "../../exchange/index.ts";
import { inOrder } from "../conversation/paragraphs.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import { answerId, speaksLegacy, thoughtGap, writeAnnotation, writeTier } from "./chat-writing.ts";
import { errorBody } from "./faults.ts";
import { writeFinish } from "./finish.ts";
import { chatDialect, type JsonObject, ownFields } from "./json-value.ts";
import { writeDetails } from "./reasoning.ts";
import { writeUsage } from "./usage.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new ChatStreamWriter(context);
}

interface Thought {
  readonly place: number;
  readonly dialect: ReasoningItem["dialect"];
  readonly id: string | undefined;
  text: string | undefined;
  readonly summary: Map<number, string>;
}

interface StreamedChoice {
  calls: number;
  thoughts: number;
  /** Of all text so far: citations count from the start of the content. */
  textLength: number;
  /** Where the open text block began. */
  textStart: number;
  thinking: boolean;
}

interface CallPlace {
  readonly index: number;
  readonly custom: boolean;
  silent: boolean;
}

class ChatStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #legacy: boolean;
  /** The members that every chunk begins with, as JSON without its closing brace. */
  #head: string;
  #usage: Usage | undefined;
  readonly #choices = new Map<number, StreamedChoice>();
  readonly #calls = new Map<number, CallPlace>();
  readonly #thoughts = new Map<number, Thought>();

  constructor(context: WriteContext) {
    this.#context = context;
    this.#legacy = speaksLegacy(context.request);
    this.#head = this.#headOf("", context.request.model);
  }

  write(events: readonly AnswerEvent[]): string {
    let out = "";
    for (const event of events) out += this.#event(event);
    return out;
  }

  fault(fault: Fault): string {
    return sseFrame(JSON.stringify(errorBody(fault)));
  }

  #headOf(id: string, model: string, created = this.#context.createdAt, tier?: string): string {
    const head = { id: answerId(id, this.#context), object: "chat.completion.chunk", created, model, ...writeTier(tier) };
    return JSON.stringify(head).slice(0, -1);
  }

  #event(event: AnswerEvent): string {
    switch (event.type) {
      case "answer-start":
        this.#head = this.#headOf(event.id, event.model, event.created, event.tier);
        this.#usage = event.usage ?? this.#usage;
        return this.#choice(0).opening;
      case "usage-report":
        this.#usage = event.usage;
        return "";
      case "choice-finish": {
        const { opening } = this.#choice(event.choice);
        return opening + this.#chunk(event.choice, {}, writeFinish(event.finish, this.#legacy));
      }
      case "answer-end":
        return this.#usageChunk() + sseFrame("[DONE]");
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return "";
      default: {
        const { choice, opening } = this.#choice(event.choice);
        return opening + this.#block(event, choice);
      }
    }
  }

  /** The choice's state, and the chunk with its role where this is the first that is heard of it. */
  #choice(number: number): { choice: StreamedChoice; opening: string } {
    const known = this.#choices.get(number);
    if (known) return { choice: known, opening: "" };
    const choice: StreamedChoice = { calls: 0, thoughts: 0, textLength: 0, textStart: 0, thinking: false };
    this.#choices.set(number, choice);
    return { choice, opening: this.#chunk(number, { role: "assistant", content: "", refusal: null }) };
  }

  #chunk(index: number, delta: JsonObject, finish: string | null = null, logprobs: unknown = null): string {
    const choice = JSON.stringify({ index, delta, logprobs, finish_reason: finish });
    return sseFrame(`${this.#head},"choices":[${choice}]${this.#context.request.includeUsage ? `,"usage":null}` : "}"}`);
  }

  #usageChunk(): string {
    if (!this.#context.request.includeUsage || !this.#usage) return "";
    return sseFrame(`${this.#head},"choices":[],"usage":${JSON.stringify(writeUsage(this.#usage))}}`);
  }

  #block(event: Extract<AnswerEvent, { block: number }>, choice: StreamedChoice): string {
    switch (event.type) {
      case "text-start":
        choice.textStart = choice.textLength;
        return "";
      case "text-delta":
        choice.textLength += event.text.length;
        return this.#chunk(event.choice, { content: event.text }, null, event.logprobs ? { content: event.logprobs, refusal: null } : null);
      case "text-annotation": {
        const annotation = writeAnnotation(event.annotation, choice.textStart, choice.textLength);
        return annotation ? this.#chunk(event.choice, { annotations: [annotation] }) : "";
      }
      case "refusal-delta":
        return this.#chunk(event.choice, { refusal: event.text });
      case "reasoning-start":
      case "reasoning-delta":
      case "reasoning-end":
        return this.#reasoning(event, choice);
      case "call-start":
      case "call-delta":
      case "call-end":
        return this.#call(event, choice);
      case "audio-start":
        return event.id === undefined ? "" : this.#chunk(event.choice, { audio: { id: event.id } });
      case "audio-delta": {
        const { data, transcript } = event;
        return this.#chunk(event.choice, {
          audio: { ...(data !== undefined && { data }), ...(transcript !== undefined && { transcript }) },
        });
      }
      case "audio-end":
        return event.expiresAt === undefined ? "" : this.#chunk(event.choice, { audio: { expires_at: event.expiresAt } });
      case "opaque-item":
        return event.item.dialect === chatDialect ? this.#chunk(event.choice, { [event.item.label]: event.item.native }) : "";
      default:
        return "";
    }
  }

  /** The words go out as they come; the sealed state follows in one entry when the thought is complete. */
  #reasoning(
    event: Extract<AnswerEvent, { type: "reasoning-start" | "reasoning-delta" | "reasoning-end" }>,
    choice: StreamedChoice,
  ): string {
    if (event.type === "reasoning-start") {
      this.#thoughts.set(event.block, {
        ...{ place: choice.thoughts++, dialect: event.dialect, id: event.id, text: undefined, summary: new Map() },
      });
      return "";
    }
    const thought = this.#thoughts.get(event.block);
    if (!thought) return "";
    if (event.type === "reasoning-delta") return this.#think(event, thought, choice);
    this.#thoughts.delete(event.block);
    const { place, ...shown } = thought;
    const details = writeDetails({ type: "reasoning", ...shown, summary: inOrder(shown.summary), sealed: event.sealed }, place);
    return details.length > 0 ? this.#chunk(event.choice, { reasoning_details: details }) : "";
  }

  #think(event: Extract<AnswerEvent, { type: "reasoning-delta" }>, thought: Thought, choice: StreamedChoice): string {
    const silent = thought.text === undefined && thought.summary.size === 0;
    const paragraph = event.form === "summary" && !thought.summary.has(event.paragraph);
    const gap = choice.thinking && (silent || paragraph) ? thoughtGap(thought.dialect) : "";
    choice.thinking = true;
    if (event.form === "text") thought.text = (thought.text ?? "") + event.text;
    else thought.summary.set(event.paragraph, (thought.summary.get(event.paragraph) ?? "") + event.text);
    return this.#chunk(event.choice, { reasoning_content: gap + event.text });
  }

  #call(event: Extract<AnswerEvent, { type: "call-start" | "call-delta" | "call-end" }>, choice: StreamedChoice): string {
    if (event.type === "call-start") {
      const custom = event.custom === true;
      const place: CallPlace = { index: choice.calls++, custom, silent: true };
      this.#calls.set(event.block, place);
      return this.#callPiece(event.choice, place, event.name, "", {
        id: event.callId,
        type: custom ? "custom" : "function",
        ...ownFields(event.extra),
      });
    }
    const place = this.#calls.get(event.block);
    if (!place) return "";
    if (event.type === "call-delta") {
      place.silent &&= event.arguments === "";
      return this.#callPiece(event.choice, place, undefined, event.arguments);
    }
    this.#calls.delete(event.block);
    // A call without arguments must still hold JSON.
    return place.silent && !place.custom ? this.#callPiece(event.choice, place, undefined, "{}") : "";
  }

  #callPiece(choice: number, place: CallPlace, name: string | undefined, text: string, opening: JsonObject = {}): string {
    const named = name === undefined ? {} : { name };
    if (this.#legacy) return place.index > 0 ? "" : this.#chunk(choice, { function_call: { ...named, arguments: text } });
    const body = place.custom ? { custom: { ...named, input: text } } : { function: { ...named, arguments: text } };
    return this.#chunk(choice, { tool_calls: [{ index: place.index, ...opening, ...body }] });
  }
}
