import type { CallItem, Item, MessageItem, ReasoningItem, ResultItem } from "../../../exchange/index.ts";
import { CallResults } from "../../conversation/call-results.ts";
import { pushAll } from "../../json-fields.ts";
import { wireId } from "../call-ids.ts";
import { fieldsOf, geminiDialect, isFields, type Native, ownFields, textOf, unsupported } from "../fields.ts";
import { openSeal } from "../seals.ts";
import { objectIn } from "./results.ts";
import { type WritingRequest, writeParts, writeResult } from "./write-parts.ts";

export interface Content {
  readonly role: "user" | "model";
  readonly parts: Native[];
}

export interface Conversation {
  readonly system?: Native;
  readonly cachedContent?: string;
  readonly contents: Content[];
}

/**
 * The items as Gemini's contents: leading instructions in `systemInstruction`, consecutive items of one role in one
 * content, and the results of a turn's calls all together right behind it. @throws Fault `request_unsupported`
 */
export function writeConversation(items: readonly Item[], writing: WritingRequest): Conversation {
  const system: Native[] = [];
  const body = new Contents(items, writing);
  let role: string | undefined;
  let cachedContent: string | undefined;
  let leading = true;
  for (const [index, item] of items.entries()) {
    if (isCache(item)) {
      cachedContent = textOf(item.native);
      continue;
    }
    leading = leading && isInstruction(item);
    if (!leading || item.type !== "message") {
      body.add(item, index);
      continue;
    }
    role ??= textOf(ownFields(item.extra).role);
    pushAll(system, writeParts(item.parts, `items.${index}`, writing));
  }
  const contents = body.finished();
  if (contents.length === 0 && system.length > 0) {
    writing.losses.add("system_folded", "items.0", "S", "approximated");
    return { contents: [{ role: "user", parts: system }] };
  }
  if (contents[0]?.role === "model" && writing.dialect !== geminiDialect) {
    writing.losses.add("first_turn_added", "items.0", "S", "emulated");
    contents.unshift({ role: "user", parts: [{ text: "(The assistant begins.)" }] });
  }
  return {
    ...(system.length > 0 && { system: { ...(role !== undefined && { role }), parts: system } }),
    ...(cachedContent !== undefined && { cachedContent }),
    contents,
  };
}

function isInstruction(item: Item): boolean {
  return item.type === "message" && (item.role === "system" || item.role === "developer");
}

function isCache(item: Item): item is Extract<Item, { type: "opaque" }> {
  return item.type === "opaque" && item.dialect === geminiDialect && item.label === "cachedContent";
}

/** A signature that waits for the part it stands on. */
interface WaitingSeal {
  readonly callId?: string;
  readonly signature: string;
}

class Contents {
  readonly #count: number;
  readonly #writing: WritingRequest;
  /** Gemini's own callers know their wire: what they send is not set right here. */
  readonly #own: boolean;
  readonly #contents: Content[] = [];
  readonly #results: CallResults;
  #seals: WaitingSeal[] = [];

  constructor(items: readonly Item[], writing: WritingRequest) {
    this.#count = items.length;
    this.#writing = writing;
    this.#results = new CallResults(items, writing.losses);
    this.#own = writing.dialect === geminiDialect;
  }

  add(item: Item, index: number): void {
    const path = `items.${index}`;
    switch (item.type) {
      case "message":
        this.#addMessage(item, index, path);
        return;
      case "reasoning":
        this.#addThought(item, path);
        return;
      case "call":
        this.#addCall(item, index, path);
        return;
      case "result":
        this.#addResult(item, index, path);
        return;
      case "opaque":
        this.#flushSeals();
        if (item.role === "user") this.#answerCalls(index);
        this.#append(item.role === "user" ? "user" : "model", this.#opaqueParts(item, path));
    }
  }

  finished(): Content[] {
    this.#flushSeals();
    this.#answerCalls(this.#count);
    return this.#contents;
  }

  #append(role: Content["role"], parts: readonly Native[]): void {
    if (parts.length === 0) return;
    const last = this.#contents.at(-1);
    if (last?.role === role) pushAll(last.parts, parts);
    else this.#contents.push({ role, parts: [...parts] });
  }

  #addMessage(item: MessageItem, index: number, path: string): void {
    const { losses } = this.#writing;
    if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
    if (item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
    const parts = writeParts(item.parts, path, this.#writing);
    if (item.role === "assistant") {
      this.#sealText(parts);
      this.#append("model", parts);
      return;
    }
    this.#flushSeals();
    this.#answerCalls(index);
    if (item.role !== "user") losses.add("system_folded", path, "S", "approximated");
    this.#append("user", item.role === "user" ? parts : parts.map(folded));
  }

  /** Thoughts of others stay with their own provider. */
  #addThought(item: ReasoningItem, path: string): void {
    if (item.dialect !== geminiDialect) {
      this.#writing.losses.add("reasoning_foreign_dropped", path, "Q");
      return;
    }
    const text = item.summary.length > 0 ? item.summary.join("\n\n") : (item.text ?? "");
    const seal = item.sealed && openSeal(item.sealed);
    if (text !== "") {
      this.#flushTextSeals();
      const own = seal && seal.callId === undefined ? { thoughtSignature: seal.signature } : {};
      this.#append("model", [{ text, thought: true, ...own, ...ownFields(item.extra) }]);
      if (seal?.callId === undefined) return;
    }
    if (seal?.callId === undefined) this.#flushTextSeals();
    if (seal?.alone) this.#append("model", [{ thoughtSignature: seal.signature }]);
    else if (seal) this.#seals.push(seal);
  }

  /** A signature without a call's name stands on the text right behind it. */
  #sealText(parts: readonly Native[]): void {
    const at = this.#seals.findIndex((seal) => seal.callId === undefined);
    const first = parts[0];
    if (at < 0) return;
    if (typeof first?.text === "string" && first.text !== "") first.thoughtSignature = this.#seals.splice(at, 1)[0]?.signature;
    else this.#flushTextSeals();
  }

  /** Where no text follows, Gemini itself has it on an empty one. */
  #flushTextSeals(): void {
    for (const seal of this.#seals) {
      if (seal.callId === undefined) this.#append("model", [{ text: "", thoughtSignature: seal.signature }]);
    }
    this.#seals = this.#seals.filter((seal) => seal.callId !== undefined);
  }

  #flushSeals(): void {
    this.#flushTextSeals();
    if (this.#seals.length > 0) this.#writing.losses.add("reasoning_state_lost", "items", "Q");
    this.#seals = [];
  }

  #addCall(call: CallItem, index: number, path: string): void {
    if (call.cache !== undefined) this.#writing.losses.add("cache_hint_dropped", path, "Q");
    this.#flushTextSeals();
    const at = this.#seals.findIndex((seal) => seal.callId === call.callId);
    const signature = at < 0 ? undefined : this.#seals.splice(at, 1)[0]?.signature;
    const { functionCall, ...side } = ownFields(call.extra);
    this.#results.ask(call, index);
    const native = { ...wireId(call.callId), name: call.name, args: this.#args(call, path), ...fieldsOf(functionCall) };
    this.#append("model", [{ functionCall: native, ...(signature !== undefined && { thoughtSignature: signature }), ...side }]);
  }

  /** Gemini holds arguments as an object; what is none is wrapped, never thrown away. */
  #args(call: CallItem, path: string): unknown {
    if (call.arguments.trim() === "" && !call.custom) return {};
    const args = call.custom ? undefined : objectIn(call.arguments);
    if (args) return args;
    this.#writing.losses.add("arguments_wrapped", `${path}.arguments`, "Q", "approximated");
    return { _raw: call.arguments };
  }

  #addResult(item: ResultItem, index: number, path: string): void {
    this.#flushSeals();
    if (this.#own) {
      this.#append("user", writeResult(item, this.#results.asked(item.callId)?.name ?? "", path, this.#writing));
      return;
    }
    this.#answerCalls(index);
    this.#results.checkAnswers(item, index);
  }

  /** Closes the model's turn: a result for each of its calls, wherever it stands later in the list. */
  #answerCalls(next: number): void {
    if (this.#own) return;
    const results: Native[] = [];
    const media: Native[] = [];
    for (const { call, result, path } of this.#results.close(next)) {
      const [response, ...moved] = writeResult(result, call.name, path, this.#writing);
      if (response) results.push(response);
      pushAll(media, moved);
    }
    this.#append("user", [...results, ...media]);
  }

  #opaqueParts(item: Extract<Item, { type: "opaque" }>, path: string): Native[] {
    if (item.dialect === geminiDialect) return item.label !== "metadata" && isFields(item.native) ? [{ ...item.native }] : [];
    if (item.text === undefined || item.text === "") {
      throw unsupported(path, `The history holds an item of type "${item.label}" that the model's provider cannot take.`);
    }
    this.#writing.losses.add("server_tool_history_flattened", path, "S", "approximated");
    return [{ text: item.text }];
  }
}

function folded(part: Native): Native {
  return typeof part.text === "string" ? { ...part, text: `<system>\n${part.text}\n</system>` } : part;
}
