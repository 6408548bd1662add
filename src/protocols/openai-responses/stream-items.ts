import type { AnswerEvent } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import { isCallItem } from "./finish.ts";
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

/**
 * The items of a streamed output by their place in it: their ids change between events at some providers. Others tell no
 * places, only ids.
 */
export class StreamItems {
  readonly blocks = new Blocks();
  readonly #items = new Map<number, ItemState>();
  readonly #places = new Map<string, number>();
  readonly #spoken = new Map<string, Spoken>();
  #started = false;

  /** Tells of the answer's beginning, once. */
  begin(response: Wire, out: AnswerEvent[]): void {
    if (!this.#started) this.#start(response, out);
  }

  /** The response at the end repeats the output: what the events left out is told from there. */
  finish(response: Wire, out: AnswerEvent[]): void {
    this.begin(response, out);
    const output = listOf(response.output);
    output.forEach((item, index) => {
      if (isWire(item) && !this.#items.get(index)?.done) this.finishItem(index, item, out);
    });
    if (output.length === 0) {
      for (const [index, { wire, done }] of this.#items) if (!done && cameWhole(wire)) this.finishItem(index, wire, out);
    }
    this.blocks.closeAll(out);
  }

  /** Where the item of an event stands: as it says, or where an item of that id began. */
  placeOf(event: Wire): number {
    if (typeof event.output_index === "number") return event.output_index;
    const known = this.#places.get(textOf(event.item_id) ?? "");
    if (known !== undefined || event.item === undefined) return known ?? Math.max(0, this.#items.size - 1);
    return this.#places.get(textOf(wireOf(event.item).id) ?? "") ?? this.#items.size;
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
    const id = textOf(wire.id);
    if (id !== undefined) this.#places.set(id, index);
    if (wire.type === "reasoning") this.#openReasoning(index, wire, out);
    else if (isCallItem(wire) && !cameWhole(wire)) this.#openCall(index, wire, out);
    return state;
  }

  text(event: Wire, kind: "text" | "refusal", text: string, out: AnswerEvent[], logprobs?: unknown): void {
    const index = this.placeOf(event);
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
    const spoken = this.#spokenAt(this.placeOf(event), numberOf(event.content_index));
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
    } else if (isCallItem(wire)) {
      if (cameWhole(state.wire)) this.#openCall(index, wire, out);
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

/**
 * A call that was over when it began. Some providers tell their own searches so, and put what came of them in its place: whether it is
 * the caller's shows at its end.
 */
function cameWhole(wire: Wire): boolean {
  return isCallItem(wire) && wire.status === "completed" && Boolean(wire.arguments || wire.input);
}

export function numberOf(value: unknown): number {
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
