import type { AnswerEvent, Finish } from "../../../exchange/index.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, textOf } from "../fields.ts";
import { generationOf } from "../generation.ts";
import { blockedPrompt, failedFinish, finishWord, readFinish } from "./finish.ts";
import { searchesIn } from "./grounding.ts";
import { readUsage } from "./usage.ts";

/** What the meter must know of an answer, at any depth: usage, how its candidates ended, and whether it is whole. */
export class AnswerState {
  id = "";
  #model = "";
  #searches = 0;
  #blocked = false;
  #failed = false;
  readonly #seen = new Set<number>();
  readonly #called = new Set<number>();
  readonly #finished = new Map<number, Finish["reason"]>();

  /** The candidates of a chunk, under their numbers. */
  candidatesOf(chunk: Fields): (readonly [number, Fields])[] {
    this.id ||= textOf(chunk.responseId) ?? "";
    const candidates = listOf(chunk.candidates).filter(isFields);
    return candidates.map((candidate, position) => [numberOf(candidate.index) ?? position, candidate] as const);
  }

  /** Every chunk's usage is that of the whole answer so far: the last one counts. */
  read(chunk: Fields, out: AnswerEvent[]): void {
    this.#model ||= textOf(chunk.modelVersion) ?? "";
    const candidates = this.candidatesOf(chunk);
    for (const [, candidate] of candidates) {
      if (candidate.groundingMetadata === undefined) continue;
      this.#searches = Math.max(this.#searches, searchesIn(candidate, generationOf(this.#model) >= 3));
    }
    const usage = readUsage(chunk, this.#searches);
    if (usage) out.push({ type: "usage-report", usage });
    for (const [index, candidate] of candidates) {
      this.#finish(index, candidate, out);
      if (this.#failed) return;
    }
    const blocked = blockedPrompt(chunk);
    if (!blocked || this.#blocked) return;
    this.#blocked = true;
    out.push({ type: "choice-finish", choice: 0, finish: blocked });
  }

  #finish(index: number, candidate: Fields, out: AnswerEvent[]): void {
    this.#seen.add(index);
    const parts = listOf(fieldsOf(candidate.content).parts);
    if (parts.some((part) => isFields(part) && (part.functionCall ?? part.function_call) !== undefined)) this.#called.add(index);
    const word = finishWord(candidate);
    if (word === undefined) return;
    const fault = failedFinish(word);
    if (fault) {
      this.#failed = true;
      out.push({ type: "answer-error", fault, told: "ending" });
      return;
    }
    const finish = readFinish(word, this.#called.has(index));
    // Older models end with every chunk.
    if (this.#finished.get(index) === finish.reason) return;
    this.#finished.set(index, finish.reason);
    out.push({ type: "choice-finish", choice: index, finish });
  }

  /** It said that it has come to its end; older models say so with every chunk. */
  hasFinished(index: number): boolean {
    return this.#finished.has(index);
  }

  /** There is no mark for the end on this wire: an answer is whole when every candidate that began has finished. */
  whole(): boolean {
    if (this.#failed) return false;
    if (this.#blocked) return true;
    for (const index of this.#seen) if (!this.#finished.has(index)) return false;
    return this.#finished.size > 0;
  }
}
