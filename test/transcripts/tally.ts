import type { RecordedExchange } from "./exchange.ts";

/** What became of one check. */
export type Verdict =
  | { readonly outcome: "passed"; readonly note?: string }
  /** The gateway said so honestly: a refusal that names its reason, or a warning. */
  | { readonly outcome: "refused" | "reported"; readonly note: string }
  | { readonly outcome: "left out"; readonly note: string }
  | { readonly outcome: "failed"; readonly note: string };

export interface Entry {
  readonly exchange: RecordedExchange;
  /** `own`, `openai-chat → anthropic-messages`, … */
  readonly suite: string;
  readonly verdict: Verdict;
}

/** Collects verdicts and prints them grouped and counted. */
export class Tally {
  readonly entries: Entry[] = [];

  add(exchange: RecordedExchange, suite: string, verdict: Verdict): void {
    this.entries.push({ exchange, suite, verdict });
  }

  /** Checks `exchanges` a few at a time and keeps the verdicts in order. */
  async run(exchanges: readonly RecordedExchange[], suite: string, check: (exchange: RecordedExchange) => Promise<Verdict>): Promise<void> {
    const width = 8;
    for (let at = 0; at < exchanges.length; at += width) {
      const group = exchanges.slice(at, at + width);
      const verdicts = await Promise.all(group.map((exchange) => judged(exchange, check)));
      for (const [index, verdict] of verdicts.entries()) this.add(group[index]!, suite, verdict);
    }
  }

  failures(): readonly string[] {
    return this.entries
      .filter((entry) => entry.verdict.outcome === "failed")
      .map((entry) => `${entry.suite} · ${entry.exchange.id} (${entry.exchange.mode}): ${entry.verdict.note ?? ""}`);
  }

  /** A row for each provider, dialect and mode, a column for each family of checks; a cell counts checks by outcome. */
  table(): readonly (readonly string[])[] {
    const columns = families.filter(([, pattern]) => this.entries.some((entry) => pattern.test(entry.suite)));
    const rows = new Map<string, Entry[]>();
    for (const entry of this.entries) {
      const { provider, dialect, api, mode } = entry.exchange;
      const key = [provider, dialect ?? api, entry.suite.endsWith("request only") ? "request-only" : mode].join("\t");
      rows.set(key, [...(rows.get(key) ?? []), entry]);
    }
    const body = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
    const cells = (entries: readonly Entry[]): string[] =>
      columns.map(([, pattern]) => counted(entries.filter((entry) => pattern.test(entry.suite))));
    return [
      ["provider", "dialect", "mode", ...columns.map(([name]) => name)],
      ...body.map(([key, entries]) => [...key.split("\t"), ...cells(entries)]),
      ["all", "", "", ...cells(this.entries)],
    ];
  }

  /** A row for each ordered pair of dialects: how its answers and its requests fared. */
  pairs(): readonly (readonly string[])[] {
    const rows = new Map<string, { answers: Entry[]; requests: Entry[] }>();
    for (const entry of this.entries) {
      const [, kind, from, to] = /^(answer|request) (\S+) → ([^\s,]+)/.exec(entry.suite) ?? [];
      if (from === undefined || to === undefined) continue;
      // An answer goes to the caller, a request comes from there.
      const key = kind === "answer" ? `${to}\t${from}` : `${from}\t${to}`;
      const row = rows.get(key) ?? { answers: [], requests: [] };
      row[kind === "answer" ? "answers" : "requests"].push(entry);
      rows.set(key, row);
    }
    const body = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
    return [
      ["caller", "upstream", "requests", "answers"],
      ...body.map(([key, { answers, requests }]) => [...key.split("\t"), counted(requests), counted(answers)]),
    ];
  }

  /** The same as `reasons`, for all pairs of dialects together and without the headers that came: what, and how often. */
  briefReasons(): readonly (readonly [string, number])[] {
    const counts = new Map<string, number>();
    for (const [reason, count] of this.reasons()) {
      const [head = "", what = ""] = reason.split(" · ");
      const family = /^(answer|request) [^,]*/.test(head) ? `${head.split(" ")[0]}s across` : head;
      const key = `${family} · ${what.split(" — ")[0]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    return [...counts].sort((left, right) => right[1] - left[1]);
  }

  /** Everything that is not a plain pass, by suite, outcome and reason. */
  reasons(): readonly (readonly [string, number])[] {
    const counts = new Map<string, number>();
    for (const { suite, verdict } of this.entries) {
      if (verdict.outcome === "passed" && verdict.note === undefined) continue;
      const key = `${suite} · ${verdict.outcome}: ${(verdict.note ?? "").slice(0, 200)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].sort((left, right) => right[1] - left[1]);
  }
}

const families: readonly (readonly [string, RegExp])[] = [
  ["own dialect", /^own dialect(, request only)?$/],
  ["own, sliced", /^own dialect, sliced$/],
  ["answers across", /^answer [^,]*$/],
  ["answers across, sliced", /^answer .*, sliced$/],
  ["requests across", /^request /],
];

const outcomes = ["passed", "reported", "refused", "left out", "failed"] as const;

function counted(entries: readonly Entry[]): string {
  const counts = outcomes.map((outcome) => [outcome, entries.filter((entry) => entry.verdict.outcome === outcome).length] as const);
  return counts.flatMap(([outcome, count]) => (count === 0 ? [] : [`${count} ${outcome}`])).join(", ");
}

async function judged(exchange: RecordedExchange, check: (exchange: RecordedExchange) => Promise<Verdict>): Promise<Verdict> {
  try {
    return await check(exchange);
  } catch (error) {
    return { outcome: "failed", note: `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}` };
  }
}

export function failed(note: string): Verdict {
  return { outcome: "failed", note: note.length > 600 ? `${note.slice(0, 600)}…` : note };
}

/** A table as aligned text. */
export function printed(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A table as markdown. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
  return [head, `|${(rows[0] ?? []).map(() => "---").join("|")}|`, ...body].join("\n");
}
