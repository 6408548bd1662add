// The query layer on a real PostgreSQL: `bun test ./test/stores/sql.ts`.
import { afterAll, beforeAll } from "bun:test";
import { postgresConnection } from "../../src/storage/postgres/open-postgres.ts";
import { PostgresSql } from "../../src/storage/sql/postgres-sql.ts";
import { sqlSuite } from "../../src/storage/sql/sql-suite.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

let server: StoreServer;
const opened: { close(): void }[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 300_000);
afterAll(async () => {
  for (const each of opened) each.close();
  await server.remove();
});

sqlSuite("PostgreSQL", async () => {
  const part = { part: "things", migrations: ["CREATE TABLE sluice.things (name text NOT NULL UNIQUE, count integer NOT NULL)"] };
  const connection = postgresConnection({ url: server.url, name: "the store of things", timeoutMs: 5_000, warn: console.error }, [part]);
  opened.push(connection);
  const wrong = await connection.start();
  if (wrong !== undefined) throw wrong;
  const database = new PostgresSql(connection, { lock: 4_711 });
  await database.run("DELETE FROM things");
  return database;
});
