/** Texts under numbers that a provider chose, in their order; a number far behind the others costs no more than a near one. */
export function inOrder(paragraphs: ReadonlyMap<number, string>): string[] {
  return [...paragraphs].sort(([left], [right]) => left - right).map(([, text]) => text);
}
