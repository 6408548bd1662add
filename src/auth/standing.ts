import type { LimitedScope, ModelList, Principal } from "../exchange/index.ts";
import type { Organisation, Role, StoredKey, Team, WholeDirectory } from "../storage/index.ts";
import { KnownDirectory } from "./known-directory.ts";
import { limitedScope, limitsOfKey } from "./limited-scopes.ts";

/** Who a key speaks for, as far as the directory tells. */
export type KeyStanding = Pick<
  Principal,
  | "organisation"
  | "team"
  | "teamIsStored"
  | "application"
  | "serviceAccount"
  | "roles"
  | "modelLists"
  | "limits"
  | "endUserLimits"
  | "mayPassUser"
>;

/** The directory in memory: what keys and people are to it. Asks no store. There is a new one whenever something has moved. */
export class Standing {
  readonly #known: KnownDirectory;
  readonly #holders = new WeakMap<Principal, Principal>();

  private constructor(known: KnownDirectory) {
    this.#known = known;
  }

  /** @param before what was read last: only what has moved since is read, and it is given back where that is nothing */
  static async read(directory: WholeDirectory, before?: Standing): Promise<Standing> {
    const known = before ? before.#known : new KnownDirectory();
    const moved = await known.follow(directory);
    return before && !moved ? before : new Standing(known);
  }

  get roles(): ReadonlyMap<string, Role> {
    return this.#known.role;
  }

  /** What a key is; undefined where something that it belongs to is gone or not active, and the key lets nobody in. */
  ofKey(key: Omit<StoredKey, "hash" | "hint" | "createdAt">): KeyStanding | undefined {
    const { organisation, application, serviceAccount, user } = key;
    const account = serviceAccount === undefined ? undefined : this.#known.serviceAccount.get(serviceAccount);
    const team = key.team ?? account?.team;
    const storedTeam = team === undefined ? undefined : this.#known.team.get(team);
    const program = application === undefined ? undefined : this.#known.application.get(application);
    const all = [
      organisation === undefined ? undefined : (this.#known.organisation.get(organisation) ?? gone),
      storedTeam,
      application === undefined ? undefined : (program ?? gone),
      serviceAccount === undefined ? undefined : (account ?? gone),
      user?.startsWith("user_") ? (this.#known.user.get(user) ?? gone) : undefined,
    ].filter((each) => each !== undefined);
    if (all.some((each) => !each.active || each.organisation !== organisation)) return undefined;
    // A team of an organisation is in the directory: the config's are the installation's.
    if (organisation !== undefined && team !== undefined && !storedTeam) return undefined;
    // What an account's roles allow holds where the account is, wherever its key was made.
    if (key.kind === "admin" && account?.team !== undefined && account.team !== team) return undefined;
    const there = all.filter((each) => "id" in each);
    const limits = [...limitsOfKey(key), ...there.flatMap(limitedScope)];
    const endUserLimits = program?.endUsers;
    const modelLists = all.flatMap((each) => ("models" in each && each.models ? modelListOf(each, each.models) : []));
    // Before there were roles an admin key was the owner's, whatever team was noted on it.
    const isOld = key.kind === "admin" && key.role === undefined && account === undefined;
    return {
      ...(organisation !== undefined && { organisation }),
      ...(team !== undefined && !isOld && { team }),
      ...(storedTeam && { teamIsStored: true }),
      ...(application !== undefined && { application }),
      ...(serviceAccount !== undefined && { serviceAccount }),
      ...(key.kind === "admin" && { roles: account?.roles ?? [key.role ?? "owner"] }),
      ...(modelLists.length > 0 && { modelLists }),
      ...(limits.length > 0 && { limits }),
      ...(endUserLimits && { endUserLimits }),
      // Who limits its own users says who they are.
      ...(key.kind === "key" && (endUserLimits || (key.mayPassUser ?? program?.mayPassUser)) && { mayPassUser: true }),
    };
  }

  /**
   * The same principal with what the directory limits of whom a token or a certificate stands for: the person of that name, the team
   * and the organisation. Worked out once for each, as long as the directory stays as it is.
   */
  withLimits(principal: Principal): Principal {
    let known = this.#holders.get(principal);
    if (!known) {
      const { limits: own = [] } = principal;
      // What a token was given for may be limited by the same already.
      const more = this.#limitsOf(principal).filter(({ id }) => !own.some((each) => each.id === id));
      known = more.length === 0 ? principal : Object.freeze({ ...principal, limits: [...own, ...more] });
      this.#holders.set(principal, known);
    }
    return known;
  }

  #limitsOf({ organisation, team, user }: Principal): readonly LimitedScope[] {
    const whole = organisation === undefined ? undefined : this.#known.organisation.get(organisation);
    const storedTeam = team === undefined ? undefined : this.#known.team.get(team);
    const person = user === undefined ? undefined : (this.#known.user.get(user) ?? this.#known.userNamed(user, organisation));
    return [person, storedTeam, whole].flatMap((each) => (each ? limitedScope(each) : []));
  }

  /** The organisation of this id or name, where it is active. */
  organisation(text: string): Organisation | undefined {
    const found = this.#known.organisation.get(text) ?? this.#known.organisationNamed(text);
    return found?.active ? found : undefined;
  }

  /** An organisation's team of this id or name, where it is active. @param organisation an id; undefined for the installation's own */
  team(text: string, organisation: string | undefined): Team | undefined {
    const found = this.#known.team.get(text) ?? this.#known.teamNamed(text, organisation);
    return found?.active && found.organisation === organisation ? found : undefined;
  }

  /**
   * Who a person is now, through groups too; undefined where the person, or the organisation, is gone or not active. Own roles reach as
   * far as own teams, and a group's as far as its team: whoever is taken out of a group loses what it gave, and reaches no further by it.
   *
   * @param loggedIn roles that come with the session
   */
  ofUser(id: string, loggedIn: readonly string[] = []): PersonStanding | undefined {
    const user = this.#known.user.get(id);
    if (!user?.active) return undefined;
    const { organisation } = user;
    if (organisation !== undefined && !this.#known.organisation.get(organisation)?.active) return undefined;
    const groups = [...this.#known.group.values()]
      .filter((group) => group.active && group.organisation === organisation && group.members.includes(id))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const own = { roles: [...user.roles, ...loggedIn], ...(user.teams.length > 0 && { teams: user.teams }) };
    const grants = [own, ...groups.map(({ roles, team }) => ({ roles, ...(team !== undefined && { teams: [team] }) }))];
    const teams = grants.flatMap((grant) => grant.teams ?? []);
    return {
      ...(organisation !== undefined && { organisation }),
      user: id,
      roles: [...new Set(grants.flatMap(({ roles }) => roles))],
      grants: grants.filter(({ roles }) => roles.length > 0),
      ...(teams.length > 0 && { teams: [...new Set(teams)] }),
    };
  }
}

/** Who a person is, as far as the directory tells. */
type PersonStanding = Pick<Principal, "organisation" | "user" | "teams"> & Required<Pick<Principal, "roles" | "grants">>;

const gone = { active: false, organisation: undefined } as const;

export function modelListOf({ id, name }: { readonly id: string; readonly name: string }, models: readonly string[]): ModelList {
  const kind = id.startsWith("org_") ? "organisation" : id.startsWith("team_") ? "team" : "application";
  return { whose: `the ${kind} "${name}"`, models };
}
