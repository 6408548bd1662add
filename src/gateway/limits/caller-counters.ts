import type { Config } from "../../config/index.ts";
import { type Exchange, Fault, type LimitedScope, type Principal } from "../../exchange/index.ts";
import { type BudgetOptions, type Counter, countersOf, type LimitOptions } from "../../policies/index.ts";
import type { ModelLine } from "../line.ts";
import { PassingScopes } from "./passing-scopes.ts";
import { ToolCounters } from "./tool-counters.ts";

const none: readonly Counter[] = [];
const sessionHeader = "x-sluice-session";
const longestSession = 255;

type LimitedConfig = Pick<Config, "keys" | "teams" | "endUsers" | "sessions" | "tags" | "tools">;

/**
 * What each request counts in: the limits of its caller, of everybody that the caller belongs to, of the end user and of the session
 * that it is for, of what its tags say, and of the tools that it brings. What is the caller's is worked out once a caller.
 */
export class CallerCounters {
  readonly #keys: ReadonlyMap<string, readonly Counter[]>;
  readonly #teams: ReadonlyMap<string, readonly Counter[]>;
  readonly #callers = new WeakMap<Principal, readonly Counter[]>();
  readonly #endUsers: Config["endUsers"];
  readonly #sessions: Config["sessions"];
  readonly #tags: Config["tags"];
  readonly #tools: ToolCounters;
  readonly #passing = new PassingScopes();

  constructor({ keys, teams, endUsers, sessions, tags, tools }: LimitedConfig) {
    this.#endUsers = endUsers;
    this.#sessions = sessions;
    this.#tags = tags;
    this.#tools = new ToolCounters(tools);
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

  /** @throws Fault `request_malformed` for a session that is no name, and without a tag that the config asks for */
  of(exchange: Exchange, { counters }: ModelLine): readonly Counter[] {
    const { principal } = exchange;
    let own = this.#callers.get(principal);
    if (!own) {
      own = this.#worked(principal);
      this.#callers.set(principal, own);
    }
    const session = this.#sessions ? this.#ofSession(exchange, this.#sessions) : none;
    const endUser = exchange.endUser === undefined ? none : this.#ofEndUser(exchange.endUser, principal);
    const tagged = this.#tags.length === 0 ? none : this.#ofTags(exchange);
    const ofTools = this.#tools.of(exchange);
    const passing = session.length + endUser.length + tagged.length + ofTools.length;
    if (passing + counters.length === 0) return own;
    if (passing + own.length === 0) return counters;
    return [...session, ...endUser, ...tagged, ...ofTools, ...own, ...counters];
  }

  /** A user of one application is none of another's. */
  #ofEndUser(name: string, { organisation = "", team = "", application, endUserLimits }: Principal): readonly Counter[] {
    const place = application ?? `${organisation}/${team}`;
    const scope = { kind: "end-user", id: `${place}/${name}`, whose: `the end user "${name}"` };
    const all = this.#endUsers ? this.#passing.of(scope, this.#endUsers) : none;
    if (!endUserLimits) return all;
    return [...this.#passing.of({ ...scope, kind: "application-end-user" }, endUserLimits), ...all];
  }

  #ofSession({ http, principal }: Exchange, options: NonNullable<Config["sessions"]>): readonly Counter[] {
    const name = http.header(sessionHeader);
    if (name === undefined) return none;
    if (name === "" || name.length > longestSession || /[^\x21-\x7e]/.test(name))
      throw new Fault("request_malformed", {
        message: `${sessionHeader} must be 1 to ${longestSession} visible characters of ASCII.`,
        param: sessionHeader,
      });
    return this.#passing.of({ kind: "session", id: `${principal.keyId}/${name}`, whose: `the session "${name}"` }, options);
  }

  /** The same value at another team is another: whoever sends a tag may choose what it says. */
  #ofTags({ tags = {}, principal }: Exchange): readonly Counter[] {
    const { organisation = "", team = "" } = principal;
    return this.#tags.flatMap((options) => {
      const { name, required } = options;
      const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
      if (value)
        return this.#passing.of({ kind: `tag-${name}`, id: `${organisation}/${team}/${value}`, whose: `the ${name} "${value}"` }, options);
      if (!required) return none;
      throw new Fault("request_malformed", {
        message: `This gateway wants to know the ${name} of each request: say it as ${JSON.stringify({ [name]: "…" })} in x-sluice-metadata.`,
        param: "x-sluice-metadata",
      });
    });
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
