import type { Config } from "../config/index.ts";
import type { Principal } from "../exchange/index.ts";
import { type BudgetOptions, type Counter, countersOf, type LimitOptions } from "../policies/index.ts";
import type { ModelLine } from "./line.ts";

const none: readonly Counter[] = [];

/** What each caller's requests count in: its own limits, and those of everybody that it belongs to. Worked out once a caller. */
export class CallerCounters {
  readonly #keys: ReadonlyMap<string, readonly Counter[]>;
  readonly #teams: ReadonlyMap<string, readonly Counter[]>;
  readonly #callers = new WeakMap<Principal, readonly Counter[]>();

  constructor({ keys, teams }: Pick<Config, "keys" | "teams">) {
    this.#keys = new Map(
      keys.map(({ name, limits, budget }) => [
        `config:${name}`,
        countersOf({ kind: "key", id: `config:${name}`, whose: `the key "${name}"` }, limits, budget),
      ]),
    );
    this.#teams = new Map(
      teams.map(({ name, limits, budget }) => [name, countersOf({ kind: "team", id: name, whose: `the team "${name}"` }, limits, budget)]),
    );
  }

  of(principal: Principal, { counters }: ModelLine): readonly Counter[] {
    let own = this.#callers.get(principal);
    if (!own) {
      own = this.#worked(principal);
      this.#callers.set(principal, own);
    }
    if (counters.length === 0) return own;
    return own.length === 0 ? counters : [...own, ...counters];
  }

  #worked({ keyId, team, teamIsStored, limits = [] }: Principal): readonly Counter[] {
    const all = [
      ...(this.#keys.get(keyId) ?? none),
      ...limits.flatMap((scope) => countersOf(scope, scope.limits as LimitOptions | undefined, scope.budget as BudgetOptions | undefined)),
      ...(team === undefined || teamIsStored ? none : (this.#teams.get(team) ?? none)),
    ];
    return all.length === 0 ? none : all;
  }
}
