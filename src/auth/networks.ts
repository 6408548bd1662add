interface Network {
  readonly address: bigint;
  readonly bits: number;
}

/**
 * Addresses in CIDR notation (RFC 4632, RFC 4291), IPv4 and IPv6. An IPv4 address that comes as IPv6 (`::ffff:10.0.0.1`) is the IPv4
 * address.
 */
export class Networks {
  readonly #all: readonly Network[];

  /** @throws RangeError for what is no network */
  constructor(list: readonly string[]) {
    this.#all = list.map((text) => {
      const network = networkOf(text);
      if (!network) throw new RangeError(`${text} is no network.`);
      return network;
    });
  }

  /** Whether an address is in one of them; an address that is not known, or cannot be read, is in none. */
  hold(address: string | undefined): boolean {
    const number = address === undefined ? undefined : addressOf(address);
    return number !== undefined && this.#all.some((network) => holds(network, number));
  }

  /** Whether each of the others lies within one of these. */
  cover(others: Networks): boolean {
    return others.#all.every((other) => this.#all.some((own) => own.bits <= other.bits && holds(own, other.address)));
  }
}

export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

/**
 * The network around an address, so that it does not say whose it is: /24 of IPv4, /48 of IPv6, as `192.0.2.0/24` and `2001:db8:1::/48`.
 * @returns undefined for what is no address
 */
export function networkAround(address: string): string | undefined {
  const number = addressOf(address);
  if (number === undefined) return undefined;
  if (number >> 32n === mapped >> 32n) return `${[24n, 16n, 8n].map((shift) => (number >> shift) & 0xffn).join(".")}.0/24`;
  return `${[112n, 96n, 80n].map((shift) => ((number >> shift) & 0xffffn).toString(16)).join(":")}::/48`;
}

function holds({ address, bits }: Network, number: bigint): boolean {
  return (address ^ number) >> BigInt(128 - bits) === 0n;
}

/** A network, or a single address. Bits behind the prefix must be zero: `10.0.0.1/8` is a mistake that would let too many in. */
function networkOf(text: string): Network | undefined {
  const [before = "", after, ...rest] = text.split("/");
  if (rest.length > 0 || before.includes("%")) return undefined;
  const address = addressOf(before);
  if (address === undefined) return undefined;
  const width = before.includes(":") ? 128 : 32;
  if (after !== undefined && !/^(0|[1-9]\d{0,2})$/.test(after)) return undefined;
  const prefix = after === undefined ? width : Number(after);
  if (prefix > width) return undefined;
  const bits = 128 - width + prefix;
  return address & ((1n << BigInt(128 - bits)) - 1n) ? undefined : { address, bits };
}

const mapped = 0xffffn << 32n;

/** As 128 bits, an IPv4 address as the IPv6 address that stands for it. The zone of a link-local address is left out. */
function addressOf(text: string): bigint | undefined {
  if (!text.includes(":")) {
    const four = fourOf(text);
    return four === undefined ? undefined : mapped | four;
  }
  const plain = text.split("%")[0] as string;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : groupsOf(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(tail === undefined ? 0 : missing).fill(0), ...(tail ?? [])];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    if (part.includes(".")) {
      const four = at === parts.length - 1 ? fourOf(part) : undefined;
      if (four === undefined) return undefined;
      groups.push(Number(four >> 16n), Number(four & 0xffffn));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function fourOf(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}
