/** What one holder has. */
export interface Holding {
  readonly granted: number;
  /** As it was last told. */
  readonly used: number;
  /** It uses at most so much beyond `used` before it tells again. */
  readonly step: number;
  /** Unless it is heard of until then, it is dead. */
  readonly untilMs: number;
  /** What it would use in some time, as it goes: its part of what all would. */
  readonly wish: number;
  readonly turn: number;
}

/** What a holder that was taken for dead may have used is counted; taken back, should it be heard of again. */
export interface Buried {
  readonly used: number;
  readonly atMs: number;
}

/** What stays of a window while another one stands in its place: all who held a part are taken for dead. */
export interface Aside {
  readonly atMs: number;
  readonly spent: number;
  readonly buried: Map<string, Buried>;
}

export interface Book {
  atMs: number;
  /** Settled, by whoever holds nothing any more. */
  spent: number;
  readonly holders: Map<string, Holding>;
  buried: Map<string, Buried>;
  /** Of the window that stood here before: some clock may be wrong, and comes back to it. */
  aside: Aside | undefined;
  /** Sums over the holders. */
  granted: number;
  used: number;
  wished: number;
  /** Nobody is dead before. */
  checkMs: number;
}

const nobodys = { granted: 0, used: 0, wished: 0, checkMs: Number.POSITIVE_INFINITY } as const;

export function emptyBook(atMs = 0): Book {
  return { ...{ atMs, spent: 0, holders: new Map(), buried: new Map(), aside: undefined }, ...nobodys };
}

/** How much is used in the window that began then. */
export function usedIn(book: Book | undefined, startMs: number): number {
  if (book?.atMs === startMs) return book.spent + book.used;
  return book?.aside?.atMs === startMs ? book.aside.spent : 0;
}

/** The book of the window that began then. That of another one is put aside: whose clock is wrong, it or the asker's, nobody knows. */
export function turned(before: Book | undefined, startMs: number): Book {
  if (before === undefined) return emptyBook(startMs);
  if (before.atMs === startMs) return before;
  const { atMs, aside, holders, buried } = before;
  for (const [name, holding] of holders) {
    const used = mayHaveUsed(holding);
    before.spent += used;
    buried.set(name, { used, atMs: startMs });
  }
  const again = aside?.atMs === startMs ? aside : undefined;
  const book = emptyBook(startMs);
  book.spent = again?.spent ?? 0;
  book.buried = again?.buried ?? new Map();
  book.aside = { atMs, spent: before.spent, buried };
  return book;
}

/** Until it tells again. */
export function mayHaveUsed({ granted, used, step }: Holding): number {
  return Math.max(used, Math.min(granted, used + step));
}

export function add(book: Book, holder: string, holding: Holding): void {
  book.holders.set(holder, holding);
  book.granted += holding.granted;
  book.used += holding.used;
  book.wished += holding.wish;
  book.checkMs = Math.min(book.checkMs, holding.untilMs);
}

export function remove(book: Book, holder: string, { granted, used, wish }: Holding): void {
  book.holders.delete(holder);
  book.granted -= granted;
  book.used -= used;
  book.wished -= wish;
}
