import { createHash } from "node:crypto";
import type { SqlValue } from "../sqlite/driver.ts";
import type { RollupBatch } from "./rollup-batch.ts";
import { named, rollupCounts, rollupKeys, rollupMeasures, taggedKeys } from "./rollup-columns.ts";

const counts = rollupCounts.map((name) => `"${name}" bigint`);
/** A sum of an hour has no bound: numeric. */
const sums = rollupMeasures.slice(rollupCounts.length).map((name) => `"${name}" numeric`);

/**
 * A statement that adds what `rollupsAsJson` made of a batch to the sums of the same keys; always in the same order, so that no two wait
 * for each other.
 * @param json where its value stands @param condition of adding anything
 */
export function addingToPostgres(table: "rollups" | "tagged_rollups", json: string, condition = "TRUE"): string {
  const keys = table === "rollups" ? rollupKeys : taggedKeys;
  const columns = named(["key", ...keys, ...rollupMeasures]);
  const texts = keys.filter((name) => name !== "hour").map((name) => `"${name}" text`);
  const types = ["key text", "hour bigint", ...texts, ...counts, ...sums].join(", ");
  return `INSERT INTO ${table} (${columns})
    SELECT ${columns} FROM json_to_recordset(CAST(CAST(${json} AS text) AS json)) AS added (${types})
    WHERE ${condition} ORDER BY hour, key
    ON CONFLICT (hour, key) DO UPDATE SET ${rollupMeasures.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(", ")}`;
}

/** The sums of a batch for both tables, each key once. */
export function rollupsAsJson(batch: RollupBatch): { readonly plain: string; readonly tagged: string } {
  return { plain: rollupJson(batch.rollups, rollupKeys), tagged: rollupJson(batch.tagged, taggedKeys) };
}

interface Summed {
  readonly key: readonly SqlValue[];
  readonly counts: readonly (number | bigint)[];
  readonly sums: readonly (number | bigint)[];
}

/** What one of the statements adds. @param keys names of the parts of a key */
export function rollupJson(rollups: readonly Summed[], keys: readonly string[]): string {
  const byKey = new Map<string, { readonly values: readonly SqlValue[]; readonly measures: bigint[] }>();
  for (const { key, counts, sums } of rollups) {
    const values = key.map((value, at) => (keys[at] === "tags" ? tagsForPostgres(String(value)) : cleaned(value)));
    const text = JSON.stringify(values);
    const measures = [...counts, ...sums].map(BigInt);
    const known = byKey.get(text);
    if (known === undefined) byKey.set(text, { values, measures });
    else for (const [at, measure] of measures.entries()) known.measures[at] = (known.measures[at] as bigint) + measure;
  }
  const rows = [...byKey].map(([text, { values, measures }]) => ({
    key: createHash("sha256").update(text).digest("base64url"),
    ...Object.fromEntries(keys.map((name, at) => [name, values[at]])),
    ...Object.fromEntries(rollupMeasures.map((name, at) => [name, String(measures[at])])),
  }));
  return JSON.stringify(rows);
}

function cleaned(value: SqlValue): SqlValue {
  return typeof value === "string" ? postgresText(value) : value;
}

/** PostgreSQL's texts hold no NUL and nothing that is not Unicode: U+FFFD stands for those. */
export function postgresText(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}

/** The same of what stands in JSON as an escape: `JSON.stringify` writes halves of pairs so, and never pairs. */
const badEscape = /\\u(0000|d[89a-f][0-9a-f]{2})/;

function tagsForPostgres(tags: string): string {
  if (!badEscape.test(tags)) return tags;
  return JSON.stringify(JSON.parse(tags, (_, value: unknown) => (typeof value === "string" ? postgresText(value) : value)));
}
