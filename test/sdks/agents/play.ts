import { createHash } from "node:crypto";

export type Json = Record<string, unknown>;

/** A call as the model makes it: with an object, or with free text for tools that take no JSON. */
export interface PlayedCall {
  readonly name: string;
  /** Under which the agent has put the tool. */
  readonly namespace?: string;
  readonly input: Json | string;
}

/** What the model does in one turn. A turn without calls ends the round: the user speaks next, or nobody. */
export interface PlayedTurn {
  readonly number: number;
  readonly thought: string | undefined;
  /** The thought comes unreadable, where the dialect has that. */
  readonly redacted: boolean;
  readonly text: string | undefined;
  readonly calls: readonly PlayedCall[];
}

/** Twenty turns of a coding agent: what the user asks, and what the model does. Both sides know it, so each can check the other. */
export interface Play {
  readonly turns: readonly PlayedTurn[];
  /** The names of the tools that the agent offers; those that only its own dialect knows, and those of all others. */
  readonly tools: readonly string[];
  readonly plainTools: readonly string[];
  readonly system: string;
  readonly questions: readonly string[];
}

export const turnCount = 20;
/** The turn whose answer has no calls: the user goes on with a second question. */
const pause = 11;

/** How an agent says what its model is to do. @param callOf the call of a place in the play */
export function playOf(parts: Pick<Play, "tools" | "plainTools" | "system">, callOf: (turn: number, place: number) => PlayedCall): Play {
  const turns = Array.from({ length: turnCount }, (_, number): PlayedTurn => {
    const ends = number === pause || number === turnCount - 1;
    // In a round of tools the model thinks before most calls, not before all.
    const thinks = number % 4 !== 3 || number === pause;
    return {
      number,
      thought: thinks ? thoughtOf(number) : undefined,
      redacted: thinks && number % 8 === 5,
      text: ends || number % 3 === 0 ? `Step ${number}: I look further, “so” – ✓.` : undefined,
      calls: ends ? [] : Array.from({ length: 1 + (number % 3) }, (_, place) => callOf(number, place)),
    };
  });
  return { ...parts, turns, questions: ["Mend the failing test in src/größe.ts.", "Good. Now do the same for the other file."] };
}

function thoughtOf(number: number): string {
  return `In step ${number} I must look at the file first.\nThen "decide" — und zwar gründlich \u{1F914}.`;
}

/** The calls under the names that a provider without namespaces knows. */
export function plainCalls({ calls }: PlayedTurn): readonly PlayedCall[] {
  return calls.map(({ name, namespace, input }) => ({ name: namespace === undefined ? name : `${namespace}__${name}`, input }));
}

/** What the tool says to a call. Some fail. */
export function resultOf({ name, input }: PlayedCall): { readonly text: string; readonly isError: boolean } {
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted(input)))
    .digest("hex");
  const isError = digest.charCodeAt(0) % 5 === 0;
  return { text: `${isError ? "Error: " : ""}${name} → ${digest.slice(0, 24)}\n\tüber "alles"`, isError };
}

/** Tools read JSON, whose members have no order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/** Bytes that only the provider can read, as base64: long, and the same for the same place. */
export function sealedBytes(...place: readonly (string | number)[]): string {
  const seed = place.join(" ");
  const length = 300 + (createHash("sha256").update(seed).digest()[0] ?? 0) * 5;
  return createHash("shake256", { outputLength: length }).update(seed).digest("base64");
}

/** A short id of the same kind. */
export function madeId(prefix: string, ...place: readonly (string | number)[]): string {
  return prefix + createHash("sha256").update(place.join(" ")).digest("hex").slice(0, 22);
}

/** Splits into pieces that put together give the text again, no two of the same length. */
export function piecesOf(text: string): string[] {
  const signs = [...text];
  const pieces: string[] = [];
  for (let at = 0, length = 3; at < signs.length; at += length, length = 3 + ((length * 7) % 23)) {
    pieces.push(signs.slice(at, at + length).join(""));
  }
  return pieces;
}
