import { isIP } from "node:net";
import { knock } from "./knock.ts";

/** An origin that has not answered for so long is knocked at beside the next call. */
const silentMs = 10_000;

export interface OriginOptions {
  readonly certificateAuthorities?: string;
  /** A proxy makes the connections, so that a knock of our own would say nothing. */
  readonly proxied?: boolean;
}

/** What is known of an origin between calls. */
export class BunOrigin {
  /** Host and port, as messages name them. */
  readonly name: string;
  /** The host as `host` headers and the guard want it. */
  readonly host: string;
  readonly hostname: string;
  /** For a connection to one of its addresses: the certificate is checked against the name. */
  readonly tlsByAddress: { readonly ca?: string; readonly serverName?: string } | undefined;
  readonly tlsByName: { readonly ca: string } | undefined;
  /** The place, among the permitted addresses, of the one that answered last. */
  preferred = 0;
  readonly #secure: boolean;
  readonly #port: number;
  readonly #knocks: boolean;
  readonly #waiting = new Set<() => void>();
  #reachedMs = Number.NEGATIVE_INFINITY;
  #giveUp: (() => void) | undefined;

  constructor(url: URL, options: OriginOptions) {
    this.#secure = url.protocol === "https:";
    this.#port = url.port !== "" ? Number(url.port) : this.#secure ? 443 : 80;
    this.#knocks = options.proxied !== true;
    this.host = url.host;
    this.hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    this.name = `${url.hostname}:${this.#port}`;
    const ca = options.certificateAuthorities;
    const serverName = isIP(this.hostname) === 0 ? { serverName: this.hostname } : {};
    this.tlsByAddress = this.#secure ? { ...(ca === undefined ? {} : { ca }), ...serverName } : undefined;
    this.tlsByName = this.#secure && ca !== undefined ? { ca } : undefined;
  }

  /** The beginning of a URL that connects to this very address. */
  at(address: string): string {
    return `${this.#secure ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${this.#port}`;
  }

  answered(): void {
    this.#reachedMs = performance.now();
  }

  /**
   * Bun's fetch says nothing of its connect phase. Where nothing was heard of the origin lately, a plain connection is
   * tried beside it, one for all calls that wait; `onSilent` is called when nobody opens within `withinMs`. The returned
   * function says that the call waits no more.
   */
  knock(address: string, withinMs: number, onSilent: () => void): (() => void) | undefined {
    if (!this.#knocks || performance.now() - this.#reachedMs < silentMs) return undefined;
    this.#waiting.add(onSilent);
    this.#giveUp ??= knock(address, this.#port, withinMs, (silent) => {
      this.#giveUp = undefined;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      if (!silent) return this.answered();
      this.preferred += 1;
      for (const tell of waiting) tell();
    });
    return () => {
      this.#waiting.delete(onSilent);
      if (this.#waiting.size > 0) return;
      this.#giveUp?.();
      this.#giveUp = undefined;
    };
  }
}
