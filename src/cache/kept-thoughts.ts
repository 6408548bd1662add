import type { Item, ReasoningItem, ThoughtPlace } from "../exchange/index.ts";
import { type KeptTurn, putBack, turnOf } from "./kept-turn.ts";

/** Since the last use. */
const lifeMs = 24 * 60 * 60 * 1000;
const maxTotalBytes = 64 * 1024 * 1024;
const maxOwnerBytes = 8 * 1024 * 1024;
/** Counted for each turn beside its texts: so bytes bound the number too. */
const turnBytes = 512;

export interface WithThoughts {
  readonly items: readonly Item[];
  /** In how many turns something was put back. */
  readonly turns: number;
}

interface Kept extends KeptTurn {
  readonly keys: readonly string[];
  readonly bytes: number;
  expiresAt: number;
}

/** What is kept for one owner, the longest unused first. Each turn stands under all of its calls. */
interface Shelf {
  readonly turns: Map<string, Kept>;
  count: number;
  bytes: number;
}

/**
 * What a model thought before its calls, for callers who send their history back without it. In memory: a day from the last use,
 * 64 MB in all and 8 MB for one key; the longest unused goes first, and a restart forgets everything.
 */
export class KeptThoughts {
  readonly #now: () => number;
  readonly #shelves = new Map<string, Shelf>();
  #bytes = 0;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps what was thought in a turn that calls tools. Without a call there is nothing to find it by, and no provider asks for it.
   *
   * @param items the turn, whole and in order
   * @returns how many thoughts are kept now
   */
  keep(place: ThoughtPlace, items: readonly Item[]): number {
    const turn = turnOf(items, place.dialect);
    if (!turn?.thoughts.some(({ item }) => goesBack(item))) return 0;
    const keys = turn.callIds.map((callId) => keyOf(place, callId));
    const bytes = turnBytes + 2 * (keys.join("").length + JSON.stringify(turn.thoughts).length);
    if (bytes > maxOwnerBytes) return 0;
    const shelf = this.#shelves.get(place.owner) ?? { turns: new Map(), count: 0, bytes: 0 };
    for (const key of keys) this.#forget(place.owner, shelf, shelf.turns.get(key));
    this.#used(place.owner, shelf);
    this.#put(shelf, { ...turn, keys, bytes, expiresAt: this.#now() + lifeMs });
    shelf.count++;
    shelf.bytes += bytes;
    this.#bytes += bytes;
    this.#makeRoom(place.owner, shelf);
    return turn.thoughts.length;
  }

  /** Undefined where nothing is to be put back: mostly nobody has kept anything. */
  putBack(place: ThoughtPlace, items: readonly Item[]): WithThoughts | undefined {
    const shelf = this.#shelves.get(place.owner);
    if (!shelf) return undefined;
    this.#used(place.owner, shelf);
    return putBack(items, place.dialect, (callId) => this.#find(place, shelf, callId));
  }

  #find(place: ThoughtPlace, shelf: Shelf, callId: string): KeptTurn | undefined {
    const kept = shelf.turns.get(keyOf(place, callId));
    if (!kept) return undefined;
    if (kept.expiresAt <= this.#now()) {
      this.#forget(place.owner, shelf, kept);
      return undefined;
    }
    kept.expiresAt = this.#now() + lifeMs;
    this.#put(shelf, kept);
    return kept;
  }

  /** The shelves stand in the order of their last use. */
  #used(owner: string, shelf: Shelf): void {
    this.#shelves.delete(owner);
    this.#shelves.set(owner, shelf);
  }

  #put(shelf: Shelf, kept: Kept): void {
    for (const key of kept.keys) {
      shelf.turns.delete(key);
      shelf.turns.set(key, kept);
    }
  }

  #forget(owner: string, shelf: Shelf, kept: Kept | undefined): void {
    if (!kept) return;
    for (const key of kept.keys) if (shelf.turns.get(key) === kept) shelf.turns.delete(key);
    shelf.count--;
    shelf.bytes -= kept.bytes;
    this.#bytes -= kept.bytes;
    if (shelf.count === 0) this.#shelves.delete(owner);
  }

  /** First the owner's own: what has expired, and what is too much for one; then what others have not used for the longest time. */
  #makeRoom(owner: string, shelf: Shelf): void {
    this.#forgetWhile(owner, shelf, () => shelf.bytes > maxOwnerBytes);
    for (const [name, other] of this.#shelves) {
      this.#forgetWhile(name, other, () => this.#bytes > maxTotalBytes);
      if (other.count > 0) return;
    }
  }

  #forgetWhile(owner: string, shelf: Shelf, tooMuch: () => boolean): void {
    const now = this.#now();
    for (const kept of shelf.turns.values()) {
      if (kept.expiresAt > now && !tooMuch()) return;
      this.#forget(owner, shelf, kept);
    }
  }
}

/** What is sealed goes back to who sealed it; of plain thoughts some dialects ask for their own. */
function goesBack({ sealed, dialect }: ReasoningItem): boolean {
  return sealed !== undefined || dialect === "openai-chat" || dialect === "cohere-chat" || dialect === "ollama-chat";
}

function keyOf({ upstream, dialect }: ThoughtPlace, callId: string): string {
  return `${upstream}\n${dialect}\n${callId}`;
}
