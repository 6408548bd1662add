import { describe, expect, test } from "bun:test";
import { sourceFiles } from "./source-files.ts";

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** What runs: without types, comments, and the words in texts. */
const files = sourceFiles("src").map(({ path, text }) => {
  const code = transpiler.transformSync(text);
  return { path, text, code: withoutTexts(code), modules: transpiler.scanImports(text).map((found) => found.path) };
});

/** Texts become empty ones; what stands in a template's `${}` stays. */
function withoutTexts(code: string): string {
  let out = "";
  const depths: number[] = [];
  for (let at = 0; at < code.length; at++) {
    const letter = code[at] as string;
    if (letter === '"' || letter === "'") {
      for (at++; at < code.length && code[at] !== letter; at++) if (code[at] === "\\") at++;
      out += '""';
    } else if (letter === "`" || (letter === "}" && depths.at(-1) === 0)) {
      if (letter === "}") depths.pop();
      for (at++; at < code.length && code[at] !== "`" && !(code[at] === "$" && code[at + 1] === "{"); at++) if (code[at] === "\\") at++;
      if (code[at] === "$") {
        depths.push(0);
        at++;
        out += " ${";
      } else out += " ";
    } else {
      if (depths.length > 0 && (letter === "{" || letter === "}"))
        depths[depths.length - 1] = (depths.at(-1) as number) + (letter === "{" ? 1 : -1);
      out += letter;
    }
  }
  return out;
}

const found = (wanted: RegExp, allowed: readonly string[] = []) =>
  files.filter(({ path, code }) => !allowed.some((start) => path.startsWith(start)) && wanted.test(code)).map(({ path }) => path);
const importing = (wanted: RegExp, allowed: readonly string[] = []) =>
  files
    .filter(({ path, modules }) => !allowed.some((start) => path.startsWith(start)) && modules.some((name) => wanted.test(name)))
    .map(({ path }) => path);

const doors = ["src/server/listen-bun.ts", "src/server/listen-bun-shared.ts", "src/server/listen-node.ts"];
const transport = "src/providers/transport/";

/** What stands in `${}` of statements: names of columns, conditions and marks (`?`) that our own code holds as constants; values are bound. */
const knownPieces = [
  "src/storage/control/audit.ts: own",
  "src/storage/config/sql-config-store.ts: newestVersion",
  "src/storage/config/sql-config-store.ts: versionColumns",
  'src/storage/directory/sql-directory.ts: conditions.join(" AND ")',
  "src/storage/directory/sql-directory.ts: isMember",
  'src/storage/directory/sql-directory.ts: lists("fields", "roles", "?1")',
  'src/storage/directory/sql-directory.ts: lists("fields", "teams", "?1")',
  'src/storage/directory/sql-directory.ts: member("fields", "application")',
  'src/storage/directory/sql-directory.ts: member("fields", "team")',
  "src/storage/directory/sql-directory.ts: sql",
  "src/storage/keys/sql-keys.ts: and",
  "src/storage/keys/sql-keys.ts: assignments",
  'src/storage/keys/sql-keys.ts: conditions.join(" AND ")',
  'src/storage/keys/sql-keys.ts: jsonInSql[this.#database.dialect].numbers("?")',
  "src/storage/keys/sql-keys.ts: sql",
  "src/storage/keys/sql-keys.ts: stateConditions.works",
  "src/storage/ledger/sql-ledger.ts: marks",
  "src/storage/ledger/sql-ledger.ts: within.sql",
  "src/storage/login/log-ins.ts: column",
  "src/storage/login/sessions.ts: notEnded",
  'src/storage/login/sessions.ts: own("?2")',
  'src/storage/login/sessions.ts: own("?3")',
  "src/storage/login/sessions.ts: where",
  "src/storage/move/copy-table.ts: limit",
  "src/storage/move/copy-table.ts: marks",
  'src/storage/move/copy-table.ts: mayBeThere ? "ON CONFLICT DO NOTHING" : ""',
  // Names of tables and columns as our own schema has them.
  "src/storage/move/copy-table.ts: named([table])",
  "src/storage/move/copy-table.ts: named(columns)",
  "src/storage/move/copy-table.ts: named(key)",
  "src/storage/move/copy-table.ts: wanted",
  "src/storage/move/move-control.ts: table",
  "src/storage/move/move-target.ts: table",
  "src/storage/records/day-partitions.ts: (day + 1) * dayMs",
  "src/storage/records/day-partitions.ts: day * dayMs",
  "src/storage/records/day-partitions.ts: name",
  "src/storage/records/day-partitions.ts: tableOf(day)",
  "src/storage/records/postgres-schema.ts: keys",
  "src/storage/records/postgres-schema.ts: measures",
  'src/storage/records/postgres-schema.ts: recordColumns.slice(0, 29).map(shown).join(", ")',
  'src/storage/records/postgres-sink.ts: addingToPostgres("rollups", "?9", moved)',
  'src/storage/records/postgres-sink.ts: addingToPostgres("tagged_rollups", "?10", moved)',
  "src/storage/records/postgres-sink.ts: moved",
  "src/storage/records/postgres-sink.ts: moving",
  "src/storage/records/postgres-sink.ts: part(4)",
  "src/storage/records/postgres-sink.ts: part(5)",
  "src/storage/records/postgres-sink.ts: part(6)",
  "src/storage/records/postgres-sink.ts: part(7)",
  "src/storage/records/postgres-sink.ts: part(8)",
  "src/storage/records/postgres-tables.ts: condition",
  'src/storage/records/record-writer.ts: Array(rows).fill("(?, ?)").join(", ")',
  "src/storage/records/sqlite-tables.ts: condition",
  "src/storage/rollups/postgres-rollups.ts: columns",
  "src/storage/rollups/postgres-rollups.ts: condition",
  "src/storage/rollups/postgres-rollups.ts: json",
  "src/storage/rollups/postgres-rollups.ts: table",
  "src/storage/rollups/postgres-rollups.ts: types",
  'src/storage/rollups/rollup-writer.ts: columns.map(() => "?").join(", ")',
  "src/storage/rollups/rollup-writer.ts: named(columns)",
  "src/storage/rollups/rollup-writer.ts: table",
  "src/storage/rollups/usage.ts: condition",
  "src/storage/rollups/usage.ts: ends",
  "src/storage/rollups/usage.ts: from.sql",
  "src/storage/rollups/usage.ts: keys",
  "src/storage/rollups/usage.ts: less",
  "src/storage/rollups/usage.ts: measures",
  'src/storage/rollups/usage.ts: selected.join(", ")',
  "src/storage/control/scim-tokens.ts: this.#within",
  "src/storage/counters/postgres-hold-function.ts: longest",
  "src/storage/counters/postgres-hold-function.ts: orBack",
  "src/storage/counters/postgres-hold-function.ts: replacing",
  "src/storage/counters/postgres-hold-function.ts: shortening",
  "src/storage/counters/postgres-hold.ts: holdFunction({ patient: false })",
  "src/storage/sqlite/migrations.ts: migrations.length",
  "src/storage/sqlite/open-database.ts: options.busyTimeoutMs ?? 1000",
];

describe("the network", () => {
  test("is reached by the one guarded transport only", () => {
    const modules = /^(node:)?(net|tls|https?|http2|dgram|dns|dns\/promises|cluster|inspector)$/;
    // The doctor looks names up, as an operator would with a tool; it connects by the transport.
    expect(importing(modules, [transport, ...doors, "src/server/cli/doctor/doctor.ts"])).toEqual([]);
    expect(
      found(
        /(?<![.\w#]|function )fetch\((?![^)]*\)\s*\{)|\bglobalThis\.(?:fetch|WebSocket)|\bnew (?:WebSocket|EventSource|XMLHttpRequest|RTCPeerConnection)\b/,
      ),
    ).toEqual([]);
    expect(found(/\bBun\.(?:connect|listen|serve|udpSocket|dns|fetch|redis|sql|s3)\b/, [transport, ...doors])).toEqual([]);
  });

  test("leaves private addresses to what the config names: nowhere else is the guard told to look away", () => {
    // Each says why in its own words; whoever adds one has to be added here.
    const mayAllow = files.filter(({ code }) => /\bprivateAllowed: (?:true|!0)/.test(code)).map(({ path }) => path);
    expect(mayAllow.toSorted()).toEqual(["src/config/resolving/local-runtimes.ts", "src/server/cli/remote/remote.ts"]);
  });
});

describe("what a caller sends", () => {
  test("is never run", () => {
    // The supervisor starts this very program with its own words, as its workers.
    expect(importing(/^(node:)?(vm|child_process|worker_threads|repl|wasi)$/, ["src/server/workers/worker-process.ts"])).toEqual([]);
    expect(
      found(
        /(?<![.\w])eval\(|\bnew Function\b|(?<![.\w])Function\(|\bBun\.(?:spawn|spawnSync|\$|plugin)\b|\bnew Worker\b|\bimport\((?!"")/,
      ),
    ).toEqual([]);
    expect(found(/\bset(?:Timeout|Interval)\(\s*(?:""|`)/)).toEqual([]);
  });

  test("is no part of a statement of SQL: only names and marks of our own are put together, and each place is known here", () => {
    const statement = /`\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|REPLACE|WITH)\b(?:[^`\\]|\\.)*`/g;
    const filled = files.flatMap(({ path, text }) =>
      [...text.matchAll(statement)].flatMap(([sql]) =>
        [...sql.matchAll(/\$\{((?:[^{}]|\{[^}]*\})*)\}/g)].map(([, inner]) => `${path}: ${inner}`),
      ),
    );
    expect([...new Set(filled)].toSorted()).toEqual(knownPieces.toSorted());
    // Nor is a statement put together with plus signs.
    expect(
      files.filter(({ text }) => /["'`]\s*(?:SELECT|INSERT|UPDATE|DELETE)\b[^"'`]*["'`]\s*\+/.test(text)).map(({ path }) => path),
    ).toEqual([]);
  });
});
