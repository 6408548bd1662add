import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, cellsOf, columnAt } from "../records/record-columns.ts";
import type { SettledRecord } from "../settled-record.ts";
import { bornAt, mayLive, ownerOf } from "./journal-segment.ts";
import type { OpenSlots, Slots } from "./slots.ts";

export const slotBytes = 1024;
const slotsAtOnce = 1024;

/** `underway-pid-born-random.slots`, as segments are named. */
const tableName = /^underway-(\d+)-([0-9a-z]+)-[0-9a-f]{8}\.slots$/;

/** A record that is kept where no other of the same id is: its exchange was under way when its process died. */
export interface ExpiredRecord {
  readonly cells: readonly Cell[];
  readonly line: string;
}

/**
 * What this process has asked of upstreams and has not settled yet: one slot an exchange, in files that the system keeps when the
 * process is killed. A slot holds the line that is kept in the records should nobody write a better one, and the id once more, which
 * tells a line that is whole. It is emptied when the exchange has settled; the file goes with an orderly end.
 */
export class Underway {
  readonly #folder: string;
  readonly #tables: { readonly path: string; readonly slots: Slots }[] = [];
  readonly #free: number[] = [];

  readonly #open: OpenSlots;
  readonly #text = new SlotText();

  constructor(folder: string, open: OpenSlots) {
    this.#folder = folder;
    this.#open = open;
  }

  /** @returns the slot, for `end` @throws the system's own error where no file can be made */
  begin(record: SettledRecord): number {
    const slot = this.#free.pop() ?? this.#grow();
    this.#tables[Math.floor(slot / slotsAtOnce)]?.slots.put((slot % slotsAtOnce) * slotBytes, this.#text.of(record));
    return slot;
  }

  /** It has settled. */
  end(slot: number): void {
    this.#tables[Math.floor(slot / slotsAtOnce)]?.slots.clear((slot % slotsAtOnce) * slotBytes);
    this.#free.push(slot);
  }

  /** What is still under way stays for whoever comes next. */
  close(): void {
    const open = this.#tables.length * slotsAtOnce - this.#free.length;
    for (const { path, slots } of this.#tables.splice(0)) {
      slots.close();
      if (open === 0) unlinkSync(path);
    }
  }

  #grow(): number {
    const path = join(this.#folder, `underway-${process.pid}-${bornAt()}-${randomBytes(4).toString("hex")}.slots`);
    // Written, not only made long: a full disk is met here, and not in the middle of a request.
    try {
      writeFileSync(path, Buffer.alloc(slotsAtOnce * slotBytes), { mode: 0o600, flag: "wx" });
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    const first = this.#tables.length * slotsAtOnce;
    this.#tables.push({ path, slots: this.#open(path) });
    for (let slot = first + slotsAtOnce - 1; slot > first; slot--) this.#free.push(slot);
    return first;
  }
}

/**
 * The texts of slots. Requests come in runs that differ in their id and their time: all else of the last one's text stands. Ids are
 * made here and hold nothing that JSON escapes.
 */
class SlotText {
  #last: SettledRecord | undefined;
  #rest = "";

  of(record: SettledRecord): string {
    const { id } = record;
    if (this.#last === undefined || !isLike(record, this.#last)) {
      const text = slotText(record);
      this.#last = undefined;
      const own = `["${id}",${Math.trunc(record.startedAt)},`;
      const end = `\n${id}\n`;
      if (!text.startsWith(own) || text.length + mostLonger > shortText || !isFixed(record)) return text;
      this.#last = record;
      this.#rest = text.slice(own.length, -end.length);
    }
    return `["${id}",${Math.trunc(record.startedAt)},${this.#rest}\n${id}\n`;
  }
}

/** Whether what stands in it cannot change without another record's standing there. */
function isFixed({ usage, detail }: SettledRecord): boolean {
  return usage === undefined && Object.isFrozen(detail);
}

/** A text of so many characters fits whatever they are. */
const shortText = Math.floor(slotBytes / 3);
/** Of the same length is an id, twice; a time may be longer than the last one's. */
const mostLonger = 16;

/** Whether nothing but the id and the time is another. Written out: it runs once a request. */
function isLike(record: SettledRecord, other: SettledRecord): boolean {
  return (
    record.id.length === other.id.length &&
    record.keyId === other.keyId &&
    record.model === other.model &&
    record.targetModel === other.targetModel &&
    record.provider === other.provider &&
    record.endpoint === other.endpoint &&
    record.stream === other.stream &&
    record.team === other.team &&
    record.organisation === other.organisation &&
    record.application === other.application &&
    record.user === other.user &&
    record.serviceAccount === other.serviceAccount &&
    record.endUser === other.endUser &&
    record.outcome === other.outcome &&
    record.status === other.status &&
    record.fault === other.fault &&
    record.usage === other.usage &&
    record.costNanos === other.costNanos &&
    record.priceVersion === other.priceVersion &&
    record.durationMs === other.durationMs &&
    record.firstEventMs === other.firstEventMs &&
    record.upstreamMs === other.upstreamMs &&
    record.detail === other.detail
  );
}

function slotText(record: SettledRecord): string {
  const cells = cellsOf(record);
  const text = lineIn(cells, record.id);
  if (text.length * 3 < slotBytes || Buffer.byteLength(text) < slotBytes) return text;
  // Without what callers may make long.
  cells[columnAt.detail] = { expired: true };
  cells[columnAt.model] = String(cells[columnAt.model]).slice(0, 40);
  cells[columnAt.target_model] = null;
  return lineIn(cells, record.id);
}

function lineIn(cells: readonly Cell[], id: string): string {
  return `${JSON.stringify(cells)}\n${id}\n`;
}

/** Tables of processes that are dead, and that have left no journal to take over: what stands in them has no better record to come. */
export function deadTables(folder: string): string[] {
  const names = readdirSync(folder);
  const journals = names.map((name) => ownerOf(name)).filter((owner) => owner !== undefined);
  return names.filter((name) => {
    const [, pid, born] = tableName.exec(name) ?? [];
    if (pid === undefined || born === undefined || mayLive(Number(pid), born)) return false;
    return !journals.some((owner) => owner.pid === Number(pid) && owner.born === born);
  });
}

/** What stands in a table of a process that is dead. A line that is not whole was being written: its request had not left yet. */
export function readTable(path: string): ExpiredRecord[] {
  const bytes = readFileSync(path);
  const records: ExpiredRecord[] = [];
  for (let at = 0; at < bytes.length; at += slotBytes) {
    if (bytes[at] !== openBracket) continue;
    const [line = "", id] = bytes.toString("utf8", at, Math.min(at + slotBytes, bytes.length)).split("\n");
    const cells = parsed(line);
    if (cells && cells[columnAt.id] === id) records.push({ cells, line });
  }
  return records;
}

const openBracket = 0x5b;

function parsed(line: string): readonly Cell[] | undefined {
  try {
    return JSON.parse(line) as readonly Cell[];
  } catch {
    return undefined;
  }
}
