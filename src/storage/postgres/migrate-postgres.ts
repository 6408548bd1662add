import { Fault } from "../../exchange/index.ts";
import type { PostgresClient } from "./open-postgres.ts";

/** Told to all who migrate: one at a time. */
const lock = 7_582_419_341;
const undefinedTable = "42P01";

/**
 * Brings one part of the schema `sluice` to its newest number, as `sqlite/migrations.ts` does; who comes second waits. Migrations only
 * go forward, are never edited once released, and leave what the version before reads and writes.
 * @throws Fault `gateway_failed` when the database is newer than this program
 */
export async function migratePostgres(client: PostgresClient, part: string, migrations: readonly string[]): Promise<void> {
  // Mostly nothing is to be done, and a server that is far away is asked for that once.
  if ((await numberOf(client, part)) === migrations.length) return;
  await client.transaction(async (query) => {
    await query.query("SELECT pg_advisory_xact_lock($1)", [lock]);
    await query.query("CREATE SCHEMA IF NOT EXISTS sluice");
    await query.query("CREATE TABLE IF NOT EXISTS sluice.schema_numbers (part text PRIMARY KEY, number integer NOT NULL)");
    const { rows } = await query.query("SELECT number FROM sluice.schema_numbers WHERE part = $1", [part]);
    const current = Number(rows[0]?.number ?? 0);
    if (current > migrations.length) {
      throw new Fault("gateway_failed", {
        message: `${part} in PostgreSQL has schema ${current}, and this version of Sluice knows schemas up to ${migrations.length}. Start the newer version, or restore a backup made before the upgrade.`,
      });
    }
    if (current === migrations.length) return;
    for (const migration of migrations.slice(current)) await query.query(migration);
    await query.query(
      "INSERT INTO sluice.schema_numbers (part, number) VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET number = excluded.number",
      [part, migrations.length],
    );
  });
}

/** @returns undefined where there is no schema yet */
async function numberOf(client: PostgresClient, part: string): Promise<number | undefined> {
  try {
    const { rows } = await client.query("SELECT number FROM sluice.schema_numbers WHERE part = $1", [part]);
    return rows[0] && Number(rows[0].number);
  } catch (error) {
    if ((error as { errno?: unknown }).errno === undefinedTable) return undefined;
    throw error;
  }
}
