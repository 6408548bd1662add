import { BodyNotKept, type BodyPlace, type BodyStore, pathOf } from "./body-store.ts";
import type { FolderBodies } from "./folder-bodies.ts";

export interface ForwardOptions {
  /** Where bodies wait, on this machine's disk. */
  readonly waiting: FolderBodies;
  readonly to: BodyStore;
  /** How much may wait. */
  readonly mostBytes: number;
  readonly warn: (message: string) => void;
  /** Between two tries while the store does not take them: from the first to the second. Default 1,000 and 30,000. */
  readonly pauseMs?: readonly [number, number];
}

const atOnce = 8;
/** What lies so long was left by a process that is dead. */
const leftMs = 60_000;
const lookEveryMs = 300_000;

/**
 * Bodies on their way to a store elsewhere: they are on this machine's disk first, so that nothing is lost while that store is away,
 * and go on from there. Processes that share the folder may send the same body twice, which is the same as once.
 */
export class ForwardedBodies implements BodyStore {
  readonly #options: ForwardOptions;
  readonly #names = new Map<string, { readonly place: BodyPlace; readonly bytes: number }>();
  #bytes = 0;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #closed = false;
  #trouble = false;
  readonly #look: ReturnType<typeof setInterval>;

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#look = setInterval(() => void this.takeOver(), lookEveryMs);
    this.#look.unref();
    void this.takeOver(0);
  }

  /** How much waits. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Takes up what processes before this one left. */
  async takeOver(olderMs = leftMs): Promise<void> {
    try {
      for await (const { place, bytes, writtenAt } of this.#options.waiting.list())
        if (Date.now() - writtenAt >= olderMs) this.#add(place, bytes);
    } catch (error) {
      this.#options.warn(`The bodies that wait for their store could not be listed. ${String(error)}`);
    }
  }

  async put(place: BodyPlace, sealed: Uint8Array): Promise<void> {
    const { waiting, mostBytes } = this.#options;
    if (this.#bytes + sealed.length > mostBytes)
      throw new BodyNotKept(`the store of bodies does not take them, and ${this.#bytes} bytes wait for it already`);
    await waiting.put(place, sealed);
    this.#add(place, sealed.length);
  }

  async get(place: BodyPlace): Promise<Uint8Array | undefined> {
    const { waiting, to } = this.#options;
    // It may have gone between the first look and the second.
    return (await waiting.get(place)) ?? (await to.get(place));
  }

  async remove(place: BodyPlace): Promise<boolean> {
    const { waiting, to } = this.#options;
    const waited = await waiting.remove(place);
    this.#forget(pathOf(place));
    return (await to.remove(place)) || waited;
  }

  /** What waits and is too old goes as well: whoever keeps it elsewhere would drop it at once. */
  async dropBefore(time: number): Promise<number> {
    return (await this.#options.waiting.dropBefore(time)) + (await this.#options.to.dropBefore(time));
  }

  /** What is not sent by then waits for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#look);
    this.#wake?.();
    await this.#running;
    await this.#options.to.close();
  }

  #add(place: BodyPlace, bytes: number): void {
    const name = pathOf(place);
    if (this.#names.has(name)) return;
    this.#names.set(name, { place, bytes });
    this.#bytes += bytes;
    this.#running ??= this.#send().finally(() => {
      this.#running = undefined;
    });
  }

  #forget(name: string): void {
    this.#bytes -= this.#names.get(name)?.bytes ?? 0;
    this.#names.delete(name);
  }

  async #send(): Promise<void> {
    const [first, longest] = this.#options.pauseMs ?? [1_000, 30_000];
    for (let pauseMs = first; this.#names.size > 0 && !this.#closed; ) {
      // While it is in trouble one is enough to find out.
      const some = [...this.#names].slice(0, this.#trouble ? 1 : atOnce);
      const outcomes = await Promise.allSettled(some.map(([name, { place }]) => this.#sendOne(name, place)));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      this.#told(failed?.reason);
      if (failed === undefined) {
        pauseMs = first;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pauseMs = Math.min(longest, pauseMs * 2);
    }
  }

  async #sendOne(name: string, place: BodyPlace): Promise<void> {
    const { waiting, to } = this.#options;
    const sealed = await waiting.get(place);
    if (sealed !== undefined) {
      await to.put(place, sealed);
      const isThere = await waiting.remove(place);
      // Erased while it was sent.
      if (!isThere && this.#names.has(name) === false) await to.remove(place);
    }
    this.#forget(name);
  }

  #told(reason: unknown): void {
    if (reason !== undefined && !this.#trouble)
      this.#options.warn(
        `The store of bodies does not take them; they wait on this machine's disk. ${reason instanceof Error ? reason.message : ""}`,
      );
    if (reason === undefined && this.#trouble) this.#options.warn("The store of bodies takes them again.");
    this.#trouble = reason !== undefined;
  }
}
