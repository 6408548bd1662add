import type { LookupFunction } from "node:net";
import type { Agent, buildConnector, Dispatcher } from "undici";
import { Fault } from "../../exchange/index.ts";
import { AddressGuard } from "./address-guard.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import { NodeCall } from "./node-call.ts";
import type { TransportOptions } from "./open-transport.ts";
import type { Transport, UpstreamAnswer, UpstreamRequest } from "./transport.ts";

/** Upstream sockets on Node, by undici's `dispatch()`. Loaded only there. */
export async function openNodeTransport(options: TransportOptions): Promise<Transport> {
  const undici = await import("undici");
  return new NodeTransport(options, undici.Agent);
}

class NodeTransport implements Transport {
  readonly #guard: AddressGuard;
  readonly #watch = new DeadlineWatch();
  readonly #open: Agent;
  readonly #guarded: Agent;

  constructor(options: TransportOptions, agent: typeof Agent) {
    this.#guard = new AddressGuard(options);
    const ca = options.certificateAuthorities;
    const tls: buildConnector.BuildOptions = { timeout: 0, ...(ca === undefined ? {} : { ca }) };
    const common = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000, maxResponseSize: -1 };
    this.#open = new agent({ ...common, connect: tls });
    this.#guarded = new agent({ ...common, connect: { ...tls, lookup: this.#lookup } });
  }

  async send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    if (signal.aborted) throw new Fault("client_gone");
    const { url, privateAllowed } = request;
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      throw new Fault("upstream_unreachable", { message: "An upstream's address must begin with http: or https:." });
    }
    // A literal address is connected without a lookup, and a forbidden name is better refused before a connection is queued.
    const vetting = privateAllowed ? undefined : this.#guard.vet(url.hostname);
    const agent: Dispatcher = privateAllowed ? this.#open : this.#guarded;
    return new NodeCall(agent, this.#watch, request, signal).send(vetting);
  }

  async close(): Promise<void> {
    await Promise.all([this.#open.destroy(), this.#guarded.destroy()]);
  }

  /** The only names that a guarded connection can reach are the addresses that were checked. */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    Promise.resolve()
      .then(() => this.#guard.vet(hostname))
      .then(
        (addresses) => {
          const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
          if (options.all === true) callback(null, found);
          else callback(null, found[0]?.address ?? "", found[0]?.family);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
      );
  };
}
