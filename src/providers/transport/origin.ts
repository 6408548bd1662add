import { Connection, type ConnectionUser } from "./connection.ts";
import type { LinkTarget, OpenLink } from "./link.ts";

/** Below what load balancers allow a silent connection (60 s), so that it is us who closes. */
const maxRestMs = 55_000;
const sweepMs = 5_000;

/** An upstream's scheme, host and port, with the connections that rest between calls. */
export class Origin {
  /** Host and port, as messages name them. */
  readonly name: string;
  readonly hostHeader: string;
  readonly hostname: string;
  /** The place, among the permitted addresses, of the one to begin with. */
  preferred = 0;
  readonly #port: number;
  readonly #tls: LinkTarget["tls"];
  readonly #openLink: OpenLink;
  /** The one that rested last is taken first, so that what is not needed grows old. A narrow window stays narrow. */
  readonly #resting: Connection[] = [];
  readonly #restingNarrow: Connection[] = [];
  #sweep: ReturnType<typeof setInterval> | undefined;

  constructor(url: URL, openLink: OpenLink, certificateAuthorities: string | undefined) {
    const secure = url.protocol === "https:";
    this.#port = url.port !== "" ? Number(url.port) : secure ? 443 : 80;
    this.#openLink = openLink;
    this.hostHeader = url.host;
    this.hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    this.name = `${url.hostname}:${this.#port}`;
    this.#tls = secure ? { serverName: this.hostname, certificateAuthorities } : undefined;
  }

  /** A resting connection, if there is one. */
  reuse(narrow: boolean): Connection | undefined {
    return narrow ? this.#restingNarrow.pop() : this.#resting.pop();
  }

  connect(host: string, narrow: boolean, user: ConnectionUser): Connection {
    const target = { host, port: this.#port, tls: this.#tls, narrow };
    return new Connection(this.#openLink, target, user, this.#rest, this.#forget);
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const resting of [this.#resting, this.#restingNarrow]) {
      for (const connection of resting.splice(0)) connection.destroy();
    }
  }

  readonly #rest = (connection: Connection): void => {
    connection.restingSinceMs = performance.now();
    this.#likeOf(connection).push(connection);
    if (this.#sweep !== undefined) return;
    this.#sweep = setInterval(() => this.#dropOld(), sweepMs);
    this.#sweep.unref();
  };

  readonly #forget = (connection: Connection): void => {
    const resting = this.#likeOf(connection);
    const place = resting.indexOf(connection);
    if (place >= 0) resting.splice(place, 1);
  };

  #likeOf(connection: Connection): Connection[] {
    return connection.narrow ? this.#restingNarrow : this.#resting;
  }

  #dropOld(): void {
    const oldestMs = performance.now() - maxRestMs;
    for (const resting of [this.#resting, this.#restingNarrow]) {
      const young = resting.findIndex((connection) => connection.restingSinceMs >= oldestMs);
      for (const connection of resting.splice(0, young < 0 ? resting.length : young)) connection.destroy();
    }
    if (this.#resting.length + this.#restingNarrow.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
