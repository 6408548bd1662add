import type { AnswerEvent } from "../../../exchange/index.ts";
import { Blocks } from "../../conversation/blocks.ts";
import { type Fields, filled, geminiDialect, restOf, textOf } from "../fields.ts";
import { AnswerState } from "./answer-state.ts";
import { CandidateReader } from "./read-candidate.ts";
import { tierOf } from "./usage.ts";

const answerMembers = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "createTime", "error"]);

/** Reads `GenerateContentResponse` objects: the only one of a whole answer, or all of a stream. */
export class ChunkReader {
  readonly #state = new AnswerState();
  readonly #blocks = new Blocks();
  readonly #candidates = new Map<number, CandidateReader>();
  #started = false;
  #rest: Fields = {};

  /** @throws Fault `upstream_malformed` */
  read(chunk: Fields, out: AnswerEvent[]): void {
    this.#start(chunk, out);
    this.#rest = { ...this.#rest, ...restOf(chunk, answerMembers) };
    for (const [index, candidate] of this.#state.candidatesOf(chunk)) this.#candidate(index).read(candidate, out);
    const ends: AnswerEvent[] = [];
    this.#state.read(chunk, ends);
    const closed = new Set<number>();
    for (const event of ends) {
      if (event.type === "choice-finish") {
        this.#endChoice(event.choice, out);
        closed.add(event.choice);
      }
      out.push(event);
    }
    // What is said behind an end has one too.
    for (const [index] of this.#state.candidatesOf(chunk)) {
      if (this.#state.hasFinished(index) && !closed.has(index)) this.#endChoice(index, out);
    }
  }

  /** Of a whole answer, also what nobody finished. */
  close(out: AnswerEvent[]): void {
    for (const index of this.#candidates.keys()) if (!this.#state.hasFinished(index)) this.#endChoice(index, out);
  }

  whole(): boolean {
    return this.#state.whole();
  }

  #start(chunk: Fields, out: AnswerEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    const created = Date.parse(textOf(chunk.createTime) ?? "");
    out.push({
      type: "answer-start",
      id: textOf(chunk.responseId) ?? "",
      model: textOf(chunk.modelVersion) ?? "",
      ...(!Number.isNaN(created) && { created: Math.floor(created / 1000) }),
      ...tierOf(chunk),
    });
  }

  #candidate(index: number): CandidateReader {
    let reader = this.#candidates.get(index);
    if (!reader) {
      reader = new CandidateReader(index, this.#blocks, () => this.#state.id);
      this.#candidates.set(index, reader);
    }
    return reader;
  }

  /** What nobody here acts on rides along as a block that only this dialect's writer knows. */
  #endChoice(choice: number, out: AnswerEvent[]): void {
    this.#candidates.get(choice)?.end(out);
    const candidate = this.#candidates.get(choice)?.rest();
    const answer = choice === 0 ? this.#rest : {};
    const native = filled({ ...(candidate && { candidate }), ...(filled(answer) && { answer }) });
    if (!native) return;
    const item = { type: "opaque", dialect: geminiDialect, label: "metadata", role: "assistant", native } as const;
    out.push({ type: "opaque-item", block: this.#blocks.take(), choice, item });
  }
}
