import { add, type Book, emptyBook } from "./book.ts";

type Held = [name: string, granted: number, used: number, step: number, untilMs: number, wish?: number, turn?: number];
type Written = [
  atMs: number,
  spent: number,
  level: number,
  slots: [],
  held: Held[],
  buried?: Dead[],
  aside?: [atMs: number, spent: number, buried: Dead[]],
];
type Dead = [name: string, used: number, atMs?: number];

/**
 * `[atMs, spent, 0, [], holders, buried]`, each holder as `[name, granted, used, step, untilMs, wish, turn]`, each buried one as
 * `[name, used, atMs]`; behind them, where a window is put aside, its `[atMs, spent, buried]`.
 */
export function writeBook({ atMs, spent, holders, buried, aside }: Book): string {
  const held: Held[] = [];
  for (const [name, { granted, used, step, untilMs, wish, turn }] of holders) held.push([name, granted, used, step, untilMs, wish, turn]);
  const written: Written = [atMs, spent, 0, [], held, deadIn(buried)];
  if (aside) written.push([aside.atMs, aside.spent, deadIn(aside.buried)]);
  return JSON.stringify(written);
}

export function readBook(text: string): Book {
  const [atMs, spent, , , held, buried = [], aside] = JSON.parse(text) as Written;
  const book = emptyBook(atMs);
  book.spent = spent;
  for (const [name, granted, used, step, untilMs, wish = 0, turn = 0] of held)
    add(book, name, { granted, used, step, untilMs, wish, turn });
  book.buried = buriedIn(buried);
  if (aside) book.aside = { atMs: aside[0], spent: aside[1], buried: buriedIn(aside[2]) };
  return book;
}

function deadIn(buried: Book["buried"]): Dead[] {
  return Array.from(buried, ([name, { used, atMs }]) => [name, used, atMs]);
}

function buriedIn(dead: readonly Dead[]): Book["buried"] {
  return new Map(dead.map(([name, used, atMs = 0]) => [name, { used, atMs }]));
}
