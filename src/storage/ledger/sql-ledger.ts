import { type Cell, columnAt } from "../records/record-columns.ts";
import type { RecordTables } from "../records/record-tables.ts";
import { RollupBatch } from "../rollups/rollup-batch.ts";
import { everything, reachCondition, type Scope } from "../scope.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";
import type { Correction, FrozenLine, FrozenMonth, LedgerStore } from "./ledger-store.ts";

const rowsAtOnce = 100;

/** The ledger, in one database with the records. */
export class SqlLedgerStore implements LedgerStore {
  readonly #database: SqlDatabase;
  readonly #tables: RecordTables;
  readonly #scope: Scope;

  constructor(database: SqlDatabase, tables: RecordTables, scope: Scope = everything) {
    this.#database = database;
    this.#tables = tables;
    this.#scope = scope;
  }

  within(scope: Scope): SqlLedgerStore {
    return new SqlLedgerStore(this.#database, this.#tables, scope);
  }

  async corrections(recordIds: readonly string[]): Promise<readonly Correction[]> {
    if (recordIds.length === 0) return [];
    const marks = recordIds.map(() => "?").join(", ");
    const sql = `SELECT * FROM record_corrections WHERE record_id IN (${marks}) ORDER BY record_id, number`;
    return (await this.#database.all(sql, recordIds)).map(correctionOf);
  }

  async correct(corrections: readonly Correction[]): Promise<number> {
    const unsafe = corrections.find(({ deltaNanos }) => !Number.isSafeInteger(deltaNanos));
    if (unsafe !== undefined) throw new RangeError("A correction is a safe integer of nano-dollars.");
    return this.#database.transaction(async (queries) => {
      const batch = new RollupBatch();
      let added = 0;
      for (const { recordId, number, madeAt, deltaNanos, priceVersion, reason } of corrections) {
        const line = (await queries.get("SELECT line FROM record_lines WHERE id = ?", [recordId]))?.line;
        if (line === undefined) continue;
        const values = [recordId, number, madeAt, deltaNanos, priceVersion, reason];
        if ((await queries.run("INSERT INTO record_corrections VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)) !== 1) continue;
        const cells = JSON.parse(String(line)) as Cell[];
        batch.correct(cells, deltaNanos, number === 1 && cells[columnAt.cost_nanos] === null);
        added++;
      }
      await this.#tables.addSums(queries, batch);
      return added;
    });
  }

  async months(): Promise<readonly FrozenMonth[]> {
    return (await this.#database.all("SELECT * FROM frozen_months ORDER BY month")).map(monthOf);
  }

  async lines(month: string): Promise<readonly FrozenLine[]> {
    const within = reachCondition(this.#scope);
    const sql = `SELECT organisation, team, line FROM frozen_lines WHERE month = ? AND ${within.sql} ORDER BY number`;
    const rows = await this.#database.all(sql, [month, ...within.values]);
    return rows.map((row) => ({ organisation: String(row.organisation), team: String(row.team), line: String(row.line) }));
  }

  freeze(month: FrozenMonth, lines: readonly FrozenLine[]): Promise<boolean> {
    return this.#database.transaction(async (queries) => {
      const { closedAt, closedBy, tags, hash, costNanos } = month;
      const values = [month.month, closedAt, closedBy, lines.length, JSON.stringify(tags), hash, String(costNanos)];
      const begun = await queries.run("INSERT INTO frozen_months VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values);
      if (begun !== 1) return false;
      for (let first = 0; first < lines.length; first += rowsAtOnce) {
        const rows = lines.slice(first, first + rowsAtOnce);
        const marks = rows.map(() => "(?, ?, ?, ?, ?)").join(", ");
        const values = rows.flatMap(({ organisation, team, line }, at) => [month.month, first + at, organisation, team, line]);
        await queries.run(`INSERT INTO frozen_lines VALUES ${marks}`, values);
      }
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
