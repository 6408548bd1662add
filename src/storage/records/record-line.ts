import { type Cell, columnAt } from "./record-columns.ts";

/** The first cell of a line, without reading the others. */
export function idOf(line: string): string {
  const id = line.slice(2, line.indexOf('"', 2));
  return id.includes("\\") ? String((JSON.parse(line) as Cell[])[columnAt.id]) : id;
}

/** The first two cells. */
export function beginningOf(line: string): { readonly id: string; readonly startedAt: number } {
  const id = idOf(line);
  const from = line.indexOf(",", id.length + 2);
  if (line.slice(2, from - 1) !== id) return { id, startedAt: Number((JSON.parse(line) as Cell[])[columnAt.started_at]) };
  return { id, startedAt: Number(line.slice(from + 1, line.indexOf(",", from + 1))) };
}
