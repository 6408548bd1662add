/** A cluster shares its keys out by slots. Source: the Redis Cluster specification, "Key distribution model" and "Redirection". */
export const slotCount = 16_384;

/** CRC-16/XMODEM, byte by byte. */
const crcOfByte = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** Of the key, or of what stands in its first braces where that is anything. */
export function slotOf(key: string): number {
  const open = key.indexOf("{");
  const close = open < 0 ? -1 : key.indexOf("}", open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of new TextEncoder().encode(hashed)) crc = ((crc << 8) ^ (crcOfByte[((crc >> 8) ^ byte) & 0xff] as number)) & 0xffff;
  return crc % slotCount;
}

/** For each slot the address of its master, as `host:port`; undefined where nobody is said to hold it. */
export type SlotTable = (string | undefined)[];

/** @param host of the server that told it: it does not always name itself. @returns nothing where that is no list of slots */
export function readSlots(answer: unknown, host: string): SlotTable | undefined {
  if (!Array.isArray(answer)) return undefined;
  const table: SlotTable = new Array(slotCount).fill(undefined);
  for (const [first, last, master] of answer as [number, number, [string | null, number] | undefined][]) {
    if (master) table.fill(addressOf(master[0], master[1], host), Number(first), Number(last) + 1);
  }
  return table;
}

/** Where a key is instead: from now on, or (`isOnce`) for this one command, while its slot is on the way to another node. */
export interface Redirection {
  readonly slot: number;
  readonly address: string;
  readonly isOnce: boolean;
}

/** @param host of the server that said it */
export function redirectionOf(error: unknown, host: string): Redirection | undefined {
  const [, word, slot, where, port] = /\b(MOVED|ASK) (\d+) (\S*):(\d+)/.exec(String(error)) ?? [];
  if (word === undefined || where === undefined) return undefined;
  return { slot: Number(slot), address: addressOf(where, Number(port), host), isOnce: word === "ASK" };
}

function addressOf(named: string | null, port: number, host: string): string {
  const known = named === null || named === "" || named === "?" ? host : named;
  return known.includes(":") && !known.startsWith("[") ? `[${known}]:${port}` : `${known}:${port}`;
}
