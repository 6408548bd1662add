import { type AnswerEvent, parseJson } from "../../exchange/index.ts";
import type { Blocks } from "../conversation/blocks.ts";
import { type JsonObject, numberOf, objectOf, wordOf } from "./json-value.ts";
import { callExtra, madeUpCallId } from "./read-answer.ts";
import { customCall } from "./read-delta.ts";
import { argumentsText } from "./read-messages.ts";

interface StreamedCall {
  readonly key: string;
  readonly index: number | undefined;
  readonly position: number;
  id: string | undefined;
  custom: boolean;
  extra: ReturnType<typeof callExtra>;
  /** Undefined until the name has come: before it the call cannot be announced. */
  block: number | undefined;
  arguments: string;
}

/**
 * Tool calls that come in pieces. A piece says which call it belongs to by `index`; some providers leave it out, some
 * leave out the id, some send every call whole, and some use one index for all of them.
 */
export class StreamedCalls {
  /** The answer's id, from which missing call ids are made. */
  seed = "";
  readonly #blocks: Blocks;
  readonly #choices = new Map<number, StreamedCall[]>();

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** `position` and `count` tell where the piece stands among those of its chunk. */
  read(piece: JsonObject, position: number, count: number, choice: number, out: AnswerEvent[]): void {
    const custom = customCall(piece);
    const { name, arguments: json, input } = custom ?? objectOf(piece.function);
    const call = this.#callOf(piece, wordOf(name), position, count, choice, out);
    call.id ??= wordOf(piece.id);
    call.custom ||= custom !== undefined || piece.type === "custom";
    call.extra ??= callExtra(piece);
    this.#grow(call, wordOf(name), argumentsText(custom ? input : json), choice, out);
  }

  /** The form of before tools: one call, no index, no id. */
  readLegacy(piece: JsonObject, choice: number, out: AnswerEvent[]): void {
    const call = this.#callsOf(choice)[0] ?? this.#add(undefined, choice);
    this.#grow(call, wordOf(piece.name), argumentsText(piece.arguments), choice, out);
  }

  #callsOf(choice: number): StreamedCall[] {
    let calls = this.#choices.get(choice);
    if (!calls) {
      calls = [];
      this.#choices.set(choice, calls);
    }
    return calls;
  }

  #callOf(piece: JsonObject, name: string | undefined, position: number, count: number, choice: number, out: AnswerEvent[]): StreamedCall {
    const calls = this.#callsOf(choice);
    const index = numberOf(piece.index);
    const id = wordOf(piece.id);
    const known = knownCall(calls, index, id, name, position, count);
    if (known) return known;
    this.closeWhole(choice, out);
    return this.#add(index, choice);
  }

  #add(index: number | undefined, choice: number): StreamedCall {
    const calls = this.#callsOf(choice);
    const position = calls.length;
    const call: StreamedCall = {
      ...{ key: `call:${choice}:${position}`, index, position },
      ...{ id: undefined, custom: false, extra: undefined, block: undefined, arguments: "" },
    };
    calls.push(call);
    return call;
  }

  #grow(call: StreamedCall, name: string | undefined, text: string, choice: number, out: AnswerEvent[]): void {
    call.arguments += text;
    if (call.block !== undefined) {
      if (text !== "") out.push({ type: "call-delta", block: call.block, choice, arguments: text });
    } else if (name !== undefined) this.#start(call, name, choice, out);
  }

  #start(call: StreamedCall, name: string, choice: number, out: AnswerEvent[]): void {
    const callId = call.id ?? madeUpCallId(`${this.seed}_${choice}`, call.position);
    const details = { ...(call.custom && { custom: true }), ...(call.extra && { extra: call.extra }) };
    call.block = this.#blocks.open(call.key, choice, { kind: "call", callId, name, ...details }, out);
    if (call.arguments !== "") out.push({ type: "call-delta", block: call.block, choice, arguments: call.arguments });
  }

  /** Closes the calls whose arguments are complete; a provider that mixes calls keeps the others open. */
  closeWhole(choice: number, out: AnswerEvent[]): void {
    for (const call of this.#choices.get(choice) ?? []) {
      if (call.block !== undefined && this.#blocks.isOpen(call.key) && (call.custom || isJson(call.arguments))) {
        this.#blocks.close(call.key, out);
      }
    }
  }

  /** Announces what never got a name, so that nothing is swallowed. */
  startAll(choice: number, out: AnswerEvent[]): void {
    for (const call of this.#choices.get(choice) ?? []) if (call.block === undefined) this.#start(call, "", choice, out);
  }
}

function knownCall(
  calls: readonly StreamedCall[],
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  position: number,
  count: number,
): StreamedCall | undefined {
  if (index !== undefined) {
    const same = calls.findLast((call) => call.index === index);
    const other = same?.id !== undefined && id !== undefined && id !== same.id && name !== undefined;
    return other ? undefined : same;
  }
  if (id !== undefined) return calls.find((call) => call.id === id);
  const last = calls.at(-1);
  // Pieces without a word of whose they are continue the last calls in their order.
  if (name === undefined && count > 1 && count <= calls.length) return calls[calls.length - count + position];
  const next = name !== undefined && last !== undefined && (position > 0 || isJson(last.arguments));
  return next ? undefined : last;
}

function isJson(text: string): boolean {
  const end = text.trimEnd().at(-1);
  if (end !== "}" && end !== "]") return false;
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
