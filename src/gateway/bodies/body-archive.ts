import type { Config } from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { BodySeals } from "../../secrets/index.ts";
import { type BodyStore, bodyOwner, type KeptBody, packBody, type SettledRecord, unpackBody } from "../../storage/index.ts";
import { BodyQueue, type WaitingBody } from "./body-queue.ts";
import { MemoryRoom } from "./memory-room.ts";

export interface ArchiveOptions {
  readonly seals: BodySeals;
  readonly store: BodyStore;
  readonly warn: (message: string) => void;
  readonly now: () => number;
  readonly pauseMs?: readonly [number, number];
}

const dayMs = 86_400_000;
const lookEveryMs = 3_600_000;
const usualMemoryBytes = 64 * 1024 * 1024;
const usualDays = 30;
const firstLookMs = 7_000;
const longestWaitMs = 3_000;

/** What was asked and answered, sealed: written beside the requests, read back and erased by operators. */
export class BodyArchive {
  readonly room = new MemoryRoom(usualMemoryBytes);
  readonly #options: ArchiveOptions;
  readonly #queue: BodyQueue;
  readonly #timers: readonly ReturnType<typeof setTimeout>[];
  #keepDays: number | undefined;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    const { warn, pauseMs } = options;
    this.#queue = new BodyQueue({ write: (waiting) => this.#write(waiting), warn, ...(pauseMs && { pauseMs }) });
    const look = () => void this.look();
    this.#timers = [setTimeout(look, firstLookMs), setInterval(look, lookEveryMs)];
    for (const timer of this.#timers) timer.unref();
  }

  /** Why no body can be kept that begins now; undefined where it can. */
  get refusal(): string | undefined {
    if (this.#queue.trouble !== undefined) return this.#queue.trouble;
    // So much that a body of some size has a chance.
    const { room } = this;
    return room.used > room.most * 0.95 ? `${room.used} bytes of bodies wait to be written` : undefined;
  }

  /** How much memory they may take, and how long they are kept, from now on. */
  configure({ records, stores }: Pick<Config, "records" | "stores">): void {
    this.room.most = records.bodies?.memoryBytes ?? usualMemoryBytes;
    // What was kept before goes in time, also where nothing more is kept.
    const days = records.bodies?.keepDays ?? Math.min(usualDays, records.keepDays ?? usualDays);
    this.#keepDays = stores.bodies.kind === "disk" ? days : undefined;
  }

  /** @throws Fault `vault_locked` where nothing can be sealed */
  async ready(): Promise<void> {
    await this.#options.seals.ready(bodyOwner(undefined));
  }

  keep(waiting: WaitingBody): void {
    this.#queue.add(waiting);
  }

  async #write({ startedAt, owner, id, body }: WaitingBody): Promise<void> {
    const sealed = await this.#options.seals.seal(owner, id, packBody(body));
    await this.#options.store.put({ startedAt, owner, id }, sealed);
  }

  /**
   * The body of a record. Undefined where there is none: it was never kept, dropped with its day, erased, or its process died first.
   * @throws Fault `vault_locked` where it does not open, `store_unavailable` where the store does not answer
   */
  async read(record: SettledRecord): Promise<KeptBody | undefined> {
    const place = placeOf(record);
    await this.#written(place.id);
    const sealed = await this.#asked(() => this.#options.store.get(place));
    return sealed && unpackBody(await this.#options.seals.open(place.owner, place.id, sealed));
  }

  /** @returns whether there was one, where the store tells @throws Fault `store_unavailable` */
  async erase(record: SettledRecord): Promise<boolean> {
    await this.#written(record.id);
    return this.#asked(() => this.#options.store.remove(placeOf(record)));
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Fault("store_unavailable", { message: `The store of bodies does not answer: ${why}.`, cause });
    }
  }

  /** Drops the days that are over for long enough. */
  async look(): Promise<void> {
    if (this.#keepDays === undefined) return;
    const { store, now, warn } = this.#options;
    try {
      await store.dropBefore((Math.floor(now() / dayMs) - this.#keepDays) * dayMs);
    } catch (error) {
      warn(`Old bodies could not be dropped; it is tried again within the hour. ${String(error)}`);
    }
  }

  /** A body that is on its way is waited for. @throws Fault `store_unavailable` */
  async #written(id: string): Promise<void> {
    for (const until = performance.now() + longestWaitMs; this.#queue.holds(id); ) {
      if (performance.now() > until)
        throw new Fault("store_unavailable", {
          message: `The body of ${id} is not written yet: ${this.#queue.trouble ?? "others are before it"}.`,
        });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#queue.close();
    await this.#options.store.close();
  }
}

function placeOf({ startedAt, organisation, id }: SettledRecord) {
  return { startedAt, owner: bodyOwner(organisation), id };
}
