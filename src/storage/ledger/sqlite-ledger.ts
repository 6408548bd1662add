import { type Cell, columnAt } from "../record-columns.ts";
import { RollupBatch } from "../rollups/rollup-batch.ts";
import { RollupWriter } from "../rollups/rollup-writer.ts";
import { everything, reachCondition, type Scope } from "../scope.ts";
import type { SqliteDatabase, SqlRow } from "../sqlite/driver.ts";
import type { Correction, FrozenLine, FrozenMonth, LedgerStore } from "./ledger-store.ts";

/** The ledger in `records.db`. */
export class SqliteLedgerStore implements LedgerStore {
  readonly #database: SqliteDatabase;
  readonly #scope: Scope;

  constructor(database: SqliteDatabase, scope: Scope = everything) {
    this.#database = database;
    this.#scope = scope;
  }

  within(scope: Scope): SqliteLedgerStore {
    return new SqliteLedgerStore(this.#database, scope);
  }

  async corrections(recordIds: readonly string[]): Promise<readonly Correction[]> {
    return this.#database
      .prepare("SELECT * FROM record_corrections WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, number")
      .all([JSON.stringify(recordIds)])
      .map(correctionOf);
  }

  async correct(corrections: readonly Correction[]): Promise<number> {
    const insert = this.#database.prepare("INSERT INTO record_corrections VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    const record = this.#database.prepare("SELECT line FROM record_lines WHERE id = ?");
    const writer = new RollupWriter(this.#database);
    return this.#database.transaction(() => {
      const batch = new RollupBatch();
      let added = 0;
      for (const { recordId, number, madeAt, deltaNanos, priceVersion, reason } of corrections) {
        if (!Number.isSafeInteger(deltaNanos)) throw new RangeError("A correction is a safe integer of nano-dollars.");
        const line = record.get([recordId])?.line;
        if (line === undefined || insert.run([recordId, number, madeAt, deltaNanos, priceVersion, reason]) !== 1) continue;
        const cells = JSON.parse(String(line)) as Cell[];
        batch.correct(cells, deltaNanos, number === 1 && cells[columnAt.cost_nanos] === null);
        added++;
      }
      writer.write(batch);
      return added;
    });
  }

  async months(): Promise<readonly FrozenMonth[]> {
    return this.#database.prepare("SELECT * FROM frozen_months ORDER BY month").all([]).map(monthOf);
  }

  async lines(month: string): Promise<readonly FrozenLine[]> {
    const within = reachCondition(this.#scope);
    return this.#database
      .prepare(`SELECT organisation, team, line FROM frozen_lines WHERE month = ? AND ${within.sql} ORDER BY number`)
      .all([month, ...within.values])
      .map((row) => ({ organisation: String(row.organisation), team: String(row.team), line: String(row.line) }));
  }

  async freeze(month: FrozenMonth, lines: readonly FrozenLine[]): Promise<boolean> {
    const begin = this.#database.prepare("INSERT INTO frozen_months VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    const add = this.#database.prepare("INSERT INTO frozen_lines VALUES (?, ?, ?, ?, ?)");
    return this.#database.transaction(() => {
      const { closedAt, closedBy, tags, hash, costNanos } = month;
      if (begin.run([month.month, closedAt, closedBy, lines.length, JSON.stringify(tags), hash, String(costNanos)]) !== 1) return false;
      for (const [number, { organisation, team, line }] of lines.entries()) add.run([month.month, number, organisation, team, line]);
      return true;
    });
  }
}

function correctionOf(row: SqlRow): Correction {
  return {
    recordId: String(row.record_id),
    number: Number(row.number),
    madeAt: Number(row.made_at),
    deltaNanos: Number(row.delta_nanos),
    priceVersion: String(row.price_version),
    reason: String(row.reason),
  };
}

function monthOf(row: SqlRow): FrozenMonth {
  return {
    month: String(row.month),
    closedAt: Number(row.closed_at),
    closedBy: String(row.closed_by),
    lines: Number(row.lines),
    tags: JSON.parse(String(row.tags)) as string[],
    hash: String(row.hash),
    costNanos: BigInt(String(row.cost_nanos)),
  };
}
