import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Fault } from "../../exchange/index.ts";
import { isForbiddenAddress } from "./forbidden-address.ts";

export interface GuardOptions {
  /** All addresses of a name. Default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Default: everything that is not the public internet. */
  readonly isForbidden?: (address: string) => boolean;
  /** Why an address is refused, to whoever asked. */
  readonly refusal?: string;
  /** How long an answer of the resolver is taken for true without asking again. Default: 30 s, and 5 minutes while it is asked. */
  readonly keptMs?: number;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

interface Entry {
  readonly addresses: readonly string[];
  readonly checkedMs: number;
  refreshing: boolean;
}

const freshMs = 30_000;
/** So long an answer serves on while it is asked for anew, or while the resolver fails. */
const staleMs = 300_000;
const maxEntries = 4096;
const notNamed = "The host name leads to a private, loopback or link-local address that the config does not name (allowPrivateNetwork).";

/**
 * Says which addresses a name may be reached at. The caller connects to one of these and never resolves the name again,
 * so that the address that was checked is the address that is connected.
 */
export class AddressGuard {
  readonly #resolve: (hostname: string) => Promise<readonly string[]>;
  readonly #isForbidden: (address: string) => boolean;
  readonly #refusal: string;
  readonly #freshMs: number;
  readonly #staleMs: number;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<readonly string[]>>();

  constructor(options: GuardOptions = {}) {
    this.#resolve = options.resolve ?? systemAddresses;
    this.#isForbidden = options.isForbidden ?? isForbiddenAddress;
    this.#refusal = options.refusal ?? notNamed;
    this.#freshMs = options.keptMs ?? freshMs;
    this.#staleMs = options.keptMs ?? staleMs;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * The permitted addresses of a URL's host, IPv4 first; at once where they are known.
   * @throws Fault `upstream_forbidden_address` when none is permitted, `upstream_unreachable` when the name has none
   */
  vet(host: string): readonly string[] | Promise<readonly string[]> {
    const hostname = host.startsWith("[") ? host.slice(1, -1) : host;
    const entry = this.#entries.get(hostname);
    if (entry === undefined) return isIP(hostname) === 0 ? this.#ask(hostname) : this.#permitted(hostname, [hostname]);
    const ageMs = this.#nowMs() - entry.checkedMs;
    if (ageMs > this.#staleMs) return this.#ask(hostname);
    if (ageMs > this.#freshMs && !entry.refreshing) {
      entry.refreshing = true;
      this.#ask(hostname).catch(() => {
        entry.refreshing = false;
      });
    }
    return entry.addresses;
  }

  #ask(hostname: string): Promise<readonly string[]> {
    let pending = this.#pending.get(hostname);
    if (pending === undefined) {
      pending = this.#answer(hostname).finally(() => this.#pending.delete(hostname));
      this.#pending.set(hostname, pending);
    }
    return pending;
  }

  async #answer(hostname: string): Promise<readonly string[]> {
    let found: readonly string[];
    try {
      found = await this.#resolve(hostname);
    } catch (error) {
      throw new Fault("upstream_unreachable", { message: "The provider's host name could not be resolved.", cause: error });
    }
    // What was permitted before is not permitted any more once the name leads elsewhere.
    this.#entries.delete(hostname);
    const addresses = this.#permitted(hostname, found);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < maxEntries) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(hostname, { addresses, checkedMs: this.#nowMs(), refreshing: false });
    return addresses;
  }

  #permitted(hostname: string, found: readonly string[]): readonly string[] {
    const addresses = found.filter((address) => !this.#isForbidden(address));
    if (addresses.length > 0) return addresses.sort((left, right) => isIP(left) - isIP(right));
    if (found.length === 0)
      throw new Fault("upstream_unreachable", { message: "The provider's host name has no address.", cause: new Error(hostname) });
    throw new Fault("upstream_forbidden_address", {
      message: this.#refusal,
      cause: new Error(`${hostname} → ${found[0]}`),
    });
  }
}

/** Names of this machine itself (RFC 6761), which many resolvers do not know, or know in one family only. */
const ofThisMachine = /^(.+\.)?localhost\.?$/;

async function systemAddresses(hostname: string): Promise<readonly string[]> {
  if (ofThisMachine.test(hostname)) return ["127.0.0.1", "::1"];
  const answers = await lookup(hostname, { all: true, verbatim: true });
  return answers.map((answer) => answer.address);
}
