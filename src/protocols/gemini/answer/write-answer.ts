import type { Answer, AnswerEvent, Usage } from "../../../exchange/index.ts";
import { play } from "../../conversation/play.ts";
import type { WriteContext } from "../../dialect.ts";
import { isoTime } from "../../iso-time.ts";
import type { Native } from "../fields.ts";
import { writeUsage } from "./usage.ts";
import { CandidateWriter } from "./write-candidate.ts";

/** A whole answer as `@google/genai` reads it. */
export function writeAnswer(answer: Answer, context: WriteContext): Native {
  const writer = new AnswerWriter(context);
  const parts = new Map<number, Native[]>();
  for (const event of play(answer)) {
    for (const [choice, some] of writer.step(event)) parts.set(choice, [...(parts.get(choice) ?? []), ...some]);
  }
  return writer.ending((choice, rest) => joined([...(parts.get(choice) ?? []), ...rest]));
}

/** What is written of an answer, whole or as a stream: its candidates, and the members around them. */
export class AnswerWriter {
  readonly #context: WriteContext;
  readonly #candidates = new Map<number, CandidateWriter>();
  #id = "";
  #model = "";
  #created: number | undefined;
  #usage: Usage | undefined;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** The parts that the event completes, by choice. */
  step(event: AnswerEvent): (readonly [number, Native[]])[] {
    switch (event.type) {
      case "answer-start":
        this.#id = event.id;
        this.#model = event.model;
        this.#created = event.created;
        this.#usage = event.usage ?? this.#usage;
        return [];
      case "usage-report":
        this.#usage = event.usage;
        return [];
      case "choice-finish":
        this.#candidate(event.choice).finish = event.finish;
        return [];
      case "answer-end":
      case "answer-error":
        return [];
      default: {
        const parts = this.#candidate(event.choice).step(event);
        return parts.length > 0 ? [[event.choice, parts]] : [];
      }
    }
  }

  /** A chunk with these parts. */
  chunk(choice: number, parts: readonly Native[]): Native {
    return { candidates: [{ content: { parts, role: "model" }, index: choice }], ...this.#around() };
  }

  /** @param partsOf the parts that stand in the ending, given what still waited */
  ending(partsOf: (choice: number, rest: Native[]) => Native[]): Native {
    if (this.#candidates.size === 0) this.#candidate(0);
    const numbers = [...this.#candidates.keys()].sort((a, b) => a - b);
    const written = numbers.map((choice) => {
      const candidate = this.#candidate(choice);
      const parts = partsOf(choice, candidate.rest());
      return { content: { ...(parts.length > 0 && { parts }), role: "model" }, ...candidate.ending(choice) };
    });
    const answer = this.#candidate(0).answer;
    const blocked = answer.promptFeedback !== undefined && written.every(({ content }) => !("parts" in content));
    return {
      ...(!blocked && { candidates: written }),
      ...answer,
      ...(this.#usage && { usageMetadata: writeUsage(this.#usage) }),
      ...this.#around(),
    };
  }

  #around(): Native {
    const createTime = this.#created === undefined ? undefined : isoTime(this.#created);
    return {
      modelVersion: this.#model === "" ? this.#context.request.model : this.#model,
      ...(createTime !== undefined && { createTime }),
      responseId: this.#id === "" ? this.#context.requestId.replace(/^req_/, "") : this.#id,
    };
  }

  #candidate(choice: number): CandidateWriter {
    let candidate = this.#candidates.get(choice);
    if (!candidate) {
      candidate = new CandidateWriter();
      this.#candidates.set(choice, candidate);
    }
    return candidate;
  }
}

/** A thought and its signature come one after the other; in a whole answer they are one part. */
function joined(parts: readonly Native[]): Native[] {
  const out: Native[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last?.thought === true && part.thought === true && last.thoughtSignature === undefined && last.functionCall === undefined) {
      out[out.length - 1] = { ...last, ...part, text: `${last.text as string}${part.text as string}` };
    } else {
      out.push(part);
    }
  }
  return out;
}
