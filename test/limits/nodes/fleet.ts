import { Limiter } from "../../../src/policies/index.ts";
import { FarCounters, type WayOptions } from "./far-counters.ts";

export interface FleetOptions {
  readonly nodes: number;
  readonly seconds: number;
  /** Nodes that are killed while it runs; each comes back some seconds later, as another one. */
  readonly deaths: number;
  /** Nodes that end in good order and give back what they hold; they come back too. */
  readonly ends: number;
  /** Nodes that are not there when it begins, and come while it runs. */
  readonly joins: number;
}

export interface FleetNode {
  readonly limiter: Limiter;
  /** The balancer sends it requests. */
  serves: boolean;
  lives: boolean;
}

const drainMs = 15_000;

/** The nodes that there are, one at each place of the balancer at a time. */
export class Fleet {
  readonly #way: WayOptions;
  readonly #startMs: number;
  readonly #nodes: FleetNode[];
  #begun = 0;
  #closed = false;
  died = 0;
  ended = 0;
  joined = 0;

  /** @param startMs the moment, since the epoch, at which the counted time begins */
  constructor(options: FleetOptions, way: WayOptions, startMs: number) {
    this.#way = way;
    this.#startMs = startMs;
    this.#nodes = Array.from({ length: options.nodes }, () => this.#open());
    const { events, random } = way;
    const { seconds, deaths, ends, joins } = options;
    for (let join = 0; join < joins; join++) {
      const place = this.#anyPlace();
      const node = this.#nodes[place] as FleetNode;
      if (!node.lives) continue;
      node.serves = node.lives = false;
      this.joined++;
      events.after(random() * seconds * 1000, () => (this.#nodes[place] = this.#open()));
    }
    for (let death = 0; death < deaths; death++) events.after(random() * seconds * 1000, () => this.#kill());
    for (let end = 0; end < ends; end++) events.after(random() * seconds * 1000, () => this.#end());
  }

  /** The node at a place, or at the next one where somebody serves. */
  at(place: number): FleetNode {
    for (let at = place; ; at = (at + 1) % this.#nodes.length) if (this.#nodes[at]?.serves) return this.#nodes[at] as FleetNode;
  }

  /** All nodes give back what they hold. */
  async close(): Promise<void> {
    const closing = Promise.all(this.#nodes.map(({ lives, limiter }) => lives && limiter.close()));
    this.#closed = true;
    await closing;
  }

  #anyPlace(): number {
    return Math.floor(this.#way.random() * this.#nodes.length);
  }

  #kill(): void {
    const place = this.#anyPlace();
    const node = this.#nodes[place] as FleetNode;
    if (!node.serves) return;
    node.serves = node.lives = false;
    this.died++;
    this.#comesBack(place);
  }

  #end(): void {
    const place = this.#anyPlace();
    const node = this.#nodes[place] as FleetNode;
    if (!node.serves) return;
    node.serves = false;
    this.ended++;
    this.#way.events.after(drainMs, () => {
      const gone = () => {
        node.lives = false;
      };
      node.limiter.close().then(gone, gone);
    });
    this.#comesBack(place);
  }

  #comesBack(place: number): void {
    const { events, random } = this.#way;
    events.after(5_000 + random() * 40_000, () => (this.#nodes[place] = this.#open()));
  }

  #open(): FleetNode {
    const { events, random } = this.#way;
    const isOver = () => !node.lives || this.#closed;
    const every = (ms: number, work: () => void) => {
      const again = () => {
        if (isOver()) return;
        events.stirred = true;
        work();
        events.after(ms, again);
      };
      events.after(random() * ms, again);
      return () => undefined;
    };
    const after = (ms: number, work: () => void) =>
      events.after(ms, () => {
        events.stirred = true;
        if (node.lives) work();
      });
    const limiter = new Limiter({
      store: new FarCounters(this.#way),
      holder: `node-${this.#begun++}`,
      now: () => this.#startMs + Math.floor(events.now),
      timer: { every, after, random },
    });
    const node: FleetNode = { limiter, serves: true, lives: true };
    return node;
  }
}
