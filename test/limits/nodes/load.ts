import type { Counter } from "../../../src/policies/index.ts";
import { ZipfLaw } from "./draw.ts";

export interface LoadOptions {
  readonly nodes: number;
  readonly keys: number;
  readonly keysOfTeam: number;
  readonly organisations: number;
  /** Whether the balancer sends a key's requests to the same nodes, or anywhere. */
  readonly sticky: boolean;
  /** Whether keys have a budget of their own, beside their team's and their organisation's. */
  readonly keyBudgets: boolean;
  readonly requestsPerNodeAndSecond: number;
  readonly seconds: number;
}

export interface SimulatedCounter extends Counter {
  /** Its place in the tallies. */
  readonly at: number;
}

/** Of a balancer that keeps a key on its nodes, so much goes elsewhere all the same. */
const strays = 0.0005;
/** A key has as many nodes as it needs for none to have more of it than this part of its load. */
const partOfNode = 0.25;
const meanNanos = 3_000_000;
/** Of budgets, so many run out within the run; the others are for longer, as months are. */
const scarce = 0.005;
/** Requests that fit into the least budget that does not run out. */
const leastAmple = 1_000;

/** Who asks, how often, where it is sent, and in which budgets it counts. */
export class Load {
  readonly counters: SimulatedCounter[] = [];
  readonly #options: LoadOptions;
  readonly #law: ZipfLaw;
  readonly #needs: (readonly SimulatedCounter[])[] = [];
  readonly #homes: Int32Array;
  readonly #spread: Uint16Array;

  constructor(options: LoadOptions, random: () => number) {
    this.#options = options;
    const { keys, nodes, seconds, requestsPerNodeAndSecond, organisations, keysOfTeam, keyBudgets } = options;
    this.#law = new ZipfLaw(keys, 1);
    this.#homes = Int32Array.from({ length: keys }, () => Math.floor(random() * nodes));
    this.#spread = Uint16Array.from({ length: keys }, (_, key) => Math.ceil((this.#law.part(key) * nodes) / partOfNode));
    const teams = Math.ceil(keys / keysOfTeam);
    const teamOf = Int32Array.from({ length: keys }, () => Math.floor(random() * teams));
    const expected = { team: new Float64Array(teams), organisation: new Float64Array(organisations) };
    const all = nodes * requestsPerNodeAndSecond * seconds;
    for (let key = 0; key < keys; key++) {
      const team = teamOf[key] as number;
      expected.team[team]! += this.#law.part(key) * all;
      expected.organisation[team % organisations]! += this.#law.part(key) * all;
    }
    const scope = (kind: string) => (requests: number, at: number) => this.#counter(kind, at, requests, random, organisations);
    const ofOrganisations = Array.from(expected.organisation, scope("organisation"));
    const ofTeams = Array.from(expected.team, scope("team"));
    for (let key = 0; key < keys; key++) {
      const team = teamOf[key] as number;
      const above = [ofTeams[team] as SimulatedCounter, ofOrganisations[team % organisations] as SimulatedCounter];
      this.#needs.push(keyBudgets ? [scope("key")(this.#law.part(key) * all, key), ...above] : above);
    }
  }

  #counter(kind: string, at: number, requests: number, random: () => number, organisations: number): SimulatedCounter {
    // One organisation runs out, whatever the seed: its nodes all want the last of it.
    const isScarce = kind === "organisation" ? at === organisations - 1 : random() < scarce;
    const times = isScarce ? 0.3 + 0.6 * random() : 10 ** (1 + 2 * random());
    const name = `${kind}:${at}`;
    const limit = Math.max(isScarce ? 20 : leastAmple, Math.ceil(requests * times)) * meanNanos;
    const window = { kind: "calendar", unit: "month", zone: "UTC" } as const;
    const counter: SimulatedCounter = { id: name, name, whose: name, measure: "nanos", limit, window, at: this.counters.length };
    this.counters.push(counter);
    return counter;
  }

  key(random: () => number): number {
    return this.#law.draw(random);
  }

  needsOf(key: number): readonly SimulatedCounter[] {
    return this.#needs[key] as readonly SimulatedCounter[];
  }

  /** Where the balancer sends it, should that node be there. */
  node(key: number, random: () => number): number {
    const { nodes, sticky } = this.#options;
    if (!sticky || random() < strays) return Math.floor(random() * nodes);
    return ((this.#homes[key] as number) + Math.floor(random() * (this.#spread[key] as number))) % nodes;
  }

  /** What a request sets aside, in nano-dollars. */
  amount(random: () => number): number {
    return Math.ceil(meanNanos * (0.4 + 1.2 * random()));
  }

  /** Of what was set aside, what it came to. */
  actual(amount: number, random: () => number): number {
    return Math.floor(amount * (0.2 + 0.8 * random()));
  }
}
