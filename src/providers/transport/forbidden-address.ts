/** First address and prefix length of every IPv4 range that is not the public internet (IANA special-purpose registry). */
const closedIpv4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // Azure's platform address: metadata and agents of the host, reachable from every machine there.
  ["168.63.129.16", 32],
];

const closedIpv4Ranges = closedIpv4.map(([first, bits]) => {
  const size = 2 ** (32 - bits);
  return { first: readIpv4(first) ?? 0, size };
});

/**
 * True for an address that a name or a URL from outside must not lead to: private, loopback, link-local, CGNAT,
 * unspecified, multicast, reserved, documentation; also where such an IPv4 address is embedded in an IPv6 one (mapped,
 * NAT64, 6to4); and for anything that is not an address at all.
 */
export function isForbiddenAddress(address: string): boolean {
  const ipv4 = readIpv4(address);
  if (ipv4 !== undefined) return isClosedIpv4(ipv4);
  const groups = readIpv6(address);
  return groups === undefined || isClosedIpv6(groups);
}

/**
 * Where a cloud's machine is told of itself, its credentials among it, and what is link-local with it: no provider is there, whoever
 * names it. AWS, Azure, Google, Oracle and DigitalOcean at 169.254.169.254 and other link-local addresses, Azure's platform address,
 * Alibaba's and Oracle's of their own, AWS's, Google's, Oracle's and Scaleway's in IPv6. True too for what is no address as it is read
 * here, as a link-local one with its zone.
 */
export function isMetadataAddress(address: string): boolean {
  const ipv4 = readIpv4(address);
  if (ipv4 !== undefined) return isMetadataIpv4(ipv4);
  const groups = readIpv6(address);
  if (groups === undefined || metadataIpv6.has(groups.join())) return true;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const embedded = isMetadataIpv4(g * 65536 + h);
  if ((a | b | c | d | e) === 0 && (f === 0xffff || f === 0)) return embedded;
  if (a === 0x64 && b === 0xff9b) return embedded;
  if (a === 0x2002) return isMetadataIpv4(b * 65536 + c);
  return (a & 0xffc0) === 0xfe80 || (a === 0xfd00 && b === 0xec2) || (a === 0xfd20 && b === 0xce);
}

const metadataIpv6 = new Set(["fd00:c1::a9fe:a9fe", "fd00:42::42"].map((address) => readIpv6(address)?.join()));
const metadataIpv4 = ["168.63.129.16", "100.100.100.200", "192.0.0.192"].map(readIpv4);

function isMetadataIpv4(address: number): boolean {
  return Math.floor(address / 65536) === 0xa9fe || metadataIpv4.includes(address);
}

function isClosedIpv4(address: number): boolean {
  return closedIpv4Ranges.some((range) => address >= range.first && address < range.first + range.size);
}

function isClosedIpv6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const lowHalf = isClosedIpv4(g * 65536 + h);
  if ((a | b | c | d | e) === 0 && f === 0xffff) return lowHalf;
  if (a === 0x64 && b === 0xff9b) return (c | d | e | f) !== 0 || lowHalf;
  if (a === 0x2002) return isClosedIpv4(b * 65536 + c);
  if ((a & 0xe000) !== 0x2000) return true;
  // Protocol assignments with Teredo and ORCHID (2001::/23), documentation (2001:db8::/32, 3fff::/20).
  return (a === 0x2001 && (b < 0x200 || b === 0xdb8)) || (a === 0x3fff && b < 0x1000);
}

/** Dotted quads only: a URL has brought every other spelling (octal, hex, short) into this form. */
export function readIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

export function readIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? "", halves.length === 1);
  const tail = readGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function readGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const ipv4 = last && index === parts.length - 1 && part.includes(".") ? readIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Math.floor(ipv4 / 65536), ipv4 % 65536);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
