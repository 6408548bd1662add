import type { JournalRecord } from "../journal/segment-reader.ts";
import { addingToPostgres, postgresText, rollupsAsJson } from "../rollups/postgres-rollups.ts";
import { RollupBatch } from "../rollups/rollup-batch.ts";
import { type SqlDatabase, UniqueConflict } from "../sql/sql-database.ts";
import { type DayPartitions, startedAtOf } from "./day-partitions.ts";
import { columnAt } from "./record-columns.ts";
import { beginningOf } from "./record-line.ts";
import type { RecordSink, Stretch } from "./record-sink.ts";

/** The position goes from one value to the next or nothing is added: a stretch counts once, however often it is sent. */
const fromNothing =
  "INSERT INTO journal_positions (segment, bytes) SELECT ?1, CAST(?3 AS bigint) WHERE CAST(?2 AS bigint) = 0 ON CONFLICT DO NOTHING";
const fromStart = "UPDATE journal_positions SET bytes = CAST(?3 AS bigint) WHERE segment = ?1 AND bytes = CAST(?2 AS bigint)";

/** Several lines in one value: JSON holds no raw line feeds, and neither do ids. */
const part = (at: number) => `string_to_array(?${at}, E'\\n', '')`;

/** One statement is one transaction and one round trip: no answer can be lost between two parts of it, and nobody waits for a process that hangs between them. */
function keeping(moving: string): string {
  const moved = "EXISTS (SELECT 1 FROM moved)";
  return `WITH moved AS (${moving} RETURNING 1),
    kept AS (
      INSERT INTO record_lines (id, started_at, organisation, team, line)
      SELECT id, CAST(started_at AS bigint), organisation, team, line
      FROM unnest(${part(4)}, ${part(5)}, ${part(6)}, ${part(7)}, ${part(8)}) AS added (id, started_at, organisation, team, line) WHERE ${moved}
    ),
    plain AS (${addingToPostgres("rollups", "?9", moved)}),
    tagged AS (${addingToPostgres("tagged_rollups", "?10", moved)})
    SELECT count(*) AS moved FROM moved`;
}

const keepingFirst = keeping(fromNothing);
const keepingNext = keeping(fromStart);

/** Records, sums and positions in PostgreSQL, which many nodes share. */
export class PostgresRecordSink implements RecordSink {
  readonly name = "PostgreSQL";
  readonly isElsewhere = true;
  readonly #database: SqlDatabase;
  readonly #days: DayPartitions;
  /** As this process left them, and mostly as they are. */
  readonly #positions = new Map<string, number>();

  constructor(database: SqlDatabase, days: DayPartitions) {
    this.#database = database;
    this.#days = days;
  }

  async positionOf(file: string): Promise<number> {
    const known = this.#positions.get(file);
    if (known !== undefined) return known;
    const row = await this.#database.get("SELECT bytes FROM journal_positions WHERE segment = ?", [file]);
    return Number(row?.bytes ?? 0);
  }

  async keep(stretch: Stretch, records: readonly JournalRecord[], isThere: () => boolean): Promise<void> {
    let left = records;
    while (
      !(await this.#keepAll(
        stretch,
        left.map(({ line }) => line),
        summed(left),
        isThere,
      ))
    )
      left = await this.#unknown(left);
  }

  keepSummed(stretch: Stretch, lines: readonly string[], sums: RollupBatch, isThere: () => boolean): Promise<boolean> {
    return this.#keepAll(stretch, lines, sums, isThere);
  }

  /** The server has it on its disk when it says so. */
  async secure(): Promise<void> {}

  async forget(file: string): Promise<void> {
    this.#positions.delete(file);
    await this.#database.run("DELETE FROM journal_positions WHERE segment = ?", [file]);
  }

  /** @returns false where one of them is there already; nothing is kept then */
  async #keepAll(stretch: Stretch, lines: readonly string[], sums: RollupBatch, isThere: () => boolean): Promise<boolean> {
    const begun = lines.map(beginningOf);
    const values = valuesOf(stretch, lines, begun, sums);
    const startedAt = begun.map((each) => each.startedAt);
    for (let again = false; ; again = true) {
      await this.#days.makeFor(startedAt);
      if (!isThere()) return true;
      // Until it is known what became of it.
      this.#positions.delete(stretch.file);
      try {
        const row = await this.#database.get(stretch.start === 0 ? keepingFirst : keepingNext, values);
        if (Number(row?.moved) === 1) this.#positions.set(stretch.file, stretch.end);
        return true;
      } catch (error) {
        if (error instanceof UniqueConflict) return false;
        if (again || !this.#days.wereDropped(error)) throw error;
      }
    }
  }

  /** Those that are not kept yet, each once. */
  async #unknown(records: readonly JournalRecord[]): Promise<readonly JournalRecord[]> {
    const byId = new Map<string, JournalRecord>();
    for (const record of records) {
      const id = String(record.cells[columnAt.id]);
      if (!byId.has(id)) byId.set(id, record);
    }
    const rows = await this.#database.all(`SELECT id FROM record_lines WHERE id = ANY (string_to_array(?, E'\\n'))`, [
      [...byId.keys()].join("\n"),
    ]);
    for (const { id } of rows) byId.delete(String(id));
    return [...byId.values()];
  }
}

function summed(records: readonly JournalRecord[]): RollupBatch {
  const sums = new RollupBatch();
  for (const { cells } of records) sums.add(cells);
  return sums;
}

function valuesOf(stretch: Stretch, lines: readonly string[], begun: readonly { id: string; startedAt: number }[], sums: RollupBatch) {
  const owners = new Map(sums.owners.map(([organisation, id, team]) => [id, { organisation, team }]));
  const { plain, tagged } = rollupsAsJson(sums);
  const owned = (name: "organisation" | "team") => begun.map(({ id }) => oneLine(owners.get(id)?.[name] ?? "")).join("\n");
  return [
    stretch.file,
    stretch.start,
    stretch.end,
    begun.map(({ id }) => oneLine(id)).join("\n"),
    begun.map(({ startedAt }) => startedAtOf(startedAt)).join("\n"),
    owners.size === 0 ? "\n".repeat(Math.max(0, lines.length - 1)) : owned("organisation"),
    owners.size === 0 ? "\n".repeat(Math.max(0, lines.length - 1)) : owned("team"),
    lines.join("\n"),
    plain,
    tagged,
  ];
}

function oneLine(text: string): string {
  return postgresText(text.includes("\n") ? text.replaceAll("\n", " ") : text);
}
