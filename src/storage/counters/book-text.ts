import { add, type Book, emptyBook } from "./hold.ts";

type Held = [name: string, granted: number, used: number, step: number, untilMs: number, wish?: number, turn?: number];
type Written = [
  atMs: number,
  spent: number,
  level: number,
  slots: [],
  held: Held[],
  buried?: [name: string, used: number, atMs?: number][],
];

/** `[atMs, spent, 0, [], holders, buried]`, each holder as `[name, granted, used, step, untilMs, wish, turn]`, each buried one as `[name, used, atMs]`. */
export function writeBook({ atMs, spent, holders, buried }: Book): string {
  const held: Held[] = [];
  for (const [name, { granted, used, step, untilMs, wish, turn }] of holders) held.push([name, granted, used, step, untilMs, wish, turn]);
  return JSON.stringify([atMs, spent, 0, [], held, Array.from(buried, ([name, { used, atMs }]) => [name, used, atMs])] satisfies Written);
}

export function readBook(text: string): Book {
  const [atMs, spent, , , held, buried = []] = JSON.parse(text) as Written;
  const book = emptyBook(atMs);
  book.spent = spent;
  for (const [name, granted, used, step, untilMs, wish = 0, turn = 0] of held)
    add(book, name, { granted, used, step, untilMs, wish, turn });
  for (const [name, used, at = 0] of buried) book.buried.set(name, { used, atMs: at });
  return book;
}
