import { AddressGuard } from "./address-guard.ts";
import { BunCall } from "./bun-call.ts";
import { BunOrigin } from "./bun-origin.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { TransportOptions } from "./open-transport.ts";
import type { Transport, UpstreamAnswer, UpstreamRequest } from "./transport.ts";

const maxOrigins = 4096;

/** Upstream sockets by Bun's `fetch` and its pool. */
export class BunTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #guard: AddressGuard;
  readonly #watch = new DeadlineWatch();
  readonly #origins = new Map<string, BunOrigin>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#guard = new AddressGuard(options);
  }

  async send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    return await new BunCall(this.#originOf(request.url), this.#guard, this.#watch, request, signal).send();
  }

  async close(): Promise<void> {
    // Bun owns its pool: idle connections close by themselves and keep no process alive.
    this.#origins.clear();
  }

  #originOf(url: URL): BunOrigin {
    const key = url.origin;
    const known = this.#origins.get(key);
    if (known !== undefined) return known;
    const origin = new BunOrigin(url, this.#options);
    for (const oldest of this.#origins.keys()) {
      if (this.#origins.size < maxOrigins) break;
      this.#origins.delete(oldest);
    }
    this.#origins.set(key, origin);
    return origin;
  }
}
