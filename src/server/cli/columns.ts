/** Rows with their columns aligned. Columns named in `right` are aligned to the right. */
export function columns(written: readonly (readonly string[])[], right: readonly number[] = []): string {
  const rows = written.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text.length);
  return rows
    .map((row) =>
      row
        .map((text, index) => (right.includes(index) ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Names that callers chose may hold anything; a terminal must not obey it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
