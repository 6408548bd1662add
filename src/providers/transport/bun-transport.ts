import { Fault } from "../../exchange/index.ts";
import { AddressGuard } from "./address-guard.ts";
import { BunCall } from "./bun-call.ts";
import { BunOrigin } from "./bun-origin.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { TransportOptions } from "./open-transport.ts";
import type { Transport, UpstreamAnswer, UpstreamRequest } from "./transport.ts";

const maxOrigins = 4096;
const notHttp = "An upstream's address must begin with http: or https:.";

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

  send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    if (signal.aborted) return Promise.reject(new Fault("client_gone"));
    const origin = this.#origins.get(request.url.origin) ?? this.#newOrigin(request.url);
    if (origin === undefined) return Promise.reject(new Fault("upstream_unreachable", { message: notHttp }));
    return new BunCall(origin, this.#guard, this.#watch, request, signal).send();
  }

  async close(): Promise<void> {
    // Bun owns its pool: idle connections close by themselves and keep no process alive.
    this.#origins.clear();
  }

  #newOrigin(url: URL): BunOrigin | undefined {
    if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
    const origin = new BunOrigin(url, this.#options);
    for (const oldest of this.#origins.keys()) {
      if (this.#origins.size < maxOrigins) break;
      this.#origins.delete(oldest);
    }
    this.#origins.set(url.origin, origin);
    return origin;
  }
}
