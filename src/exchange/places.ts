/**
 * Things that come and go thousands of times a second, each in a place that another one takes over when it has gone.
 *
 * No `Map` or `Set`: those make themselves a new table every few changes, an old table leads to its successor and still holds
 * what was in it, and once a table has outlived a collection of young garbage all that follow it outlive theirs too, with every
 * prompt of their time.
 */
export class Places<Thing extends object> implements Iterable<Thing> {
  readonly #places: (Thing | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#places.length - this.#free.length;
  }

  /** @returns its place, by which it is taken out again */
  add(thing: Thing): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = thing;
    return place;
  }

  /** Of a place that is taken; a place is left once. */
  leave(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
  }

  /** In no order. Whoever leaves meanwhile is not met; whoever comes meanwhile may be. */
  *[Symbol.iterator](): Generator<Thing, void> {
    for (const thing of this.#places) if (thing) yield thing;
  }
}
