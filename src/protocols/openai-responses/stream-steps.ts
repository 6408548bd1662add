import type { AnswerEvent } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import { entryOf } from "../json-fields.ts";
import { readAnnotation, readOpaque } from "./read-items.ts";
import { extraOf, isWire, listOf, responsesDialect, textOf, type Wire, wireOf } from "./wire.ts";

const callMembers = new Set(["type", "id", "call_id", "name", "arguments", "input", "status"]);

/** What one part of one item has said so far; an end repeats the whole, and some providers send nothing else. */
interface Spoken {
  characters: number;
  annotations: number;
}

/** The message, call or reasoning item that stands at one place of the output. */
interface ItemState {
  readonly wire: Wire;
  done: boolean;
}

type Step = (steps: StreamSteps, event: Wire, out: AnswerEvent[]) => void;

/**
 * Reads the events of a stream, one step for each type, over the items by their place in the output: their ids change
 * between events at some providers.
 */
export class StreamSteps {
  readonly blocks = new Blocks();
  readonly #items = new Map<number, ItemState>();
  readonly #spoken = new Map<string, Spoken>();
  #started = false;

  step(name: string, event: Wire, out: AnswerEvent[]): void {
    const step = entryOf(steps, name);
    if (step === undefined) return;
    if (!this.#started) this.#start(wireOf(event.response), out);
    step(this, event, out);
  }

  /** The response at the end repeats the output: what the events left out is told from there. */
  finish(response: Wire, out: AnswerEvent[]): void {
    if (!this.#started) this.#start(response, out);
    listOf(response.output).forEach((item, index) => {
      if (isWire(item) && !this.#items.get(index)?.done) this.finishItem(index, item, out);
    });
    this.blocks.closeAll(out);
  }

  #start(response: Wire, out: AnswerEvent[]): void {
    this.#started = true;
    const tier = textOf(response.service_tier);
    out.push({
      type: "answer-start",
      id: textOf(response.id) ?? "",
      model: textOf(response.model) ?? "",
      ...(typeof response.created_at === "number" && { created: Math.floor(response.created_at) }),
      ...(tier !== undefined && { tier }),
    });
  }

  startItem(index: number, wire: Wire, out: AnswerEvent[]): ItemState {
    const state = { wire, done: false };
    this.#items.set(index, state);
    if (wire.type === "reasoning") this.#openReasoning(index, wire, out);
    else if (wire.type === "function_call" || wire.type === "custom_tool_call") this.#openCall(index, wire, out);
    return state;
  }

  text(event: Wire, kind: "text" | "refusal", text: string, out: AnswerEvent[], logprobs?: unknown): void {
    const index = numberOf(event.output_index);
    const block = this.openPart(index, numberOf(event.content_index), kind, out);
    if (text === "") return;
    this.#spokenAt(index, numberOf(event.content_index)).characters += text.length;
    if (kind === "refusal") out.push({ type: "refusal-delta", block, choice: 0, text });
    else {
      const told = Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs: logprobs as unknown[] } : undefined;
      out.push({ type: "text-delta", block, choice: 0, text, ...told });
    }
  }

  /** The whole text at a part's end, for providers that sent no pieces of it. */
  wholeText(event: Wire, kind: "text" | "refusal", text: string, out: AnswerEvent[]): void {
    const spoken = this.#spokenAt(numberOf(event.output_index), numberOf(event.content_index));
    if (spoken.characters === 0) this.text(event, kind, text, out, event.logprobs);
  }

  openPart(index: number, content: number, kind: "text" | "refusal", out: AnswerEvent[]): number {
    const message = this.#items.get(index)?.wire;
    const id = textOf(message?.id);
    const phase = textOf(message?.phase);
    const opening = { kind, ...(id !== undefined && { id }), ...(phase !== undefined && { phase }) };
    return this.blocks.open(partKey(index, content), 0, opening, out);
  }

  annotate(index: number, content: number, native: unknown, out: AnswerEvent[]): void {
    const block = this.openPart(index, content, "text", out);
    this.#spokenAt(index, content).annotations++;
    out.push({ type: "text-annotation", block, choice: 0, annotation: readAnnotation(native) });
  }

  /** The end of a content part: what it holds beyond what was told. */
  finishPart(index: number, content: number, part: Wire, out: AnswerEvent[]): void {
    const place = { output_index: index, content_index: content, logprobs: part.logprobs };
    if (part.type === "refusal") this.wholeText(place, "refusal", textOf(part.refusal) ?? "", out);
    else if (part.type === "output_text") {
      this.wholeText(place, "text", textOf(part.text) ?? "", out);
      const told = this.#spokenAt(index, content).annotations;
      for (const annotation of listOf(part.annotations).slice(told)) this.annotate(index, content, annotation, out);
    }
    this.blocks.close(partKey(index, content), out);
  }

  think(index: number, form: "summary" | "text", paragraph: number, text: string, out: AnswerEvent[]): void {
    if (text === "") return;
    const block = this.#openReasoning(index, this.#items.get(index)?.wire ?? {}, out);
    this.#spokenAt(index, thoughtKey(form, paragraph)).characters += text.length;
    out.push({ type: "reasoning-delta", block, choice: 0, text, form, paragraph });
  }

  wholeThought(index: number, form: "summary" | "text", paragraph: number, text: string, out: AnswerEvent[]): void {
    if (this.#spokenAt(index, thoughtKey(form, paragraph)).characters === 0) this.think(index, form, paragraph, text, out);
  }

  argue(index: number, text: string, out: AnswerEvent[]): void {
    if (text === "" || !this.blocks.isOpen(`${index}`)) return;
    const block = this.#openCall(index, this.#items.get(index)?.wire ?? {}, out);
    this.#spokenAt(index, "call").characters += text.length;
    out.push({ type: "call-delta", block, choice: 0, arguments: text });
  }

  wholeArguments(index: number, text: string, out: AnswerEvent[]): void {
    if (this.#spokenAt(index, "call").characters === 0) this.argue(index, text, out);
  }

  finishItem(index: number, wire: Wire, out: AnswerEvent[]): void {
    const state = this.#items.get(index) ?? this.startItem(index, wire, out);
    if (state.done) return;
    state.done = true;
    if (wire.type === "message") {
      listOf(wire.content).forEach((part, content) => {
        if (this.#spoken.has(spokenKey(index, content)) && !this.blocks.isOpen(partKey(index, content))) return;
        this.finishPart(index, content, wireOf(part), out);
      });
    } else if (wire.type === "reasoning") {
      for (const [form, parts] of [["summary", wire.summary] as const, ["text", wire.content] as const]) {
        for (const [at, part] of listOf(parts).entries()) this.wholeThought(index, form, at, textOf(wireOf(part).text) ?? "", out);
      }
      const value = textOf(wire.encrypted_content);
      this.blocks.close(`${index}`, out, value === undefined ? undefined : { kind: "encrypted", value });
    } else if (wire.type === "function_call" || wire.type === "custom_tool_call") {
      this.wholeArguments(index, textOf(wire.type === "function_call" ? wire.arguments : wire.input) ?? "", out);
      this.blocks.close(`${index}`, out);
    } else {
      const label = textOf(wire.type) ?? "item";
      out.push({ type: "opaque-item", block: this.blocks.take(), choice: 0, item: readOpaque(wire, label) });
    }
  }

  #openReasoning(index: number, wire: Wire, out: AnswerEvent[]): number {
    const id = textOf(wire.id);
    return this.blocks.open(`${index}`, 0, { kind: "reasoning", dialect: responsesDialect, ...(id !== undefined && { id }) }, out);
  }

  #openCall(index: number, wire: Wire, out: AnswerEvent[]): number {
    const id = textOf(wire.id);
    const extra = extraOf(wire, callMembers);
    const opening = {
      kind: "call" as const,
      callId: textOf(wire.call_id) ?? id ?? "",
      name: textOf(wire.name) ?? "",
      ...(wire.type === "custom_tool_call" && { custom: true }),
      ...(id !== undefined && { id }),
      ...(extra && { extra }),
    };
    return this.blocks.open(`${index}`, 0, opening, out);
  }

  #spokenAt(index: number, part: number | string): Spoken {
    const key = spokenKey(index, part);
    let spoken = this.#spoken.get(key);
    if (!spoken) {
      spoken = { characters: 0, annotations: 0 };
      this.#spoken.set(key, spoken);
    }
    return spoken;
  }
}

function none(): void {}

const steps: Readonly<Record<string, Step>> = {
  "response.created": none,
  "response.queued": none,
  "response.in_progress": none,
  "response.output_item.added": (steps, event, out) => {
    if (isWire(event.item)) steps.startItem(numberOf(event.output_index), event.item, out);
  },
  "response.output_item.done": (steps, event, out) => {
    if (isWire(event.item)) steps.finishItem(numberOf(event.output_index), event.item, out);
  },
  "response.content_part.added": (steps, event, out) => {
    const { type } = wireOf(event.part);
    if (type !== "output_text" && type !== "refusal") return;
    steps.openPart(numberOf(event.output_index), numberOf(event.content_index), type === "refusal" ? "refusal" : "text", out);
  },
  "response.content_part.done": (steps, event, out) => {
    const part = wireOf(event.part);
    if (part.type === "reasoning_text") return;
    steps.finishPart(numberOf(event.output_index), numberOf(event.content_index), part, out);
  },
  "response.output_text.delta": (steps, event, out) => steps.text(event, "text", textOf(event.delta) ?? "", out, event.logprobs),
  "response.output_text.done": (steps, event, out) => steps.wholeText(event, "text", textOf(event.text) ?? "", out),
  "response.output_text.annotation.added": (steps, event, out) => {
    steps.annotate(numberOf(event.output_index), numberOf(event.content_index), event.annotation, out);
  },
  "response.refusal.delta": (steps, event, out) => steps.text(event, "refusal", textOf(event.delta) ?? "", out),
  "response.refusal.done": (steps, event, out) => steps.wholeText(event, "refusal", textOf(event.refusal) ?? "", out),
  "response.reasoning_summary_text.delta": (steps, event, out) => {
    steps.think(numberOf(event.output_index), "summary", numberOf(event.summary_index), textOf(event.delta) ?? "", out);
  },
  "response.reasoning_summary_text.done": (steps, event, out) => {
    steps.wholeThought(numberOf(event.output_index), "summary", numberOf(event.summary_index), textOf(event.text) ?? "", out);
  },
  "response.reasoning_text.delta": (steps, event, out) => {
    steps.think(numberOf(event.output_index), "text", numberOf(event.content_index), textOf(event.delta) ?? "", out);
  },
  "response.reasoning_text.done": (steps, event, out) => {
    steps.wholeThought(numberOf(event.output_index), "text", numberOf(event.content_index), textOf(event.text) ?? "", out);
  },
  "response.function_call_arguments.delta": (steps, event, out) =>
    steps.argue(numberOf(event.output_index), textOf(event.delta) ?? "", out),
  "response.function_call_arguments.done": (steps, event, out) => {
    steps.wholeArguments(numberOf(event.output_index), textOf(event.arguments) ?? "", out);
  },
  "response.custom_tool_call_input.delta": (steps, event, out) => steps.argue(numberOf(event.output_index), textOf(event.delta) ?? "", out),
  "response.custom_tool_call_input.done": (steps, event, out) => {
    steps.wholeArguments(numberOf(event.output_index), textOf(event.input) ?? "", out);
  },
};

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function partKey(index: number, content: number): string {
  return `${index}.${content}`;
}

function spokenKey(index: number, part: number | string): string {
  return `${index}/${part}`;
}

function thoughtKey(form: "summary" | "text", paragraph: number): string {
  return `${form} ${paragraph}`;
}
