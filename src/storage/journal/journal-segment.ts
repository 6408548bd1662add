import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * A segment is a file of lines that one process appends to. Its name says whose it is, and is never used again:
 * `NNNNNN-pid-born-random.log`, where `born` is the process's beginning in milliseconds, base 36, which tells a reused pid.
 */
const segmentName = /^(\d{6,})-(\d+)-([0-9a-z]+)-[0-9a-f]{8}\.log$/;

/** The last line of a segment that its writer closed in order. */
export const segmentEnd = '{"end":true}';

/** Names of the segments in `folder`, oldest first. */
export function listSegments(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => segmentName.test(name))
    .sort((a, b) => segmentNumber(a) - segmentNumber(b));
}

function segmentNumber(name: string): number {
  return Number.parseInt(name, 10);
}

/** Makes a segment of this process and opens it for appending. */
export function createSegment(folder: string): { readonly fd: number; readonly name: string } {
  const number = segmentNumber(listSegments(folder).at(-1) ?? "0") + 1;
  const name = `${String(number).padStart(6, "0")}-${process.pid}-${bornAt()}-${randomBytes(4).toString("hex")}.log`;
  return { fd: openSync(join(folder, name), "ax", 0o600), name };
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The process's beginning in milliseconds, base 36. */
export function bornAt(): string {
  return Math.round(performance.timeOrigin).toString(36);
}

/**
 * Whether the process that made the segment may still append to it. Errs towards yes: a wrong yes keeps a file until
 * the next start, a wrong no loses records. Processes must see each other's ids, so a data folder belongs to one host
 * or pod.
 */
export function ownerMayWrite(name: string): boolean {
  const owner = ownerOf(name);
  return owner === undefined || mayLive(owner.pid, owner.born);
}

/** Whether it is another process's that may live. */
export function isOfOther(name: string): boolean {
  const owner = ownerOf(name);
  if (owner === undefined || (owner.pid === process.pid && owner.born === bornAt())) return false;
  return mayLive(owner.pid, owner.born);
}

/** Whose a segment is; undefined where it is none. */
export function ownerOf(name: string): { readonly pid: number; readonly born: string } | undefined {
  const [, , pid, born] = segmentName.exec(name) ?? [];
  return born === undefined ? undefined : { pid: Number(pid), born };
}

/** Errs towards yes. */
export function mayLive(pid: number, born: string): boolean {
  if (pid === process.pid) return born === bornAt();
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
