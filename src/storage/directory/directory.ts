import type { BudgetAsWritten, LimitsAsWritten } from "../../exchange/index.ts";
import type { Scope } from "../scope.ts";

/** What everything in the directory has. Times are milliseconds since the epoch. */
export interface DirectoryObject {
  readonly id: string;
  /** An organisation's id; absent for what belongs to the installation itself. An organisation belongs to itself. */
  readonly organisation?: string;
  /** What is not active lets nobody in. */
  readonly active: boolean;
  /** What the directory that it came from calls it. */
  readonly externalId?: string;
  /** Counts the changes, from 1. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How much may be used and spent, as the config writes it. */
export interface Limited {
  readonly limits?: LimitsAsWritten;
  readonly budget?: BudgetAsWritten;
}

/** `org_…` */
export interface Organisation extends DirectoryObject, Limited {
  readonly name: string;
  /** Globs over names of models that its members may use; absent: all. */
  readonly models?: readonly string[];
  readonly metadata?: Metadata;
}

/** `team_…`; a team belongs to itself too. */
export interface Team extends DirectoryObject, Limited {
  readonly name: string;
  readonly models?: readonly string[];
  readonly metadata?: Metadata;
}

/** `app_…`: a program that calls, whoever uses it. */
export interface Application extends DirectoryObject, Limited {
  readonly name: string;
  /** It is believed when it says which of its own users a request is for; what each of them may use. */
  readonly endUsers?: Limited;
  readonly team?: string;
  /** Its keys are believed when they say which of its users a request is for. */
  readonly mayPassUser?: boolean;
  readonly models?: readonly string[];
  readonly metadata?: Metadata;
}

/** `user_…`: a person. */
export interface User extends DirectoryObject, Limited {
  /** Unique in the organisation, whatever the case of its letters. */
  readonly userName: string;
  readonly email?: string;
  readonly displayName?: string;
  /** Names of built-in roles and ids of stored ones. */
  readonly roles: readonly string[];
  /** Ids of teams, or names of the config's. Empty: all of the organisation. */
  readonly teams: readonly string[];
  readonly metadata?: Metadata;
  /** The account of an OpenID provider that the person logs in with: the first one that did. No other one gets in under the same name. */
  readonly account?: { readonly issuer: string; readonly subject: string };
  /** What a directory elsewhere tells of the person beside this; nothing here acts on it. */
  readonly profile?: Readonly<Record<string, unknown>>;
}

/** `sa_…`: a program that administers or calls, by keys of its own. */
export interface ServiceAccount extends DirectoryObject, Limited {
  readonly name: string;
  readonly team?: string;
  readonly application?: string;
  readonly roles: readonly string[];
  readonly metadata?: Metadata;
}

/** `group_…`: what a directory elsewhere calls a group, and what it means here. */
export interface Group extends DirectoryObject {
  readonly displayName: string;
  /** Ids of users. */
  readonly members: readonly string[];
  /** Members are of this team too. */
  readonly team?: string;
  /** Members have these roles too. */
  readonly roles: readonly string[];
}

/** `role_…`: a role beside the built-in ones. */
export interface Role extends DirectoryObject {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** Small labels that people choose. */
export type Metadata = Readonly<Record<string, string>>;

/** The kinds of objects, and what each one's ids begin with. */
export interface DirectoryKinds {
  readonly organisation: Organisation;
  readonly team: Team;
  readonly application: Application;
  readonly user: User;
  readonly serviceAccount: ServiceAccount;
  readonly group: Group;
  readonly role: Role;
}

export type DirectoryKind = keyof DirectoryKinds;

/** What somebody gives to make an object; the store adds the rest. */
export type NewObject<Kind extends DirectoryObject> = Omit<Kind, "id" | "active" | "revision" | "createdAt" | "updatedAt"> & {
  readonly active?: boolean;
};

/** What may change; null takes a value away. Whose an object is stays. */
export type ObjectChanges<Kind extends DirectoryObject> = {
  readonly [Name in Exclude<keyof Kind, "id" | "organisation" | "revision" | "createdAt" | "updatedAt">]?:
    | Kind[Name]
    | (undefined extends Kind[Name] ? null : never)
    | undefined;
};

/** Which objects of a list are wanted. Names are compared whatever the case of their letters. */
export interface ObjectQuery {
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: boolean | undefined;
  /** Only ids behind this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** The objects of one kind, as far as a scope reaches: to it, others are not there. */
export interface ObjectStore<Kind extends DirectoryObject> {
  /** In the order of their ids. */
  list(query?: ObjectQuery): Promise<readonly Kind[]>;
  get(id: string): Promise<Kind | undefined>;
  /** @throws Fault `object_conflict` where the name or external id is taken in the organisation, `object_unknown` beyond the scope */
  insert(object: NewObject<Kind>, now: number): Promise<Kind>;
  /**
   * @param revision the one that the caller has seen; undefined: any
   * @returns the object as it is now; undefined where there is none
   * @throws Fault `object_changed`, `object_conflict`
   */
  update(id: string, changes: ObjectChanges<Kind>, now: number, revision?: number): Promise<Kind | undefined>;
  /** @returns whether there was one. @throws Fault `object_changed`, or `object_conflict` where others stand on it */
  remove(id: string, revision?: number): Promise<boolean>;
}

/** Who there is: organisations, and everything that belongs to them. */
export type Directory = { readonly [Kind in DirectoryKind]: ObjectStore<DirectoryKinds[Kind]> } & {
  /** The same, seen from a scope. */
  within(scope: Scope): Directory;
};

/** An object as it is after its last change. */
export type MovedObject = {
  readonly [Kind in DirectoryKind]: {
    readonly kind: Kind;
    readonly id: string;
    /** Absent: it was removed. */
    readonly object?: DirectoryKinds[Kind];
    /** The number of its last change: no two objects have the same, and later ones are larger. */
    readonly change: number;
  };
}[DirectoryKind];

/** The directory for those who follow all of it. */
export type WholeDirectory = Directory & {
  /** What was made, changed or removed behind the change with this number, -1 for all, in the order of the changes. */
  movedAfter(change: number, limit: number): Promise<readonly MovedObject[]>;
};
