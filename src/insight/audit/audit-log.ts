import type { KeyObject } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { AuditRow, AuditStore } from "../../storage/index.ts";
import { type AuditFlaw, beginning, ChainWalk, type Checkpoint, checkpointOf, hashOf, readCheckpoint } from "./chain.ts";

/** What one version of the config changed. */
export interface AuditedChanges {
  readonly version: number;
  /** The first thousand of them; the version itself has all. */
  readonly changes: readonly { readonly kind: string; readonly name: string; readonly action: string }[];
  /** How many there were. */
  readonly count: number;
}

/** Who did what to what. Holds no secret: bodies are those of the admin API, which takes none. */
export interface AuditEntry {
  readonly actor: { readonly id: string; readonly name: string; readonly organisation?: string };
  /** Whose object it was done to; absent for the installation's own. */
  readonly organisation?: string;
  /** Where they came from: the TCP peer, or whom trusted proxies name. */
  readonly address?: string;
  /** The operation's name, as `keys.create`. */
  readonly operation: string;
  /** `asked` stands before the act, so that no act can be without a line; then `done`, or `refused` with the fault. */
  readonly outcome: "asked" | "done" | "refused";
  readonly object?: string;
  readonly requestId?: string;
  readonly body?: unknown;
  /** SHA-256 of the request's body as it came, in hexadecimal, where not all of it stands in `body`. */
  readonly bodySha256?: string;
  readonly changed?: AuditedChanges;
  readonly fault?: string;
}

/** An entry as it stands in the log. */
export interface AuditLine extends AuditEntry {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
}

export interface AuditTools {
  readonly store: AuditStore;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Milliseconds since the epoch. */
  now(): number;
}

const rowsAtOnce = 1_000;

/** The log of administrative acts: chained by hashes, its end signed, durable before whoever acted is answered. */
export class AuditLog {
  readonly #tools: AuditTools;

  constructor(tools: AuditTools) {
    this.#tools = tools;
  }

  /** @throws Fault `audit_failed`, `store_unavailable` where it cannot be written: then nothing may be done */
  async append(entry: AuditEntry): Promise<AuditLine> {
    const { store, privateKey, now } = this.#tools;
    const at = new Date(now()).toISOString();
    try {
      const row = await store.append((last) => {
        const seq = (last?.seq ?? 0) + 1;
        // Readers put U+FFFD in the place of broken bytes: it stands escaped, so that no broken byte can read as it did.
        const line = JSON.stringify({ at, ...entry }).replaceAll("\ufffd", "\\ufffd");
        const made = { seq, line, hash: hashOf(last?.hash ?? beginning, seq, line) };
        return { row: made, head: JSON.stringify(checkpointOf(made, at, privateKey)) };
      });
      return lineOf(row);
    } catch (cause) {
      if (cause instanceof Fault && cause.code === "store_unavailable") throw cause;
      throw new Fault("audit_failed", { cause });
    }
  }

  /** The newest lines before `seq`, newest first. @param organisation only what was done to what is its own; default: all */
  async newest(limit: number, seq: number = Number.MAX_SAFE_INTEGER, organisation?: string): Promise<readonly AuditLine[]> {
    return (await this.#tools.store.before(seq, limit, organisation)).map(lineOf);
  }

  /** How far the log goes now, signed. To be kept where whoever can write here cannot. Undefined for an empty log. */
  async checkpoint(): Promise<Checkpoint | undefined> {
    const head = await this.#tools.store.head();
    return head === undefined ? undefined : readCheckpoint(head);
  }

  /** Looks at every line. @param others checkpoints that were kept elsewhere */
  async verify(others: readonly Checkpoint[] = []): Promise<{ readonly count: number; readonly flaws: readonly AuditFlaw[] }> {
    const walk = new ChainWalk(others.map(({ seq }) => seq));
    let head: string | undefined;
    for await (const page of this.#pages()) {
      head = page.head;
      if (!page.rows.every((row) => walk.take(row))) break;
    }
    const last = head === undefined ? undefined : readCheckpoint(head);
    return { count: walk.count, flaws: walk.flaws(last, others, this.#tools.publicKey) };
  }

  /** Lines behind `seq` as they are chained, oldest first; `checkpoint` is the signed end of the log of the same moment. */
  async linked(seq: number, limit: number): Promise<{ readonly rows: readonly AuditRow[]; readonly checkpoint: Checkpoint | undefined }> {
    const { rows, head } = await this.#tools.store.after(seq, limit);
    return { rows, checkpoint: head === undefined ? undefined : readCheckpoint(head) };
  }

  /** The log as text, a line of JSON each, its signed checkpoint last: `verifyExport` reads it. */
  async *export(): AsyncGenerator<string, void> {
    let last: string | undefined;
    for await (const { rows, head } of this.#pages()) {
      for (const { seq, line, hash } of rows) yield `${JSON.stringify({ seq, hash, line })}\n`;
      last = head;
    }
    if (last !== undefined) yield `${last}\n`;
  }

  /** The head of the last page is that of its last line, whoever writes meanwhile. */
  async *#pages(): AsyncGenerator<Awaited<ReturnType<AuditStore["after"]>>, void> {
    for (let after = 0; ; ) {
      const page = await this.#tools.store.after(after, rowsAtOnce);
      yield page;
      const last = page.rows.at(-1);
      if (last === undefined || page.rows.length < rowsAtOnce) return;
      after = last.seq;
    }
  }
}

/** Looks at an exported log as it stands in its file: each byte of it counts, also where text would be the same without it. */
export function verifyExport(bytes: Uint8Array, publicKey: KeyObject): { readonly count: number; readonly flaws: readonly AuditFlaw[] } {
  const walk = new ChainWalk();
  const lines = textOf(bytes)?.split("\n");
  if (!lines) return { count: 0, flaws: [{ seq: 0, problem: "the file is no text in UTF-8" }] };
  if (lines.pop() !== "") return { count: 0, flaws: [{ seq: 0, problem: "the file does not end with a line's end" }] };
  const head = readCheckpoint(lines.pop() ?? "");
  if (!head) return { count: 0, flaws: [{ seq: 0, problem: "the signed checkpoint of the end is missing" }] };
  for (const [at, line] of lines.entries()) {
    const row = readRow(line);
    if (!row) return { count: walk.count, flaws: [{ seq: at + 1, problem: "this line is none of an audit log's" }] };
    if (!walk.take(row)) break;
  }
  return { count: walk.count, flaws: walk.flaws(head, [], publicKey) };
}

/** Undefined for bytes that a lenient reader would put something else in the place of, or leave out. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Only in the very form in which it was written. */
function readRow(text: string): AuditRow | undefined {
  try {
    const { seq, hash, line } = JSON.parse(text) as Record<string, unknown>;
    const row = { seq, hash, line };
    if (JSON.stringify(row) !== text || !Number.isSafeInteger(seq) || typeof hash !== "string" || typeof line !== "string")
      return undefined;
    return row as AuditRow;
  } catch {
    return undefined;
  }
}

function lineOf({ seq, line }: AuditRow): AuditLine {
  return { seq, ...(JSON.parse(line) as Omit<AuditLine, "seq">) };
}
