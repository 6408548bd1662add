/** What a list that is read newest first is asked for. */
export interface Sought<Item> {
  readonly limit: number;
  /** Where the page before ended. */
  readonly before: string | undefined;
  /** Undefined where everything is asked for. */
  fits?(item: Item): boolean;
  /** Whether nothing can fit from here on. */
  isPast?(item: Item): boolean;
  keyOf(item: Item): string;
}

/** So many are looked at for one page: a filter that few of millions fit holds nobody up. */
const mostLookedAt = 10_000;
const atOnce = 1_000;

/**
 * A page of what fits. It may hold fewer than were asked for, or none, and yet name a next one: there the look goes on.
 *
 * @param read the newest of those before a key
 */
export async function fittingPage<Item>(
  read: (limit: number, before: string | undefined) => Promise<readonly Item[]>,
  { limit, before, fits, isPast, keyOf }: Sought<Item>,
): Promise<{ readonly data: readonly Item[]; readonly next: string | undefined }> {
  const data: Item[] = [];
  const some = fits === undefined ? limit + 1 : atOnce;
  let last = before;
  for (let lookedAt = 0; lookedAt < mostLookedAt; lookedAt += some) {
    const items = await read(some, last);
    for (const item of items) {
      if (isPast?.(item)) return { data, next: undefined };
      if (fits?.(item) !== false) {
        if (data.length === limit) return { data, next: last };
        data.push(item);
      }
      last = keyOf(item);
    }
    if (items.length < some) return { data, next: undefined };
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { data, next: last };
}
