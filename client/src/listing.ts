/** As it is answered: `next` is the cursor of the page behind it, null where there is none. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

/**
 * A list that is asked for page by page, as it is read: `for await (const key of sluice.keys.list())`. Nothing is asked before the first
 * is wanted, and nothing behind the one where the reader stopped.
 */
export class Listing<Item> implements AsyncIterable<Item> {
  readonly #ask: (cursor: string | undefined) => Promise<Page<Item>>;
  readonly #from: string | undefined;

  constructor(ask: (cursor: string | undefined) => Promise<Page<Item>>, from: string | undefined) {
    this.#ask = ask;
    this.#from = from;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for await (const page of this.pages()) yield* page.data;
  }

  async *pages(): AsyncGenerator<Page<Item>, void> {
    let cursor = this.#from;
    do {
      const page = await this.#ask(cursor);
      yield page;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** The first page alone. */
  firstPage(): Promise<Page<Item>> {
    return this.#ask(this.#from);
  }

  /** Every item; for lists that are known to be short. */
  async all(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
