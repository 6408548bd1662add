import { createHash, type KeyObject, sign, verify } from "node:crypto";
import type { AuditRow } from "../../storage/index.ts";

/** What stands before the first line. */
export const beginning = "0".repeat(64);

/** SHA-256 in hexadecimal over the hash before and the line: no line can change, go, or move without its successors. */
export function hashOf(before: string, seq: number, line: string): string {
  return createHash("sha256").update(`${before}\n${seq}\n${line}`).digest("hex");
}

/** Says how far the log went at a moment, signed: a log that is shorter has lost its end. */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
  /** ISO 8601. */
  readonly at: string;
  /** Ed25519 over `seq`, `hash` and `at`, a line each; base64url. */
  readonly signature: string;
}

export function checkpointOf(row: AuditRow, at: string, privateKey: KeyObject): Checkpoint {
  const signature = sign(null, signedText(row.seq, row.hash, at), privateKey).toString("base64url");
  return { seq: row.seq, hash: row.hash, at, signature };
}

export function isSignedBy({ seq, hash, at, signature }: Checkpoint, publicKey: KeyObject): boolean {
  const bytes = Buffer.from(signature, "base64url");
  // Another text for the same bytes is a change too.
  return bytes.toString("base64url") === signature && verify(null, signedText(seq, hash, at), publicKey, bytes);
}

function signedText(seq: number, hash: string, at: string): Buffer {
  return Buffer.from(`sluice audit checkpoint\n${seq}\n${hash}\n${at}`);
}

/** Undefined where it is none. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  try {
    const { seq, hash, at, signature, ...rest } = JSON.parse(text) as Record<string, unknown>;
    const whole = Number.isSafeInteger(seq) && [hash, at, signature].every((each) => typeof each === "string");
    const found = { seq, hash, at, signature } as Checkpoint;
    return whole && Object.keys(rest).length === 0 && JSON.stringify(found) === text ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Something that is wrong with a log. */
export interface AuditFlaw {
  /** The line at which it is seen; 0 where the whole is meant. */
  readonly seq: number;
  readonly problem: string;
}

/** Walks a log from its first line, in pieces of any size. */
export class ChainWalk {
  readonly #hashes = new Map<number, string>();
  #last = beginning;
  #seq = 0;
  #flaw: AuditFlaw | undefined;

  /** @param wanted line numbers whose hashes checkpoints will ask for */
  constructor(wanted: Iterable<number> = []) {
    for (const seq of wanted) this.#hashes.set(seq, "");
  }

  /** @returns false where what follows need not be looked at */
  take(row: AuditRow): boolean {
    if (this.#flaw) return false;
    if (row.seq !== this.#seq + 1) return this.#fail(row.seq, `line ${this.#seq + 1} is missing`);
    if (row.hash !== hashOf(this.#last, row.seq, row.line)) return this.#fail(row.seq, "the line, or one before it, was changed");
    this.#seq = row.seq;
    this.#last = row.hash;
    if (this.#hashes.has(row.seq)) this.#hashes.set(row.seq, row.hash);
    return true;
  }

  #fail(seq: number, problem: string): boolean {
    this.#flaw = { seq, problem };
    return false;
  }

  get count(): number {
    return this.#seq;
  }

  /** @param head the last checkpoint, which must be that of the last line @param others older ones, kept elsewhere */
  flaws(head: Checkpoint | undefined, others: readonly Checkpoint[], publicKey: KeyObject): readonly AuditFlaw[] {
    if (this.#flaw) return [this.#flaw];
    const flaws: AuditFlaw[] = [];
    if (!head) {
      if (this.#seq > 0) flaws.push({ seq: 0, problem: "the signed checkpoint of the end is missing" });
    } else if (!isSignedBy(head, publicKey))
      flaws.push({
        seq: head.seq,
        problem: "the signature of the last checkpoint is not that of the gateway whose data folder was looked at",
      });
    else if (head.seq !== this.#seq || head.hash !== this.#last)
      flaws.push({ seq: this.#seq, problem: `the log ends at line ${this.#seq}, and was signed at line ${head.seq}` });
    for (const checkpoint of others) {
      if (!isSignedBy(checkpoint, publicKey))
        flaws.push({
          seq: checkpoint.seq,
          problem: "the signature of a checkpoint is not that of the gateway whose data folder was looked at",
        });
      else if (checkpoint.seq > this.#seq)
        flaws.push({ seq: checkpoint.seq, problem: `the log has lost what stood behind line ${this.#seq}` });
      else if (this.#hashes.get(checkpoint.seq) !== checkpoint.hash)
        flaws.push({ seq: checkpoint.seq, problem: "the log is another than the one that was signed" });
    }
    return flaws;
  }
}
