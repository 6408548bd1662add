import { Fault } from "../../exchange/index.ts";

/** A server that the config names. */
export interface ElsewhereOptions {
  /** With its password, where it has one. */
  readonly url: string;
  /** For people: `the counters' store`. */
  readonly name: string;
  /** How long a call may take. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
  /** Of this machine, in milliseconds since the epoch. Default: the runtime's. */
  readonly now?: (() => number) | undefined;
}

export interface StoreConnectionOptions<Client> {
  /** For people: `the counters' store`. Never an address. */
  readonly name: string;
  /** How long a call may take. */
  readonly timeoutMs: number;
  /** A client that was heard of just now. */
  open(): Promise<Client>;
  /** The smallest call. */
  ask(client: Client): Promise<unknown>;
  /** Ends a client at once, with all that waits for it. */
  close(client: Client): void;
  /** Whether an error says no more than that this one call was wrong. Default: none does. */
  readonly isAnswer?: (error: unknown) => boolean;
  readonly warn: (message: string) => void;
}

/** So many calls that came to nothing in a row, and no more are made. */
const mostMissed = 3;
const tryAgainMs = 250;
/** So often a new connection is asked whether it is fast enough. */
const mostAsked = 10;
/** An operator reads it once a minute. */
const refusalsEveryMs = 60_000;
/** Connecting takes several round trips (sixteen, where statements are made known), and no request waits for it. */
const openPatience = 15;

/**
 * The way to a store in another process. Every call has a deadline. A store that is gone or silent is called no more: whoever asks is
 * told at once, until a new connection has been heard of, which no request waits for.
 */
export class StoreConnection<Client> {
  readonly #options: StoreConnectionOptions<Client>;
  #client: Client | undefined;
  #missed = 0;
  #opening: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lostAtMs: number | undefined;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: StoreConnectionOptions<Client>) {
    this.#options = options;
  }

  /** Whether calls are made at the moment. */
  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /** Opens the first connection; where there is none, tries on by itself. @returns why there is none */
  async start(): Promise<unknown> {
    try {
      await this.#open();
      return undefined;
    } catch (error) {
      this.#lose(undefined, error);
      return error;
    }
  }

  /** @throws Fault `store_unavailable` when the store does not answer, or says no; what it said is the cause */
  async call<Result>(work: (client: Client) => Promise<Result>, timeoutMs: number = this.#options.timeoutMs): Promise<Result> {
    const client = this.#client;
    if (client === undefined) throw this.#unavailable(undefined);
    try {
      const result = await within(work(client), timeoutMs);
      this.#missed = 0;
      return result;
    } catch (error) {
      if (this.#options.isAnswer?.(error)) {
        this.#missed = 0;
        this.#refused(error);
        throw this.#unavailable(error);
      }
      // A deadline that was missed once may be a busy moment; an error of the connection is none.
      if (!(error instanceof Late) || ++this.#missed >= mostMissed) this.#lose(client, error);
      throw this.#unavailable(error);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#client !== undefined) this.#options.close(this.#client);
    this.#client = undefined;
  }

  /** The store is there: another connection would hear the same. */
  #refused(error: unknown): void {
    if (performance.now() - this.#refusedAtMs < refusalsEveryMs) return;
    this.#refusedAtMs = performance.now();
    this.#options.warn(`${capital(this.#options.name)} refuses what it is asked. ${reason(error)}`);
  }

  #unavailable(cause: unknown): Fault {
    return new Fault("store_unavailable", { message: `${capital(this.#options.name)} does not answer.`, retryAfterMs: 1_000, cause });
  }

  /** Several calls may lose the same client: the first one counts. */
  #lose(client: Client | undefined, error: unknown): void {
    if (this.#client !== client || this.#closed) return;
    this.#client = undefined;
    this.#missed = 0;
    if (client !== undefined) this.#options.close(client);
    if (this.#lostAtMs === undefined) {
      this.#lostAtMs = performance.now();
      this.#options.warn(`${capital(this.#options.name)} does not answer; it is tried until it does. ${reason(error)}`);
    }
    this.#tryAgain(client === undefined ? tryAgainMs : 0);
  }

  #tryAgain(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#open().catch(() => this.#tryAgain(tryAgainMs));
    }, afterMs);
    this.#timer.unref();
  }

  /**
   * A store that came back, and is slower than a call may be, would keep requests waiting again and again. It is asked on the connection
   * that it has: new ones cost memory. @throws where it does not answer in time for long
   */
  async #answersInTime(client: Client): Promise<void> {
    for (let asked = 1; ; asked++) {
      try {
        // Twice: where this process was late by itself, a slow answer may lie ready when it is looked for.
        for (let each = 0; each < 2; each++) await within(this.#options.ask(client), this.#options.timeoutMs);
        return;
      } catch (error) {
        if (this.#closed || asked === mostAsked || !(error instanceof Late)) {
          this.#options.close(client);
          throw error;
        }
        await new Promise<void>((resolve) => setTimeout(resolve, tryAgainMs).unref());
      }
    }
  }

  #open(): Promise<void> {
    this.#opening ??= this.#opened().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #opened(): Promise<void> {
    const opening = this.#options.open();
    let client: Client;
    try {
      client = await within(opening, this.#options.timeoutMs * openPatience);
    } catch (error) {
      // It may still come, too late to be wanted.
      opening.then(this.#options.close, () => undefined);
      throw error;
    }
    if (this.#lostAtMs !== undefined) await this.#answersInTime(client);
    if (this.#closed) return this.#options.close(client);
    this.#client = client;
    if (this.#lostAtMs !== undefined) {
      this.#options.warn(
        `${capital(this.#options.name)} answers again, after ${Math.ceil((performance.now() - this.#lostAtMs) / 1000)} s.`,
      );
    }
    this.#lostAtMs = undefined;
  }
}

/** A deadline was missed. */
class Late extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

function within<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Where this process itself was late, the answer may lie ready: it is read before the deadline counts.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => reject(new Late(timeoutMs)))), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The kind of trouble, for the log: clients' messages may hold addresses with passwords. */
function reason(error: unknown): string {
  if (error instanceof Late) return `(${error.message})`;
  const code = (error as { errno?: unknown; code?: unknown } | undefined)?.errno ?? (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? `(${code})` : "";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
