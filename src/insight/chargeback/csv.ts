/** Rows as CSV (RFC 4180), with a first row of names. What a spreadsheet would take for a formula is told from one by a quote before it. */
export function writeCsv(names: readonly string[], rows: Iterable<readonly string[]>): string {
  let text = `${names.map(cellOf).join(",")}\r\n`;
  for (const row of rows) text += `${row.map(cellOf).join(",")}\r\n`;
  return text;
}

function cellOf(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @returns the rows by the names of the first @throws RangeError with the line that is wrong */
export function readCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const [names, ...rows] = cellsIn(text.replace(/^\ufeff/, ""));
  if (names === undefined) throw new RangeError("The file is empty.");
  return rows.map((row, at) => {
    if (row.length !== names.length) throw new RangeError(`Row ${at + 2} has ${row.length} cells, and the first has ${names.length}.`);
    return Object.fromEntries(names.map((name, column) => [name.trim(), row[column] as string]));
  });
}

function cellsIn(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new RangeError(`A quote stands where none may, in row ${rows.length + 1}, at character ${at}.`);
    row.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'));
    if (match[3] === ",") {
      if (cell.lastIndex === text.length) row.push("");
      else continue;
    }
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
