import { createHash } from "node:crypto";

/**
 * Gemini may leave out the ids of calls and match results by name and order. An id that stands in for a missing one
 * follows from where the call stands, so that every turn gives the same, and never goes back to the wire.
 */
export function madeUpCallId(...place: readonly (string | number)[]): string {
  return `gemini_${createHash("sha256").update(place.join("\n")).digest("hex").slice(0, 20)}`;
}

/** The id for the wire; nothing where it was made up here. */
export function wireId(callId: string): { readonly id?: string } {
  return /^gemini_[0-9a-f]{20}$/.test(callId) ? {} : { id: callId };
}

interface AskedCall {
  readonly callId: string;
  readonly name: string;
  readonly told: boolean;
}

/** The calls of a conversation that wait for their results, while it is read. */
export class AskedCalls {
  #open: AskedCall[] = [];

  ask(callId: string, name: string, told: boolean): void {
    this.#open.push({ callId, name, told });
  }

  /** The call that a result answers: the one of its id, otherwise the first of its name that had none. */
  answer(id: string | undefined, name: string | undefined): string | undefined {
    const named = id === undefined ? -1 : this.#open.findIndex((call) => call.callId === id);
    const at = named >= 0 ? named : this.#open.findIndex((call) => call.name === name && (id === undefined || !call.told));
    return at < 0 ? undefined : this.#open.splice(at, 1)[0]?.callId;
  }
}
