import type { AnswerEvent, Fault, Usage } from "../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import { errorBody } from "../openai-chat/faults.ts";
import { writeFinish } from "../openai-chat/finish.ts";
import type { JsonObject } from "../openai-chat/json-value.ts";
import { writeUsage } from "../openai-chat/usage.ts";
import { completionId, echoOf, promptLength } from "./write-answer.ts";
import { writeLogprobs } from "./write-logprobs.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new CompletionStreamWriter(context);
}

/** A chunk for each piece of text, one for the finish, one for the usage where it was asked for. */
class CompletionStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  /** The members that every chunk begins with, as JSON without its closing brace. */
  #head: string;
  #usage: Usage | undefined;
  /** The place behind what was said so far, in characters, by choice. */
  readonly #places = new Map<number, number>();

  constructor(context: WriteContext) {
    this.#context = context;
    this.#head = this.#headOf("", context.request.model, context.createdAt);
  }

  write(events: readonly AnswerEvent[]): string {
    let out = "";
    for (const event of events) out += this.#event(event);
    return out;
  }

  fault(fault: Fault): string {
    return sseFrame(JSON.stringify(errorBody(fault)));
  }

  #headOf(id: string, model: string, created: number): string {
    return JSON.stringify({ id: completionId(id, this.#context), object: "text_completion", created, model }).slice(0, -1);
  }

  #event(event: AnswerEvent): string {
    switch (event.type) {
      case "answer-start": {
        const { createdAt, request } = this.#context;
        this.#head = this.#headOf(event.id, event.model === "" ? request.model : event.model, event.created ?? createdAt);
        this.#usage = event.usage ?? this.#usage;
        return "";
      }
      case "usage-report":
        this.#usage = event.usage;
        return "";
      case "text-delta":
        return this.#said(event.choice, event.text, event.logprobs);
      case "refusal-delta":
        return this.#said(event.choice, event.text);
      case "choice-finish":
        return this.#opening(event.choice) + this.#chunk(event.choice, "", null, writeFinish(event.finish, false));
      case "answer-end":
        return this.#usageChunk() + sseFrame("[DONE]");
      default:
        return "";
    }
  }

  #said(choice: number, text: string, told?: readonly unknown[]): string {
    const opening = this.#opening(choice);
    const place = this.#places.get(choice) ?? 0;
    this.#places.set(choice, place + [...text].length);
    return opening + this.#chunk(choice, text, told ? writeLogprobs(told, place) : null);
  }

  /** The prompt, where it is wanted, before the first that is heard of a choice. */
  #opening(choice: number): string {
    if (this.#places.has(choice)) return "";
    this.#places.set(choice, promptLength(this.#context.request));
    const echo = echoOf(this.#context.request);
    return echo === "" ? "" : this.#chunk(choice, echo, null);
  }

  #chunk(index: number, text: string, logprobs: JsonObject | null, finish: string | null = null): string {
    const choice = JSON.stringify({ text, index, logprobs, finish_reason: finish });
    return sseFrame(`${this.#head},"choices":[${choice}]${this.#context.request.includeUsage ? `,"usage":null}` : "}"}`);
  }

  #usageChunk(): string {
    if (!this.#context.request.includeUsage || !this.#usage) return "";
    return sseFrame(`${this.#head},"choices":[],"usage":${JSON.stringify(writeUsage(this.#usage))}}`);
  }
}
