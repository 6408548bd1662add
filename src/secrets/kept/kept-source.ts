import { Explanation, Fault } from "../../exchange/index.ts";
import { Secret } from "../secret.ts";
import type { SecretReading, SecretSource } from "../secret-source.ts";
import { type BackendReading, type SecretBackend, unavailable } from "../sources/backend.ts";
import { inTime } from "../sources/in-time.ts";
import { fieldOf, parted, valuesOf } from "./secret-field.ts";
import { standInFor } from "./stand-in.ts";

export interface KeptSourceOptions {
  readonly name: string;
  readonly backend: SecretBackend;
  readonly refreshMs: number;
  now(): number;
  /** In [0, 1): nodes that were started together do not ask together. */
  random(): number;
  /** A value of the source is another now. */
  changed(): void;
  warn(message: string): void;
}

/** What is known of one path of a source: no value. */
export interface KeptState {
  readonly source: string;
  readonly path: string;
  /** `stale`: the last reading failed, and the one before is in use. `missing`: there is none, or it has ended. */
  readonly status: "fresh" | "stale" | "missing";
  readonly version: string | null;
  /** Milliseconds since the epoch. */
  readonly readAt: number | null;
  readonly expiresAt: number | null;
  /** Why the last reading failed. */
  readonly problem: string | null;
}

interface Kept {
  readonly path: string;
  reading: BackendReading | undefined;
  /** Of a secret that was removed: what configs are served with in its place. */
  standIn: BackendReading | undefined;
  readAt: number;
  expiresAt: number;
  problem: string | undefined;
  pending: Promise<void> | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The last call of `begin` after which somebody asked for it. */
  generation: number;
  /** Another store is opened with it. */
  signsIn: boolean;
}

/** What is lent for a time is had anew when a third of it is left. */
const leftOfLife = 1 / 3;
const soonestMs = 1_000;
/** A shorter value may stand in another text by chance. */
const leastPart = 8;
const firstPausesMs = [300, 1_000, 2_000];

/**
 * A source whose secrets are read once, kept, and looked at again: at an interval, before they end, or when somebody asks. Where the
 * store is away the last known value stays good until its own end.
 */
export class KeptSource implements SecretSource {
  readonly #options: KeptSourceOptions;
  readonly #kept = new Map<string, Kept>();
  #generation = 0;
  #closed = false;
  /** Why the store is not asked any more: what it is asked with is not the config's any longer. */
  #signedOff: string | undefined;

  constructor(options: KeptSourceOptions) {
    this.#options = options;
  }

  /** A config is about to be read: what it does not ask for is forgotten when it is taken. */
  begin(): void {
    this.#generation++;
  }

  /** The config was taken. */
  taken(): void {
    for (const [path, kept] of this.#kept) {
      if (kept.generation === this.#generation) continue;
      clearTimeout(kept.timer);
      this.#kept.delete(path);
    }
  }

  /**
   * @param reference `PATH` or `PATH#FIELD`
   * @returns in the place of a secret that was in use and was removed, a text that opens nothing: all else goes on
   * @throws Fault `secret_unavailable`
   */
  async read(reference: string): Promise<SecretReading> {
    const { path, field } = parted(reference);
    const kept = this.#keptAt(path);
    kept.generation = this.#generation;
    if (!this.#usable(kept)) await this.#look(kept);
    if (kept.standIn !== undefined) return { value: fieldOf(kept.standIn.value, field, kept.path) };
    return this.#taken(kept, field);
  }

  /** Reads the path anew though it is kept. What is kept stays where that fails. @throws Fault where there is nothing then */
  async reread(reference: string): Promise<SecretReading> {
    const { path, field } = parted(reference);
    const kept = this.#keptAt(path);
    // A look that began before may have seen the old value.
    if (kept.pending) await kept.pending;
    await this.#look(kept, "anyway");
    return this.#taken(kept, field);
  }

  /** Until when what is kept of the path is good; 0 where it was removed, Infinity where it does not end, or nothing is kept. */
  endsAt(reference: string): number {
    const kept = this.#kept.get(parted(reference).path);
    return kept?.standIn === undefined ? (kept?.expiresAt ?? Number.POSITIVE_INFINITY) : 0;
  }

  /** Looks at everything now. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((kept) => this.#look(kept, "anyway")));
  }

  states(): readonly KeptState[] {
    return [...this.#kept.values()].map((kept) => ({
      source: this.#options.name,
      path: kept.path,
      status: !this.#usable(kept) ? "missing" : kept.problem === undefined ? "fresh" : "stale",
      version: kept.reading?.version ?? null,
      readAt: kept.readAt === 0 ? null : kept.readAt,
      expiresAt: Number.isFinite(kept.expiresAt) ? kept.expiresAt : null,
      problem: kept.problem ?? null,
    }));
  }

  /** Notes which of its secrets these texts, with which other stores are opened, are made of. @returns the stand-ins among them */
  standInsOf(texts: readonly string[]): readonly string[] {
    const standIns: string[] = [];
    for (const kept of this.#kept.values()) {
      const values = kept.standIn === undefined ? (kept.reading ? valuesOf(kept.reading.value) : []) : valuesOf(kept.standIn.value);
      const used = values.filter((value) => texts.some((text) => text === value || (value.length >= leastPart && text.includes(value))));
      if (used.length > 0) kept.signsIn = true;
      if (kept.standIn !== undefined) standIns.push(...used);
    }
    return standIns;
  }

  /**
   * The credential that the store is asked with was removed or is another now: the log-in that was had with it ends, at the store too
   * where that can be told. What is known stays in use; what was lent does not, for it ends with the log-in.
   */
  signOff(why: string): void {
    if (this.#signedOff !== undefined) return;
    this.#signedOff = why;
    void this.#options.backend.signOff?.();
    for (const kept of this.#kept.values()) {
      kept.problem = why;
      if (kept.reading?.renew !== undefined) this.#removed(kept, kept.reading, why);
    }
    this.#options.warn(`The store of secrets ${this.#options.name} is not asked any more: ${why}. The last known values stay in use.`);
  }

  /** The credential is there again, and the config's. @param why only where it was this for which the store is not asked */
  signOn(why = this.#signedOff): void {
    if (this.#signedOff === undefined || this.#signedOff !== why) return;
    this.#signedOff = undefined;
    for (const kept of this.#kept.values()) void this.#look(kept, "anyway");
  }

  /** Its log-in ends as well, at the store too where that can be told. Never throws. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#kept.values()) clearTimeout(timer);
    this.#kept.clear();
    if (this.#signedOff === undefined) await this.#options.backend.signOff?.();
  }

  #keptAt(path: string): Kept {
    const known = this.#kept.get(path);
    if (known) return known;
    const made: Kept = {
      path,
      reading: undefined,
      standIn: undefined,
      readAt: 0,
      expiresAt: Number.POSITIVE_INFINITY,
      problem: undefined,
      pending: undefined,
      timer: undefined,
      generation: this.#generation,
      signsIn: false,
    };
    this.#kept.set(path, made);
    return made;
  }

  #usable({ reading, expiresAt }: Kept): boolean {
    return reading !== undefined && this.#options.now() < expiresAt;
  }

  #taken(kept: Kept, field: string | undefined): SecretReading {
    const { reading, expiresAt, problem } = kept;
    if (reading === undefined || !this.#usable(kept)) throw unavailable(problem ?? "it has ended, and no other is there");
    return {
      value: fieldOf(reading.value, field, kept.path),
      ...(reading.version !== undefined && { version: reading.version }),
      ...(Number.isFinite(expiresAt) && { expiresAt }),
    };
  }

  /** All who ask at the same time share one look. Never throws: what went wrong stands in `problem`. */
  #look(kept: Kept, how: "when due" | "anyway" = "when due"): Promise<void> {
    kept.pending ??= this.#looked(kept, how).finally(() => {
      kept.pending = undefined;
      this.#schedule(kept);
    });
    return kept.pending;
  }

  async #looked(kept: Kept, how: "when due" | "anyway"): Promise<void> {
    const before = kept.reading;
    try {
      if (this.#signedOff !== undefined) throw unavailable(this.#signedOff);
      if (how === "when due" && (await this.#renewed(kept))) return;
      const reading = before === undefined ? await this.#firstRead(kept.path) : await this.#read(kept.path);
      // Lent to a log-in that has ended meanwhile.
      if (this.#signedOff !== undefined) throw unavailable(this.#signedOff);
      const wasRemoved = kept.standIn !== undefined;
      kept.reading = reading;
      kept.standIn = undefined;
      kept.expiresAt = reading.expiresAt ?? Number.POSITIVE_INFINITY;
      kept.readAt = this.#options.now();
      kept.problem = undefined;
      if (wasRemoved || (before !== undefined && !isSame(before, reading))) this.#options.changed();
    } catch (error) {
      // A folder that is not mounted for a while looks as if all its files were removed.
      if (before !== undefined && isRemoved(error) && (kept.signsIn || this.#options.backend.mayBeAway !== true))
        return this.#removed(kept, before, "it was removed");
      const problem = whyOf(error);
      // Said once, and not at every look.
      if (kept.problem === undefined && kept.reading !== undefined)
        this.#options.warn(
          `The secret ${this.#options.name}:${kept.path} could not be read anew; the last known value stays in use. ${problem}.`,
        );
      kept.problem = problem;
    }
  }

  /** Nobody uses it from here on, wherever the config refers to it. */
  #removed(kept: Kept, before: BackendReading, why: string): void {
    kept.standIn = standInFor(before);
    kept.reading = undefined;
    kept.expiresAt = Number.POSITIVE_INFINITY;
    kept.problem = why;
    const told = why === "it was removed" ? "was removed" : `cannot be used any more (${why})`;
    this.#options.warn(`The secret ${this.#options.name}:${kept.path} ${told}: what the config uses it for does not work from now on.`);
    this.#options.changed();
  }

  #read(path: string): Promise<BackendReading> {
    return inTime((signal) => this.#options.backend.read(path, signal));
  }

  /** A store that is started together with the gateway may not be there yet. */
  async #firstRead(path: string): Promise<BackendReading> {
    for (const pauseMs of firstPausesMs) {
      try {
        return await this.#read(path);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== "upstream_unreachable") throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
    return this.#read(path);
  }

  /** What is lent is renewed as long as that gives it the life that it had; then another is had. */
  async #renewed(kept: Kept): Promise<boolean> {
    const { reading } = kept;
    const renew = reading?.renew?.bind(reading);
    if (renew === undefined || !this.#usable(kept)) return false;
    const life = (reading?.expiresAt ?? 0) - kept.readAt;
    const endsAt = await inTime(renew).catch(() => 0);
    if (endsAt - this.#options.now() < life * leftOfLife) return false;
    kept.expiresAt = endsAt;
    kept.problem = undefined;
    return true;
  }

  #schedule(kept: Kept): void {
    clearTimeout(kept.timer);
    if (this.#closed || !this.#kept.has(kept.path)) return;
    const { refreshMs, now, random } = this.#options;
    const left = (kept.expiresAt - now()) * (1 - leftOfLife);
    // A secret that is lent is not had anew at every look: each would be another one.
    const due = kept.reading?.renew !== undefined && kept.problem === undefined ? left : Math.min(refreshMs, left);
    const waitMs = Math.min(Math.max(due, Math.min(soonestMs, refreshMs)), 86_400_000) * (0.9 + random() / 5);
    kept.timer = setTimeout(() => void this.#look(kept), waitMs);
    kept.timer.unref();
  }
}

function isRemoved(error: unknown): boolean {
  return error instanceof Fault && error.code === "object_unknown";
}

function isSame(one: BackendReading, other: BackendReading): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ value }: BackendReading): string {
  if (value instanceof Secret) return value.reveal();
  return JSON.stringify(Object.entries(value).map(([name, secret]) => [name, secret.reveal()]));
}

/** What the operator is told; a credential that could not be had says in its cause why. */
function whyOf(error: unknown): string {
  const { message, cause } = Fault.from(error, "secret_unavailable");
  return (cause instanceof Explanation ? cause.message : message).replace(/\.$/, "");
}
