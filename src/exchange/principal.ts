/** Who is asking, as far as the gateway has proven it. */
export interface Principal {
  /** `key` calls models, `admin` is an admin key, `user` a person and `service` a program that came without a key of ours. */
  readonly kind: "key" | "admin" | "user" | "service" | "anonymous";
  readonly keyId: string;
  readonly keyName: string;
  /** The key in whose place it came, by rotation. Absent: it is the first of its kind. */
  readonly countedAs?: string;
  /** An organisation's id; absent for whoever belongs to the installation itself. */
  readonly organisation?: string;
  readonly team?: string;
  /** The team stands in the directory, not in the config. */
  readonly teamIsStored?: boolean;
  /** The teams that a person is in, by itself and by groups. */
  readonly teams?: readonly string[];
  readonly user?: string;
  readonly application?: string;
  readonly serviceAccount?: string;
  /** Names of built-in roles and ids of stored ones: what it may administer. Absent: nothing. */
  readonly roles?: readonly string[];
  /** Where a person's roles come from, and how far each of them reaches. Absent: `roles`, as far as `team`, or else the organisation. */
  readonly grants?: readonly RoleGrant[];
  /** Endpoints that the key may use; empty means every endpoint of the data plane. */
  readonly scopes: readonly string[];
  /** Networks that an admin key may come from: a key that it makes reaches no further. Absent: any. */
  readonly networks?: readonly string[];
  /** When an admin key ends, in milliseconds since the epoch: what it makes ends no later. Absent: never. */
  readonly endsAt?: number;
  /** Model names (globs) that the key may use; undefined means no limit of its own. */
  readonly models?: readonly string[];
  /** Believed when it says which of its users a request is for. */
  readonly mayPassUser?: boolean;
  /** Lists of models of whom it belongs to, each of which must allow a model too. Absent where there are none. */
  readonly modelLists?: readonly ModelList[];
  /** What whom it belongs to may use, each by itself. Absent where nothing is limited. */
  readonly limits?: readonly LimitedScope[];
  /** What each of its own users may use, beside what the config says of all. */
  readonly endUserLimits?: Pick<LimitedScope, "limits" | "budget">;
  /** Goes into the records of its calls. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Roles that are given together. */
export interface RoleGrant {
  readonly roles: readonly string[];
  /** Within these only. Absent: in the whole organisation, or installation. */
  readonly teams?: readonly string[];
}

/** How much somebody may use, as it is written in the config or in the directory. */
export interface LimitedScope {
  readonly kind: "key" | "user" | "application" | "serviceAccount" | "team" | "organisation";
  /** Unlike that of all others of the kind. */
  readonly id: string;
  /** For people: `the team "support"`. */
  readonly whose: string;
  readonly limits?: LimitsAsWritten | undefined;
  readonly budget?: BudgetAsWritten | undefined;
}

/** As the options of limits have it; who keeps it need not look into it. */
export type LimitsAsWritten = Readonly<Record<string, unknown>>;
/** As the options of budgets have it: one, or several. */
export type BudgetAsWritten = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

/** Globs over names of models, and in words whose they are. */
export interface ModelList {
  readonly whose: string;
  readonly models: readonly string[];
}
