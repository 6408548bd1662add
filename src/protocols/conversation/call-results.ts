import { createHash } from "node:crypto";
import type { CallItem, Item, Losses, ResultItem } from "../../exchange/index.ts";
import { unsupported } from "../json-fields.ts";

/** A call, and the result that answers it. */
export interface AnsweredCall {
  readonly call: CallItem;
  readonly wireId: string;
  readonly result: ResultItem;
  /** Of the result, for losses. */
  readonly path: string;
}

/**
 * Pairs calls with their results, for dialects that want all results of a turn's calls together right behind it, wherever
 * they stand in the list. Linear in the items: a history may hold thousands of calls.
 */
export class CallResults {
  readonly #losses: Losses;
  readonly #items: readonly Item[];
  /** Where results that nothing has claimed stand, by call id; the first one last. */
  readonly #unclaimed = new Map<string, number[]>();
  readonly #claimed = new Set<number>();
  readonly #asked = new Map<string, CallItem>();
  #open: { readonly call: CallItem; readonly index: number; readonly wireId: string }[] = [];

  constructor(items: readonly Item[], losses: Losses) {
    this.#items = items;
    this.#losses = losses;
    for (let at = items.length - 1; at >= 0; at--) {
      const item = items[at];
      if (item?.type !== "result") continue;
      const places = this.#unclaimed.get(item.callId);
      if (places) places.push(at);
      else this.#unclaimed.set(item.callId, [at]);
    }
  }

  /** A call of the turn that is being written. @param wireId the call's id as the wire has it */
  ask(call: CallItem, index: number, wireId = call.callId): void {
    this.#asked.set(call.callId, call);
    this.#open.push({ call, index, wireId });
  }

  /** The last call with that id. */
  asked(callId: string): CallItem | undefined {
    return this.#asked.get(callId);
  }

  /**
   * Closes the turn: a result for each of its calls. @param next where the item stands that closes it
   * @throws Fault `request_unsupported` for a call without one
   */
  close(next: number): AnsweredCall[] {
    const open = this.#open;
    this.#open = [];
    return open.map(({ call, index, wireId }) => {
      const at = this.#claim(call.callId, index);
      const result = at === undefined ? undefined : this.#items[at];
      if (at === undefined || result?.type !== "result") {
        throw unsupported(`items.${index}`, `The tool call "${call.callId}" has no result.`);
      }
      if (at >= next + open.length) this.#losses.add("tool_result_reordered", `items.${at}`, "M", "reordered");
      return { call, wireId, result, path: `items.${at}` };
    });
  }

  /** The first result behind the call. */
  #claim(callId: string, behind: number): number | undefined {
    const places = this.#unclaimed.get(callId);
    let at = places?.pop();
    while (at !== undefined && at <= behind) at = places?.pop();
    if (at !== undefined) this.#claimed.add(at);
    return at;
  }

  /** @throws Fault `request_unsupported` where the result answers no call that comes before it */
  checkAnswers({ callId }: ResultItem, index: number): void {
    if (!this.#claimed.has(index)) throw unsupported(`items.${index}`, `The tool result "${callId}" answers no call that comes before it.`);
  }
}

/** Ids in a provider's alphabet, each used once: derived from the caller's id, so that every later turn gets the same. */
export class WireIds {
  readonly #alphabet: RegExp;
  readonly #prefix: string;
  readonly #used = new Set<string>();

  constructor(alphabet: RegExp, prefix: string) {
    this.#alphabet = alphabet;
    this.#prefix = prefix;
  }

  of(callId: string, index: number): string {
    let id = this.#alphabet.test(callId) ? callId : this.#hashed(callId);
    if (this.#used.has(id)) id = this.#hashed(`${callId} ${index}`);
    this.#used.add(id);
    return id;
  }

  #hashed(text: string): string {
    return this.#prefix + createHash("sha256").update(text).digest("hex").slice(0, 24);
  }
}
