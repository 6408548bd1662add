import { closeSync, openSync, writeSync } from "node:fs";

/** A file whose parts are overwritten again and again, and which outlives this process. */
export interface Slots {
  put(at: number, text: string): void;
  /** Empties the slot that begins there. */
  clear(at: number): void;
  close(): void;
}

/** Opens a file that has its full length already. */
export type OpenSlots = (path: string) => Slots;

/** In memory that the system writes where the runtime can, else by writing each. */
export async function slotsOfRuntime(): Promise<OpenSlots> {
  return "bun" in process.versions ? (await import("./slots-bun.ts")).mapSlots : writtenSlots;
}

/** Each by a call of its own. */
export function writtenSlots(path: string): Slots {
  const fd = openSync(path, "r+");
  return {
    put: (at, text) => void writeSync(fd, text, at),
    clear: (at) => void writeSync(fd, "\0", at),
    close: () => closeSync(fd),
  };
}
