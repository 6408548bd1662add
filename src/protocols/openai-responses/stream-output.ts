import type { AnswerEvent } from "../../exchange/index.ts";
import { sseFrame } from "../framing/sse.ts";
import { pushAll } from "../json-fields.ts";
import { madeUpId } from "./response-object.ts";
import { responsesDialect, type Wire, wireOf } from "./wire.ts";
import { writeAnnotation } from "./write-items.ts";
import { callItem, foreignSeal } from "./write-output.ts";

export type EventOf<Type extends AnswerEvent["type"]> = Extract<AnswerEvent, { type: Type }>;

/** A block that is open: the item that it belongs to, and the part of it that grows. */
interface OpenBlock {
  readonly index: number;
  readonly item: Wire;
  readonly part: Wire;
  readonly content: number;
  readonly own: boolean;
  form: "summary" | "text";
  paragraph: number | undefined;
}

/** The message that further text may join. */
interface OpenMessage {
  readonly index: number;
  readonly id: string | undefined;
  readonly phase: string | undefined;
  open: number;
}

/**
 * The output items of a streamed response, and the events that tell of them. `output_item.done` waits until the next
 * item begins or the answer ends, because only then it is known whether the item was cut off.
 */
export class StreamOutput {
  readonly items: Wire[] = [];
  refused = false;
  readonly #requestId: string;
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #ended: number[] = [];
  #message: OpenMessage | undefined;
  #text = "";
  #sequence = 0;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  emit(type: string, fields: Wire): void {
    this.#text += sseFrame(JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }), type);
  }

  flushed(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #addItem(make: (index: number) => Wire): number {
    this.#closeEnded("completed");
    const index = this.items.length;
    const item = make(index);
    this.items.push(item);
    this.emit("response.output_item.added", { output_index: index, item });
    return index;
  }

  #closeEnded(lastStatus: "completed" | "incomplete"): void {
    const ended = this.#ended.splice(0);
    ended.forEach((index, at) => {
      const item = this.items[index] as Wire;
      if (item.status === "in_progress") item.status = at === ended.length - 1 ? lastStatus : "completed";
      this.emit("response.output_item.done", { output_index: index, item });
    });
  }

  #itemId(prefix: string, index: number): string {
    return madeUpId(prefix, this.#requestId, index);
  }

  startPart(event: EventOf<"text-start"> | EventOf<"refusal-start">): void {
    const message = this.#messageFor(event);
    const item = this.items[message.index] as Wire;
    const parts = item.content as Wire[];
    const isText = event.type === "text-start";
    if (!isText) this.refused = true;
    const part: Wire = isText ? { type: "output_text", annotations: [], logprobs: [], text: "" } : { type: "refusal", refusal: "" };
    const content = parts.push(part) - 1;
    message.open++;
    this.#blocks.set(event.block, { index: message.index, item, part, content, own: true, form: "text", paragraph: undefined });
    this.emit("response.content_part.added", { item_id: item.id, output_index: message.index, content_index: content, part });
  }

  /** Text that follows text is another part of the same message, unless the upstream says that it is another's. */
  #messageFor(event: EventOf<"text-start"> | EventOf<"refusal-start">): OpenMessage {
    const last = this.#message;
    if (last && last.index === this.items.length - 1 && last.id === event.id && last.phase === event.phase) {
      const due = this.#ended.indexOf(last.index);
      if (due >= 0) this.#ended.splice(due, 1);
      return last;
    }
    const { id, phase } = event;
    const index = this.#addItem((at) => ({
      id: id ?? this.#itemId("msg", at),
      type: "message",
      status: "in_progress",
      role: "assistant",
      ...(phase !== undefined && { phase }),
      content: [],
    }));
    this.#message = { index, id, phase, open: 0 };
    return this.#message;
  }

  growPart(event: EventOf<"text-delta"> | EventOf<"refusal-delta">): void {
    const block = this.#blocks.get(event.block);
    if (!block) return;
    const place = { item_id: block.item.id, output_index: block.index, content_index: block.content };
    if (event.type === "refusal-delta") {
      block.part.refusal = `${block.part.refusal}${event.text}`;
      this.emit("response.refusal.delta", { ...place, delta: event.text });
    } else {
      block.part.text = `${block.part.text}${event.text}`;
      if (event.logprobs) pushAll(block.part.logprobs as unknown[], event.logprobs);
      this.emit("response.output_text.delta", { ...place, delta: event.text, logprobs: event.logprobs ?? [] });
    }
  }

  annotate(event: EventOf<"text-annotation">): void {
    const block = this.#blocks.get(event.block);
    const annotation = writeAnnotation(event.annotation);
    if (!block || annotation === undefined) return;
    const annotation_index = (block.part.annotations as unknown[]).push(annotation) - 1;
    const place = { item_id: block.item.id, output_index: block.index, content_index: block.content };
    this.emit("response.output_text.annotation.added", { ...place, annotation_index, annotation });
  }

  endPart(number: number): void {
    const block = this.#taken(number);
    if (!block) return;
    const { part } = block;
    const place = { item_id: block.item.id, output_index: block.index, content_index: block.content };
    if (part.type === "refusal") this.emit("response.refusal.done", { ...place, refusal: part.refusal });
    else this.emit("response.output_text.done", { ...place, text: part.text, logprobs: part.logprobs });
    this.emit("response.content_part.done", { ...place, part });
    // A message that other items have overtaken may still have open parts.
    if (![...this.#blocks.values()].some((other) => other.item === block.item)) this.#ended.push(block.index);
  }

  #taken(number: number): OpenBlock | undefined {
    const block = this.#blocks.get(number);
    this.#blocks.delete(number);
    return block;
  }

  startReasoning(event: EventOf<"reasoning-start">): void {
    const own = event.dialect === responsesDialect;
    const id = own ? event.id : undefined;
    const index = this.#addItem((at) => ({ id: id ?? this.#itemId("rs", at), type: "reasoning", summary: [] }));
    const item = this.items[index] as Wire;
    const part: Wire = { dialect: event.dialect };
    this.#blocks.set(event.block, { index, item, part, content: 0, own, form: "summary", paragraph: undefined });
  }

  growReasoning(event: EventOf<"reasoning-delta">): void {
    const block = this.#blocks.get(event.block);
    if (!block) return;
    if (block.paragraph === undefined || block.paragraph !== event.paragraph || block.form !== event.form) {
      this.#endParagraph(block);
      block.form = event.form;
      block.paragraph = event.paragraph;
      this.#startParagraph(block);
    }
    const { part, place, isText } = this.#paragraphOf(block);
    part.text = `${part.text}${event.text}`;
    this.emit(isText ? "response.reasoning_text.delta" : "response.reasoning_summary_text.delta", { ...place, delta: event.text });
  }

  #startParagraph(block: OpenBlock): void {
    const isText = block.own && block.form === "text";
    if (isText) block.item.content ??= [];
    const parts = (isText ? block.item.content : block.item.summary) as Wire[];
    parts.push({ type: isText ? "reasoning_text" : "summary_text", text: "" });
    const { part, place } = this.#paragraphOf(block);
    this.emit(isText ? "response.content_part.added" : "response.reasoning_summary_part.added", { ...place, part });
  }

  /** Full text has a place of its own only where it came from this dialect; other dialects' thoughts are shown as summaries. */
  #paragraphOf(block: OpenBlock): { part: Wire; place: Wire; isText: boolean } {
    const isText = block.own && block.form === "text";
    const parts = (isText ? block.item.content : block.item.summary) as Wire[];
    const at = parts.length - 1;
    const place = { item_id: block.item.id, output_index: block.index, [isText ? "content_index" : "summary_index"]: at };
    return { part: parts[at] as Wire, place, isText };
  }

  #endParagraph(block: OpenBlock): void {
    if (block.paragraph === undefined) return;
    const { part, place, isText } = this.#paragraphOf(block);
    this.emit(isText ? "response.reasoning_text.done" : "response.reasoning_summary_text.done", { ...place, text: part.text });
    this.emit(isText ? "response.content_part.done" : "response.reasoning_summary_part.done", { ...place, part });
    block.paragraph = undefined;
  }

  endReasoning(event: Pick<EventOf<"reasoning-end">, "block" | "sealed">): void {
    const block = this.#taken(event.block);
    if (!block) return;
    this.#endParagraph(block);
    const dialect = block.part.dialect as EventOf<"reasoning-start">["dialect"];
    if (!block.own) block.item.encrypted_content = foreignSeal(dialect, block.form, event.sealed);
    else if (event.sealed) block.item.encrypted_content = event.sealed.value;
    this.#ended.push(block.index);
  }

  startCall(event: EventOf<"call-start">): void {
    const index = this.#addItem((at) => callItem(event, event.id ?? this.#itemId(event.custom ? "ctc" : "fc", at), "in_progress", ""));
    const item = this.items[index] as Wire;
    this.#blocks.set(event.block, { index, item, part: item, content: 0, own: true, form: "text", paragraph: undefined });
  }

  growCall(number: number, delta: string): void {
    const block = this.#blocks.get(number);
    if (!block || delta === "") return;
    const { item, index } = block;
    const isCustom = item.type === "custom_tool_call";
    const member = isCustom ? "input" : "arguments";
    item[member] = `${item[member]}${delta}`;
    const type = isCustom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta";
    this.emit(type, { item_id: item.id, output_index: index, delta });
  }

  endCall(number: number): void {
    const call = this.#blocks.get(number);
    if (call?.item.arguments === "") this.growCall(number, "{}");
    const block = this.#taken(number);
    if (!block) return;
    const { item, index } = block;
    const place = { item_id: item.id, output_index: index };
    if (item.type === "custom_tool_call") this.emit("response.custom_tool_call_input.done", { ...place, input: item.input });
    else this.emit("response.function_call_arguments.done", { ...place, name: item.name, arguments: item.arguments });
    this.#ended.push(index);
  }

  /** Hosted tools of other dialects have no form here; what came of them is in the text. */
  passOpaque(event: EventOf<"opaque-item">): void {
    if (event.item.dialect !== responsesDialect) return;
    this.#ended.push(this.#addItem(() => ({ ...wireOf(event.item.native) })));
  }

  /** Ends what is open; the last item takes the status of the answer. */
  close(status: "completed" | "incomplete"): void {
    for (const [number, block] of [...this.#blocks]) {
      if (block.item.type === "message") this.endPart(number);
      else if (block.item.type === "reasoning") this.endReasoning({ block: number });
      else this.endCall(number);
    }
    this.#closeEnded(status);
  }

  /** The answer broke off: what is unfinished stays so. */
  abandon(): void {
    for (const item of this.items) if (item.status === "in_progress") item.status = "incomplete";
  }
}
