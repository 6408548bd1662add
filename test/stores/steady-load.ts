import { clientKey, type GatewayProcess } from "../faults/gateway-process.ts";
import { percentile } from "../faults/promise.ts";

export interface Asked {
  /** In milliseconds from the begin of the load. */
  readonly at: number;
  readonly ms: number;
}

/** How requests fared, and how those fared meanwhile that went to a gateway beside, to which nothing happened. */
export interface Fared {
  readonly asked: readonly Asked[];
  readonly beside: readonly Asked[];
  readonly failed: number;
}

/** Requests at a steady rate to several gateways in turn, whatever becomes of those before, and at the same rate to one beside. */
export class SteadyLoad {
  /** Ids of all that got a whole answer, each gateway's own. */
  readonly whole: readonly Set<string>[];
  readonly #gateways: readonly GatewayProcess[];
  readonly #beside: GatewayProcess;
  readonly #everyMs: number;
  readonly #pending = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;
  #begun = 0;
  #asked: Asked[] = [];
  #askedBeside: Asked[] = [];
  #failed = 0;

  constructor(gateways: readonly GatewayProcess[], beside: GatewayProcess, rate: number) {
    this.#gateways = gateways;
    this.#beside = beside;
    this.#everyMs = 1_000 / rate;
    this.whole = gateways.map(() => new Set());
  }

  get wholeCount(): number {
    return this.whole.reduce((sum, { size }) => sum + size, 0);
  }

  begin(): void {
    [this.#asked, this.#askedBeside, this.#failed, this.#begun] = [[], [], 0, performance.now()];
    this.#timer = setInterval(() => {
      const which = this.#count++ % this.#gateways.length;
      this.#follow(this.#one(this.#gateways[which] as GatewayProcess, this.#asked, this.whole[which]));
      this.#follow(this.#one(this.#beside, this.#askedBeside, undefined));
    }, this.#everyMs);
  }

  /** When all are answered. */
  async end(): Promise<Fared> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return { asked: this.#asked, beside: this.#askedBeside, failed: this.#failed };
  }

  #follow(work: Promise<void>): void {
    const one: Promise<void> = work.finally(() => this.#pending.delete(one));
    this.#pending.add(one);
  }

  async #one({ port }: GatewayProcess, into: Asked[], whole: Set<string> | undefined): Promise<void> {
    const begun = performance.now();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "demo/echo", max_tokens: 20, messages: [{ role: "user", content: `number ${this.#count}` }] }),
      });
      await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status}`);
      whole?.add(answer.headers.get("x-sluice-request-id") ?? "");
      into.push({ at: begun - this.#begun, ms: performance.now() - begun });
    } catch {
      if (whole !== undefined) this.#failed++;
    }
  }
}

/**
 * By how much requests waited longer than those beside, which the same machine kept waiting: 99 of 100, in milliseconds; and once it is
 * past when no one should wait any more, 9 of 10.
 */
export function addedMs({ asked, beside }: Fared, waitsEndAfterMs: number) {
  const added = (share: number, fromMs: number) => {
    const [theirs, other] = [asked, beside].map((all) =>
      percentile(
        all.filter(({ at }) => at >= fromMs).map(({ ms }) => ms),
        share,
      ),
    ) as [number, number];
    return Math.round(theirs - other);
  };
  return { p99: added(0.99, 0), laterP90: added(0.9, waitsEndAfterMs) };
}

/** Of the promise, in milliseconds: so much longer do 99 of 100 wait, and so soon nobody waits any more; what is left is noise. */
export const promisedWaits = { addedMs: 60, endAfterMs: 2_000, noiseMs: 15 };

export function waitsAsPromised({ p99, laterP90 }: ReturnType<typeof addedMs>): boolean {
  return p99 <= promisedWaits.addedMs && laterP90 <= promisedWaits.noiseMs;
}
