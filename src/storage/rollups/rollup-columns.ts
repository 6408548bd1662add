export const hourMs = 3_600_000;

/** What tells one sum from another, in the table's order. `""` stands for none. */
export const rollupKeys = [
  "hour",
  "key_id",
  "team",
  "model",
  "provider",
  "organisation",
  "application",
  "user",
  "service_account",
  "target_model",
] as const;

/** What those of tagged requests have beside it: the end user, and the tags as JSON with sorted names. */
export const taggedKeys = [...rollupKeys, "end_user", "tags"] as const;

/** Counts that stand in a rollup behind its keys, in the table's order. */
export const rollupCounts = ["requests", "success", "refused", "failed", "cancelled", "estimated", "unpriced"] as const;
/** Sums that may outgrow a float. */
export const rollupSums = ["input_uncached", "cache_read", "cache_write", "output", "reasoning", "cost_nanos"] as const;

export const rollupMeasures = [...rollupCounts, ...rollupSums] as const;

/** Columns in SQL, one behind the other: `user` alone is a word of PostgreSQL's own. */
export function named(columns: readonly string[], of = ""): string {
  return columns.map((name) => `${of}"${name}"`).join(", ");
}
