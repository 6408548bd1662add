import type { Config } from "../../config/index.ts";
import { type Exchange, Fault, type LimitedScope, type Principal } from "../../exchange/index.ts";
import { type BudgetOptions, type Counter, countersOf, type LimitOptions } from "../../policies/index.ts";
import type { ModelLine } from "../line.ts";
import { PassingScopes } from "./passing-scopes.ts";

const none: readonly Counter[] = [];
const sessionHeader = "x-sluice-session";
const longestSession = 255;

type LimitedConfig = Pick<Config, "keys" | "teams" | "endUsers" | "sessions">;

/**
 * What each request counts in: the limits of its caller, of everybody that the caller belongs to, of the end user and of the session
 * that it is for. What is the caller's is worked out once a caller.
 */
export class CallerCounters {
  readonly #keys: ReadonlyMap<string, readonly Counter[]>;
  readonly #teams: ReadonlyMap<string, readonly Counter[]>;
  readonly #callers = new WeakMap<Principal, readonly Counter[]>();
  readonly #endUsers: Config["endUsers"];
  readonly #sessions: Config["sessions"];
  readonly #passing = new PassingScopes();

  constructor({ keys, teams, endUsers, sessions }: LimitedConfig) {
    this.#endUsers = endUsers;
    this.#sessions = sessions;
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

  /** @throws Fault `request_malformed` for a session that is no name */
  of(exchange: Exchange, { counters }: ModelLine): readonly Counter[] {
    const { principal } = exchange;
    let own = this.#callers.get(principal);
    if (!own) {
      own = this.#worked(principal);
      this.#callers.set(principal, own);
    }
    const session = this.#sessions && this.#ofSession(exchange, this.#sessions);
    const endUser = exchange.endUser === undefined ? undefined : this.#ofEndUser(exchange.endUser, principal);
    if (counters.length === 0 && !session && !endUser) return own;
    if (own.length === 0 && !session && !endUser) return counters;
    return [...(session ?? none), ...(endUser ?? none), ...own, ...counters];
  }

  /** A user of one application is none of another's. */
  #ofEndUser(name: string, { organisation = "", team = "", application, endUserLimits }: Principal): readonly Counter[] {
    const place = application ?? `${organisation}/${team}`;
    const scope = { kind: "end-user", id: `${place}/${name}`, whose: `the end user "${name}"` };
    const all = this.#endUsers ? this.#passing.of(scope, this.#endUsers) : none;
    if (!endUserLimits) return all;
    return [...this.#passing.of({ ...scope, kind: "application-end-user" }, endUserLimits), ...all];
  }

  #ofSession({ http, principal }: Exchange, options: NonNullable<Config["sessions"]>): readonly Counter[] | undefined {
    const name = http.header(sessionHeader);
    if (name === undefined) return undefined;
    if (name === "" || name.length > longestSession || /[^\x21-\x7e]/.test(name))
      throw new Fault("request_malformed", {
        message: `${sessionHeader} must be 1 to ${longestSession} visible characters of ASCII.`,
        param: sessionHeader,
      });
    return this.#passing.of({ kind: "session", id: `${principal.keyId}/${name}`, whose: `the session "${name}"` }, options);
  }

  #worked({ keyId, team, teamIsStored, limits = [] }: Principal): readonly Counter[] {
    const all = [
      ...(this.#keys.get(keyId) ?? none),
      ...limits.flatMap(writtenCounters),
      ...(team === undefined || teamIsStored ? none : (this.#teams.get(team) ?? none)),
    ];
    return all.length === 0 ? none : all;
  }
}

/** What is kept was checked when it was written. */
export function writtenCounters(scope: LimitedScope): readonly Counter[] {
  const { limits, budget, kind } = scope;
  return countersOf({ ...scope, kind: kindNames[kind] }, limits as LimitOptions | undefined, budget as BudgetOptions | undefined);
}

/** As in the names of counters. */
const kindNames: Readonly<Record<LimitedScope["kind"], string>> = {
  key: "key",
  user: "user",
  application: "application",
  serviceAccount: "service-account",
  team: "team",
  organisation: "organisation",
};
