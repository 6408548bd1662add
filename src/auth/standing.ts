import type { LimitedScope, ModelList, Principal } from "../exchange/index.ts";
import type { Application, Directory, Group, Organisation, Role, ServiceAccount, StoredKey, Team, User } from "../storage/index.ts";
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

/** The directory in memory, as it was read: what keys and people are to it. Asks no store. */
export class Standing {
  readonly changes: number;
  readonly roles: ReadonlyMap<string, Role>;
  readonly #organisations: ReadonlyMap<string, Organisation>;
  readonly #organisationsByName: ReadonlyMap<string, Organisation>;
  readonly #teams: ReadonlyMap<string, Team>;
  readonly #teamsByName: ReadonlyMap<string, Team>;
  readonly #applications: ReadonlyMap<string, Application>;
  readonly #accounts: ReadonlyMap<string, ServiceAccount>;
  readonly #users: ReadonlyMap<string, User>;
  readonly #usersByName: ReadonlyMap<string, User>;
  readonly #groups: readonly Group[];
  readonly #holders = new WeakMap<Principal, Principal>();

  private constructor(changes: number, found: Awaited<ReturnType<typeof everythingIn>>) {
    this.changes = changes;
    this.roles = byId(found.roles);
    this.#organisations = byId(found.organisations);
    this.#organisationsByName = new Map(found.organisations.map((each) => [nameKey(each.name), each]));
    this.#teams = byId(found.teams);
    this.#teamsByName = new Map(found.teams.map((each) => [placeOf(each.name, each.organisation), each]));
    this.#applications = byId(found.applications);
    this.#accounts = byId(found.accounts);
    this.#users = byId(found.users);
    this.#usersByName = new Map(found.users.map((user) => [placeOf(user.userName, user.organisation), user]));
    this.#groups = found.groups;
  }

  /** @param before what was read last; it is given back where nothing has changed since */
  static async read(directory: Directory, before?: Standing): Promise<Standing> {
    const changes = await directory.changes();
    return before?.changes === changes ? before : new Standing(changes, await everythingIn(directory));
  }

  /** What a key is; undefined where something that it belongs to is gone or not active, and the key lets nobody in. */
  ofKey(key: Omit<StoredKey, "hash" | "hint" | "createdAt">): KeyStanding | undefined {
    const { organisation, application, serviceAccount, user } = key;
    const account = serviceAccount === undefined ? undefined : this.#accounts.get(serviceAccount);
    const team = key.team ?? account?.team;
    const storedTeam = team === undefined ? undefined : this.#teams.get(team);
    const program = application === undefined ? undefined : this.#applications.get(application);
    const all = [
      organisation === undefined ? undefined : (this.#organisations.get(organisation) ?? gone),
      storedTeam,
      application === undefined ? undefined : (program ?? gone),
      serviceAccount === undefined ? undefined : (account ?? gone),
      user?.startsWith("user_") ? (this.#users.get(user) ?? gone) : undefined,
    ].filter((each) => each !== undefined);
    if (all.some((each) => !each.active || each.organisation !== organisation)) return undefined;
    // A team of an organisation is in the directory: the config's are the installation's.
    if (organisation !== undefined && team !== undefined && !storedTeam) return undefined;
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
    const whole = organisation === undefined ? undefined : this.#organisations.get(organisation);
    const storedTeam = team === undefined ? undefined : this.#teams.get(team);
    const person = user === undefined ? undefined : (this.#users.get(user) ?? this.#userNamed(user, organisation));
    return [person, storedTeam, whole].flatMap((each) => (each ? limitedScope(each) : []));
  }

  #userNamed(name: string, organisation: string | undefined): User | undefined {
    return this.#usersByName.get(placeOf(name, organisation));
  }

  /** The organisation of this id or name, where it is active. */
  organisation(text: string): Organisation | undefined {
    const found = this.#organisations.get(text) ?? this.#organisationsByName.get(nameKey(text));
    return found?.active ? found : undefined;
  }

  /** An organisation's team of this id or name, where it is active. @param organisation an id; undefined for the installation's own */
  team(text: string, organisation: string | undefined): Team | undefined {
    const found = this.#teams.get(text) ?? this.#teamsByName.get(placeOf(text, organisation));
    return found?.active && found.organisation === organisation ? found : undefined;
  }

  /** Who a person is now, through groups too; undefined where the person, or the organisation, is gone or not active. */
  ofUser(id: string): Pick<Principal, "organisation" | "user" | "roles" | "teams"> | undefined {
    const user = this.#users.get(id);
    if (!user?.active) return undefined;
    const { organisation } = user;
    if (organisation !== undefined && !this.#organisations.get(organisation)?.active) return undefined;
    const groups = this.#groups.filter((group) => group.active && group.organisation === organisation && group.members.includes(id));
    const teams = [...user.teams, ...groups.flatMap(({ team }) => team ?? [])];
    return {
      ...(organisation !== undefined && { organisation }),
      user: id,
      roles: [...new Set([...user.roles, ...groups.flatMap(({ roles }) => roles)])],
      ...(teams.length > 0 && { teams: [...new Set(teams)] }),
    };
  }
}

const gone = { active: false, organisation: undefined } as const;

async function everythingIn(directory: Directory) {
  const [organisations, teams, applications, accounts, users, groups, roles] = await Promise.all([
    directory.organisation.list(),
    directory.team.list(),
    directory.application.list(),
    directory.serviceAccount.list(),
    directory.user.list(),
    directory.group.list(),
    directory.role.list(),
  ]);
  return { organisations, teams, applications, accounts, users, groups, roles };
}

/** Names are compared whatever the case of their letters. */
function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function placeOf(name: string, organisation = ""): string {
  return `${organisation} ${nameKey(name)}`;
}

function byId<Each extends { readonly id: string }>(all: readonly Each[]): ReadonlyMap<string, Each> {
  return new Map(all.map((each) => [each.id, each]));
}

export function modelListOf({ id, name }: { readonly id: string; readonly name: string }, models: readonly string[]): ModelList {
  const kind = id.startsWith("org_") ? "organisation" : id.startsWith("team_") ? "team" : "application";
  return { whose: `the ${kind} "${name}"`, models };
}
