import { createHash } from "node:crypto";

/** Since it was noted. */
const lifeMs = 24 * 60 * 60 * 1000;
const maxNotes = 100_000;
const maxOwnerNotes = 10_000;

interface Note {
  readonly upstream: string;
  readonly expiresAt: number;
}

/**
 * Which provider has sealed a thought, for the few answers that another one gave than the first of the route: so that the first
 * does not get them when it is asked again. Hashes in memory: a day, 10,000 for one key, 100,000 in all, the oldest go first.
 */
export class SealOrigins {
  readonly #now: () => number;
  readonly #owners = new Map<string, Map<string, Note>>();
  #count = 0;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(owner: string, seal: string, upstream: string): void {
    const notes = this.#owners.get(owner) ?? new Map<string, Note>();
    this.#owners.delete(owner);
    this.#owners.set(owner, notes);
    const key = hashOf(seal);
    if (!notes.delete(key)) this.#count++;
    notes.set(key, { upstream, expiresAt: this.#now() + lifeMs });
    this.#makeRoom(notes);
  }

  /** Mostly nothing was noted, and then no request has to be read. */
  knows(owner: string): boolean {
    return this.#owners.has(owner);
  }

  /** Undefined where it was not noted, or long ago. */
  of(owner: string, seal: string): string | undefined {
    const note = this.#owners.get(owner)?.get(hashOf(seal));
    return note && note.expiresAt > this.#now() ? note.upstream : undefined;
  }

  #makeRoom(own: Map<string, Note>): void {
    const now = this.#now();
    for (const key of own.keys()) {
      if (own.size <= maxOwnerNotes) break;
      own.delete(key);
      this.#count--;
    }
    for (const [owner, notes] of this.#owners) {
      for (const [key, { expiresAt }] of notes) {
        if (expiresAt > now && this.#count <= maxNotes) return;
        notes.delete(key);
        this.#count--;
      }
      this.#owners.delete(owner);
    }
  }
}

function hashOf(seal: string): string {
  return createHash("sha256").update(seal).digest("base64url").slice(0, 22);
}
