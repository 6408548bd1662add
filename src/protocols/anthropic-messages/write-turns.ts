import { type CallItem, type Item, type MessageItem, type OpaqueItem, parseData, type ResultItem } from "../../exchange/index.ts";
import { CallResults, WireIds } from "../conversation/call-results.ts";
import { pushAll } from "../json-fields.ts";
import { writeMark } from "./cache-marks.ts";
import { type Block, type Fields, isFields, ownFields, unsupported } from "./fields.ts";
import { writeOwnThinking } from "./thinking.ts";
import { type WritingRequest, writeParts } from "./write-blocks.ts";

export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: Block[];
  /** Members beside the content: such a turn is one message of the caller's, and no other joins it. */
  readonly beside?: Fields;
}

export interface Conversation {
  readonly system: Block[];
  readonly turns: Turn[];
}

/**
 * The items as Anthropic's turns: leading instructions in `system`, consecutive items of one role in one turn, and the
 * results of a turn's calls all together at the head of the next one. @throws Fault `request_unsupported`
 */
export function writeConversation(items: readonly Item[], writing: WritingRequest): Conversation {
  const system: Block[] = [];
  const body = new Turns(items, writing);
  let leading = true;
  for (const [index, item] of items.entries()) {
    leading = leading && isInstruction(item) && besideOf(item) === undefined;
    if (leading && item.type === "message") pushAll(system, writeParts(item.parts, `items.${index}`, writing));
    else body.add(item, index);
  }
  return settled({ system, turns: body.finished() }, writing);
}

/** What stood beside the content of the caller's message. */
function besideOf(item: Item): Fields | undefined {
  return item.type === "message" && item.extra?.dialect === "anthropic-messages" ? item.extra.fields : undefined;
}

function isInstruction(item: Item): boolean {
  return item.type === "message" && (item.role === "system" || item.role === "developer");
}

class Turns {
  readonly #count: number;
  readonly #writing: WritingRequest;
  readonly #turns: Turn[] = [];
  readonly #results: CallResults;
  readonly #wireIds = new WireIds(/^[a-zA-Z0-9_-]+$/, "toolu_");

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
        const block = writeOwnThinking(item);
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
      case "opaque": {
        if (item.role === "user") this.#answerCalls(index);
        this.#append(item.role, [this.#opaqueBlock(item, path)]);
      }
    }
  }

  finished(): Turn[] {
    this.#answerCalls(this.#count);
    return this.#turns;
  }

  #append(role: Turn["role"], blocks: readonly Block[], beside?: Fields): void {
    const last = this.#turns.at(-1);
    // Only instructions may say nothing in words.
    if (beside && (blocks.length > 0 || role === "system")) this.#turns.push({ role, content: [...blocks], beside });
    else if (blocks.length === 0) return;
    else if (last?.role === role && !(role === "system" && last.beside)) pushAll(last.content, blocks);
    else this.#turns.push({ role, content: [...blocks] });
  }

  #addMessage(item: MessageItem, index: number, path: string): void {
    const { losses, target } = this.#writing;
    if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
    if (item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
    const blocks = writeParts(item.parts, path, this.#writing);
    const beside = besideOf(item);
    if (item.role === "assistant") {
      this.#append("assistant", blocks, beside);
      return;
    }
    this.#answerCalls(index);
    if (item.role === "user") {
      this.#append("user", blocks, beside);
      return;
    }
    if (target.midSystem) {
      this.#append("system", blocks, beside);
      return;
    }
    for (const name in beside) losses.add("field_dropped", `${path}.${name}`, "Q");
    if (blocks.length === 0) return;
    losses.add("system_folded", path, "S", "approximated");
    this.#append("user", blocks.map(folded));
  }

  #addCall(call: CallItem, index: number, path: string): void {
    const wireId = this.#wireIds.of(call.callId, index);
    this.#results.ask(call, index, wireId);
    this.#append("assistant", [
      {
        type: "tool_use",
        id: wireId,
        name: call.name,
        input: this.#input(call, path),
        ...writeMark(call.cache, path, this.#writing.losses),
        ...ownFields(call.extra),
      },
    ]);
  }

  /** Anthropic holds arguments as an object; what is none is wrapped, never thrown away. */
  #input(call: CallItem, path: string): unknown {
    if (call.arguments.trim() === "" && !call.custom) return {};
    if (!call.custom) {
      const input = objectIn(call.arguments);
      if (input) return input;
    }
    this.#writing.losses.add("arguments_wrapped", `${path}.arguments`, "Q", "approximated");
    return { _raw: call.arguments };
  }

  /** Closes the assistant's turn: a result for each of its calls, wherever it stands later in the list. */
  #answerCalls(next: number): void {
    this.#append(
      "user",
      this.#results.close(next).map(({ result, wireId, path }) => this.#resultBlock(result, wireId, path)),
    );
  }

  #resultBlock(result: ResultItem, wireId: string, path: string): Block {
    const content = writeParts(result.parts, path, this.#writing);
    return {
      type: "tool_result",
      tool_use_id: wireId,
      ...(content.length > 0 && { content }),
      ...(result.isError !== undefined && { is_error: result.isError }),
      ...writeMark(result.cache, path, this.#writing.losses),
      ...ownFields(result.extra),
    };
  }

  #opaqueBlock(item: OpaqueItem, path: string): Block {
    if (item.dialect === "anthropic-messages" && isFields(item.native)) return { ...item.native };
    if (item.text === undefined || item.text === "") {
      throw unsupported(path, `The history holds an item of type "${item.label}" that the model's provider cannot take.`);
    }
    this.#writing.losses.add("server_tool_history_flattened", path, "S", "approximated");
    return { type: "text", text: item.text };
  }
}

function objectIn(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseData(json);
    return isFields(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function folded(block: Block): Block {
  return block.type === "text" ? { ...block, text: `<system>\n${block.text as string}\n</system>` } : block;
}

/** What Anthropic asks of the whole: at least one turn, the user's first, and no beginning of an answer where the model takes none. */
function settled(conversation: Conversation, writing: WritingRequest): Conversation {
  const { turns, system } = conversation;
  if (turns.length === 0 && system.length > 0) {
    writing.losses.add("system_folded", "items.0", "S", "approximated");
    return { system: [], turns: [{ role: "user", content: system }] };
  }
  if (turns[0]?.role === "assistant" && writing.dialect !== "anthropic-messages") {
    writing.losses.add("first_turn_added", "items.0", "S", "emulated");
    turns.unshift({ role: "user", content: [{ type: "text", text: "(The assistant begins.)" }] });
  }
  if (turns.at(-1)?.role === "assistant" && writing.target.prefill === false) {
    throw unsupported("messages", `The model "${writing.target.model}" does not continue a message of the assistant's.`);
  }
  return conversation;
}
