import { Fault, type LeaveSignal } from "../../exchange/index.ts";
import { AddressGuard } from "./address-guard.ts";
import { Backlog } from "./backlog.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import { isMetadataAddress } from "./forbidden-address.ts";
import type { OpenLink, Runtime } from "./link.ts";
import type { TransportOptions } from "./open-transport.ts";
import { Origin } from "./origin.ts";
import type { Transport, UpstreamAnswer, UpstreamRequest } from "./transport.ts";
import { UpstreamCall } from "./upstream-call.ts";

const maxOrigins = 4096;
const metadataRefusal = "The host name leads to a link-local address or to a cloud's metadata service, where no provider is.";
const notHttp = "An upstream's address must begin with http: or https:.";

/** Who may be reached, and the connections there: apart, so that a call that may go anywhere never leaves its connection to one that may not. */
interface Reach {
  readonly origins: Map<string, Origin>;
  readonly guard: AddressGuard;
}

/** HTTP/1.1 over the runtime's sockets. docs/decisions says why it is not `fetch`. */
export class SocketTransport implements Transport {
  readonly #openLink: OpenLink;
  readonly #options: TransportOptions;
  readonly #watch = new DeadlineWatch();
  readonly #backlog: Backlog;
  readonly #outside: Reach;
  readonly #inside: Reach;
  readonly #anywhere: Reach;

  constructor({ openLink, collect }: Runtime, options: TransportOptions) {
    this.#openLink = openLink;
    this.#backlog = new Backlog(collect);
    this.#options = options;
    this.#outside = { origins: new Map(), guard: new AddressGuard(options) };
    const inside = { ...options, isForbidden: isMetadataAddress, refusal: metadataRefusal, keptMs: 0 };
    this.#inside = { origins: new Map(), guard: new AddressGuard(inside) };
    this.#anywhere = { origins: new Map(), guard: new AddressGuard({ ...inside, isForbidden: () => false }) };
  }

  send(request: UpstreamRequest, signal: LeaveSignal): Promise<UpstreamAnswer> {
    if (signal.aborted) return Promise.reject(new Fault("client_gone"));
    const { origins, guard } = request.metadataAllowed ? this.#anywhere : request.privateAllowed ? this.#inside : this.#outside;
    const origin = origins.get(request.url.origin) ?? this.#newOrigin(origins, request.url);
    if (origin === undefined) return Promise.reject(new Fault("upstream_unreachable", { message: notHttp }));
    return new UpstreamCall(origin, this.#watch, this.#backlog, request, signal).send(guard);
  }

  async addresses(host: string, privateAllowed: boolean): Promise<readonly string[]> {
    return (privateAllowed ? this.#inside : this.#outside).guard.vet(host);
  }

  async close(): Promise<void> {
    for (const { origins } of [this.#outside, this.#inside, this.#anywhere]) {
      for (const origin of origins.values()) origin.close();
      origins.clear();
    }
  }

  #newOrigin(origins: Map<string, Origin>, url: URL): Origin | undefined {
    if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
    const origin = new Origin(url, this.#openLink, this.#options.certificateAuthorities);
    for (const [oldest, dropped] of origins) {
      if (origins.size < maxOrigins) break;
      dropped.close();
      origins.delete(oldest);
    }
    origins.set(url.origin, origin);
    return origin;
  }
}
