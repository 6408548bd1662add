/** Why an answer ended, in words that no dialect owns. */
export type Ending = "stop" | "stop-sequence" | "length" | "context-full" | "call" | "filtered" | "refusal" | "pause" | "failed" | "none";

export interface ToldCall {
  readonly name: string;
  /** The text that the model wrote. */
  readonly arguments: string;
  /** Empty in dialects whose calls have none. */
  readonly id: string;
}

/** A call while a stream tells of it. */
export type TellingCall = { -readonly [Name in keyof ToldCall]: ToldCall[Name] };

export interface ToldUsage {
  /** All input, cached or not. */
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** What a client learns from an answer: the measure by which two dialects are compared. */
export interface Told {
  readonly text: string;
  readonly refusal: string;
  /** What may be read of the model's thoughts. */
  readonly reasoning: string;
  readonly calls: readonly ToldCall[];
  readonly ending: Ending;
  readonly usage?: ToldUsage;
  /** More than one answer was asked for. */
  readonly choices: number;
  /** The dialect's own mark that the answer is whole was there. */
  readonly whole: boolean;
  readonly error?: string;
  /** Calls that the provider itself made and answered inside the same answer: neither a stop nor a call to be answered. */
  readonly resolved: boolean;
}

export class Telling {
  text = "";
  refusal = "";
  reasoning = "";
  readonly calls: TellingCall[] = [];
  ending: Ending = "none";
  usage: ToldUsage | undefined;
  choices = 1;
  whole = false;
  error: string | undefined;
  resolved = false;

  told(): Told {
    const { text, refusal, reasoning, calls, ending, usage, choices, whole, error, resolved } = this;
    return {
      text,
      refusal,
      reasoning,
      calls,
      ending,
      choices,
      whole,
      resolved,
      ...(usage === undefined ? {} : { usage }),
      ...(error === undefined ? {} : { error }),
    };
  }
}

export function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
