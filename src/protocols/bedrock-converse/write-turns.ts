import type { CallItem, Item, MessageItem, OpaqueItem, Part, ResultItem } from "../../exchange/index.ts";
import { CallResults, WireIds } from "../conversation/call-results.ts";
import { pushAll } from "../json-fields.ts";
import { writeCachePoint } from "./cache-points.ts";
import { type Block, isFields, ownFields, unsupported } from "./fields.ts";
import { writeOwnReasoning } from "./reasoning.ts";
import { callInput, objectIn } from "./write-answer.ts";
import { type WritingRequest, writeParts } from "./write-blocks.ts";

export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: Block[];
}

export interface Conversation {
  readonly system: Block[];
  readonly turns: Turn[];
}

/**
 * The items as Converse's messages: leading instructions in `system`, consecutive items of one role in one message, and
 * the results of a turn's calls all together at the head of the next one. @throws Fault `request_unsupported`
 */
export function writeConversation(items: readonly Item[], writing: WritingRequest): Conversation {
  const system: Block[] = [];
  const body = new Turns(items, writing);
  let leading = true;
  for (const [index, item] of items.entries()) {
    leading = leading && item.type === "message" && (item.role === "system" || item.role === "developer");
    if (leading && item.type === "message") pushAll(system, writeParts(item.parts, `items.${index}`, writing));
    else body.add(item, index);
  }
  return settled({ system, turns: body.finished() }, writing);
}

class Turns {
  readonly #count: number;
  readonly #writing: WritingRequest;
  readonly #turns: Turn[] = [];
  readonly #results: CallResults;
  readonly #wireIds = new WireIds(/^[a-zA-Z0-9_.:-]{1,64}$/, "tooluse_");

  constructor(items: readonly Item[], writing: WritingRequest) {
    this.#count = items.length;
    this.#writing = writing;
    this.#results = new CallResults(items, writing.losses);
  }

  add(item: Item, index: number): void {
    const path = `items.${index}`;
    switch (item.type) {
      case "message":
        this.#addMessage(item, index, path);
        return;
      case "reasoning": {
        // Some models refuse thoughts that they did not sign, so those only go back where the caller speaks Converse.
        const block = item.sealed || this.#writing.own ? writeOwnReasoning(item) : undefined;
        if (block) this.#append("assistant", [block]);
        else this.#writing.losses.add("reasoning_foreign_dropped", path, "Q");
        return;
      }
      case "call":
        this.#addCall(item, index, path);
        return;
      case "result":
        this.#answerCalls(index);
        this.#results.checkAnswers(item, index);
        return;
      case "opaque":
        if (item.role === "user") this.#answerCalls(index);
        this.#append(item.role, [this.#opaqueBlock(item, path)]);
    }
  }

  finished(): Turn[] {
    this.#answerCalls(this.#count);
    return this.#turns;
  }

  #append(role: Turn["role"], blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    const last = this.#turns.at(-1);
    if (last?.role === role) pushAll(last.content, blocks);
    else this.#turns.push({ role, content: [...blocks] });
  }

  #addMessage(item: MessageItem, index: number, path: string): void {
    const { losses, target } = this.#writing;
    if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
    if (item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
    const blocks = writeParts(item.parts, path, this.#writing);
    if (item.role !== "assistant") this.#answerCalls(index);
    if (item.role === "assistant" || item.role === "user") {
      this.#append(item.role, blocks);
    } else if (target.midSystem) {
      this.#append("system", blocks);
    } else {
      losses.add("system_folded", path, "S", "approximated");
      this.#append("user", blocks.map(folded));
    }
  }

  #addCall(call: CallItem, index: number, path: string): void {
    const wireId = this.#wireIds.of(call.callId, index);
    this.#results.ask(call, index, wireId);
    if (call.custom || (call.arguments.trim() !== "" && !objectIn(call))) {
      this.#writing.losses.add("arguments_wrapped", `${path}.arguments`, "Q", "approximated");
    }
    const toolUse = { toolUseId: wireId, name: call.name, input: callInput(call), ...ownFields(call.extra) };
    this.#append("assistant", [{ toolUse }, ...this.#cachePoint(call, path)]);
  }

  #cachePoint(item: CallItem | ResultItem, path: string): Block[] {
    return item.cache ? [writeCachePoint(item.cache, path, this.#writing.losses)] : [];
  }

  /** Closes the assistant's turn: a result for each of its calls, wherever it stands later in the list. */
  #answerCalls(next: number): void {
    for (const { result, wireId, path } of this.#results.close(next)) this.#append("user", this.#resultBlocks(result, wireId, path));
  }

  #resultBlocks(result: ResultItem, wireId: string, path: string): Block[] {
    const parts = this.#writing.own ? result.parts : result.parts.map(plainResult);
    const written = writeParts(parts, path, this.#writing);
    // Cache points stand behind a result, not in it.
    const content = written.filter((block) => !isFields(block.cachePoint));
    const point = this.#cachePoint(result, path)[0] ?? written.find((block) => isFields(block.cachePoint));
    const status = result.isError === undefined ? {} : { status: result.isError ? "error" : "success" };
    return [{ toolResult: { toolUseId: wireId, content, ...status, ...ownFields(result.extra) } }, ...(point ? [point] : [])];
  }

  #opaqueBlock(item: OpaqueItem, path: string): Block {
    if (item.dialect === "bedrock-converse" && isFields(item.native)) return { ...item.native };
    if (item.text === undefined || item.text === "") {
      throw unsupported(path, `The history holds an item of type "${item.label}" that the model's provider cannot take.`);
    }
    this.#writing.losses.add("server_tool_history_flattened", path, "S", "approximated");
    return { text: item.text };
  }
}

function folded(block: Block): Block {
  return typeof block.text === "string" ? { ...block, text: `<system>\n${block.text}\n</system>` } : block;
}

/** What Bedrock asks of the whole: at least one message, the user's first, and no beginning of an answer where the model takes none. */
function settled(conversation: Conversation, writing: WritingRequest): Conversation {
  const { turns, system } = conversation;
  if (turns.length === 0 && system.length > 0) {
    writing.losses.add("system_folded", "items.0", "S", "approximated");
    return { system: [], turns: [{ role: "user", content: system }] };
  }
  if (turns[0]?.role === "assistant" && !writing.own) {
    writing.losses.add("first_turn_added", "items.0", "S", "emulated");
    turns.unshift({ role: "user", content: [{ text: "(The assistant begins.)" }] });
  }
  for (const [index, turn] of turns.entries()) if (!writing.own) addText(turn, `messages.${index}`, writing);
  if (turns.at(-1)?.role === "assistant" && writing.target.prefill === false) {
    throw unsupported("messages", `The model "${writing.target.model}" does not continue a message of the assistant's.`);
  }
  return conversation;
}

/** Bedrock refuses a document without words beside it. */
function addText(turn: Turn, path: string, writing: WritingRequest): void {
  const holds = (name: string) => turn.content.some((block) => block[name] !== undefined);
  if (!holds("document") || holds("text")) return;
  writing.losses.add("text_added", path, "Q", "emulated");
  turn.content.push({ text: "(A document.)" });
}

/** A result that is a text and nothing more stays one: few models take documents from tools. */
function plainResult(part: Part): Part {
  const named = part.type !== "document" || part.source.kind !== "text" || (part.title ?? part.filename) !== undefined;
  return named ? part : { type: "text", text: part.source.text, ...(part.cache && { cache: part.cache }) };
}
