import { Fault, type FaultCode } from "../../src/exchange/index.ts";
import type { Corpus } from "./corpus.ts";
import type { Random } from "./random.ts";

/** A reader of foreign bytes, and what must hold of it whatever it is given. */
export interface Target {
  readonly name: string;
  /** Makes an input out of the corpus. */
  input(random: Random): Uint8Array;
  /** Reads the input. @throws Broken, or whatever a reader that has a defect throws */
  check(input: Uint8Array, random: Random): void;
}

export type TargetMaker = (corpus: Corpus) => readonly Target[];

/** A promise that did not hold. */
export class Broken extends Error {
  /** @param promise the same for all inputs that break it */
  constructor(promise: string, details = "") {
    super(details === "" ? promise : `${promise}: ${details}`);
    this.name = promise;
  }
}

export type FaultFamily = "request" | "upstream";

/** What reading may throw: a fault that names the side that sent the bytes. */
const families: Readonly<Record<FaultFamily, readonly FaultCode[]>> = {
  request: ["request_malformed", "request_too_deep", "request_too_large", "request_unsupported"],
  upstream: ["upstream_malformed", "upstream_incomplete", "upstream_too_large"],
};

/** The result, or the fault that the reader may refuse the bytes with. Everything else that is thrown is a defect. */
export function attempt<Result>(family: FaultFamily, read: () => Result): Result | Fault {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault && families[family].includes(error.code)) return error;
    throw error;
  }
}

/** Values that go on must hold nothing that a later walk takes for what it is not. */
export function assertWholesome(value: unknown, what: string): void {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each !== "object" || each === null || each instanceof Fault || ArrayBuffer.isView(each)) continue;
    const prototype: unknown = Object.getPrototypeOf(each);
    if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null && !(each instanceof Map)) {
      throw new Broken(`${what} holds an object that inherits from the input`);
    }
    for (const member of Object.values(each)) waiting.push(member);
  }
}

/** Two outputs that must be the same. */
export function assertSame(left: string, right: string, promise: string): void {
  if (left === right) return;
  let at = 0;
  while (left[at] === right[at]) at++;
  const from = Math.max(0, at - 60);
  throw new Broken(promise, `\n    ${left.slice(from, at + 200)}\n    ${right.slice(from, at + 200)}`);
}
