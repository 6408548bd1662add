// Made by `npm run generate` from the admin API's OpenAPI document.

export type Application = {
  readonly id: string;
  readonly organisation: string | null;
  readonly name: string;
  readonly team: string | null;
  readonly models: readonly string[] | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly endUsers?: {
    readonly limits?: LimitOptions | undefined;
    readonly budget?: BudgetOptions | undefined;
  } | null | undefined;
  readonly mayPassUser: boolean | null;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type ApplicationChanges = {
  readonly name?: string | undefined;
  readonly team?: string | null | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly endUsers?: {
    readonly limits?: LimitOptionsChanges | null | undefined;
    readonly budget?: BudgetOptionsChanges | null | undefined;
  } | null | undefined;
  readonly mayPassUser?: boolean | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type ApplicationPage = {
  readonly data: readonly Application[];
  readonly next: string | null;
};

export type Apply = {
  readonly objects: {
    /** Who can answer, by name. Default: those whose keys are in the environment. */
    readonly providers?: { readonly [name: string]: ProviderDefinition } | undefined;
    /** The names that clients call. */
    readonly models?: { readonly [name: string]: ModelDefinition } | undefined;
    /** Prices over those of the catalog, by globs over provider/model; the first that fits counts. */
    readonly prices?: { readonly [name: string]: PriceDefinition } | undefined;
    /** Rules that every request passes, in order. */
    readonly policies?: readonly ({
      readonly use: "deny-words";
      /** What it is called in the admin API and in plans. Default: what it uses, numbered from the second on. */
      readonly name?: string | undefined;
      /** Words and phrases that may not pass. Case, width and invisible characters don't matter. */
      readonly words: readonly string[];
      /** Where to look. */
      readonly in: "both" | "request" | "answer";
      /** `word` finds whole words only; `substring` finds them inside others too. */
      readonly match: "word" | "substring";
    })[] | undefined;
    /** Groups of keys. */
    readonly teams?: { readonly [name: string]: TeamDefinition } | undefined;
    readonly keys?: readonly ({
      /** What people call the key. */
      readonly name: string;
      /** A name of `teams`. */
      readonly team?: string | undefined;
      readonly value: string;
      /** Names of models that may be called; `*` stands for any text. Default: all. */
      readonly models?: readonly string[] | undefined;
      /** Where the key may come from: the address of the connection. Default: from anywhere. */
      readonly networks?: readonly string[] | undefined;
      /** Labels that go into the records of its calls. */
      readonly metadata?: { readonly [name: string]: string } | undefined;
      /** Endpoints that the key may use, as `/v1/chat/completions` or `/v1/*`. Default: all. */
      readonly scopes?: readonly string[] | undefined;
      /** Whether whoever has the key is believed when saying which of its users a request is for (`x-sluice-user`). Default false. */
      readonly mayPassUser?: boolean | undefined;
      /** When the key stops working; a date alone means its first moment in UTC. */
      readonly expires?: string | undefined;
      readonly limits?: LimitOptions | undefined;
      readonly budget?: BudgetOptions | undefined;
    })[] | undefined;
  };
  readonly owner?: string | undefined;
  readonly prune?: boolean | undefined;
  readonly adopt?: boolean | undefined;
  readonly reason?: string | undefined;
};

export type AuditCheckpoint = {
  readonly seq: number;
  readonly hash: string;
  readonly at: Time;
  readonly signature: string;
};

export type AuditExport = {
  readonly data: readonly ChainedLine[];
  readonly next: string | null;
  readonly checkpoint: AuditCheckpoint | null;
};

export type AuditLine = {
  readonly seq: number;
  readonly at: Time;
  readonly actor: {
    readonly id: string;
    readonly name: string;
    readonly organisation?: string | undefined;
  };
  readonly organisation?: string | undefined;
  readonly address?: string | undefined;
  readonly operation: string;
  readonly outcome: "asked" | "done" | "refused";
  readonly object?: string | undefined;
  readonly requestId?: string | undefined;
  readonly body?: unknown | undefined;
  readonly bodySha256?: string | undefined;
  readonly changed?: {
    readonly version: number;
    readonly changes: readonly ({
      readonly kind: string;
      readonly name: string;
      readonly action: string;
    })[];
    readonly count: number;
  } | undefined;
  readonly fault?: string | undefined;
};

export type AuditPage = {
  readonly data: readonly AuditLine[];
  readonly next: string | null;
};

export type AuditVerdict = {
  readonly lines: number;
  readonly whole: boolean;
  readonly flaws: readonly ({
    readonly seq: number;
    readonly problem: string;
  })[];
};

export type Author = {
  readonly id: string;
  readonly name: string;
};

export type Bill = {
  readonly lines: readonly BillLine[];
  readonly current: boolean;
};

export type BillLine = {
  readonly name: string;
  readonly count: number;
  readonly usdEach: Money;
};

export type Budget = {
  /** Dollars. */
  readonly usd: number;
  /** Until when it has to last; then it begins anew. */
  readonly per: "hour" | "day" | "week" | "month" | "quarter" | "year" | "ever";
  /** Whose days, weeks and months are counted, as `Europe/Lisbon`. Default `UTC`. */
  readonly zone?: string | undefined;
  readonly then?: LimitInstead | undefined;
  /** Who is told when so much is used: once in each window. */
  readonly alerts?: readonly LimitAlert[] | undefined;
};

export type BudgetChanges = {
  /** Dollars. */
  readonly usd?: number | undefined;
  /** Until when it has to last; then it begins anew. */
  readonly per?: "hour" | "day" | "week" | "month" | "quarter" | "year" | "ever" | undefined;
  readonly zone?: string | null | undefined;
  readonly then?: LimitInsteadChanges | null | undefined;
  readonly alerts?: readonly LimitAlert[] | null | undefined;
};

/** How much may be spent. What a request may cost at most is set aside before it is sent, so that nothing is overspent. */
export type BudgetOptions = Budget | readonly Budget[];

export type BudgetOptionsChanges = BudgetChanges | readonly Budget[];

/** Answers the same request of the same key again without calling a provider. */
export type CacheOptions = {
  /** How long an answer may be given again. Default 300. */
  readonly ttlSeconds?: number | undefined;
};

export type ChainedLine = {
  readonly seq: number;
  readonly hash: string;
  readonly line: string;
};

export type ChargebackExport = {
  readonly month: string;
  readonly closed: boolean;
  readonly format: "csv" | "focus";
  readonly text: string;
};

export type Charges = {
  readonly month: string;
  readonly closed: boolean;
  readonly data: readonly ({
    readonly group: { readonly [name: string]: string };
    readonly requests: number;
    readonly costUsd: Money;
    readonly chargedUsd: Money;
    readonly currency: string;
    readonly charged: Money;
  })[];
};

export type Config = {
  readonly version: number;
  readonly file: string | null;
  readonly document: { readonly [name: string]: unknown };
  readonly hidden: readonly ({
    readonly path: string;
    readonly variable: string;
  })[];
  readonly environment: readonly string[];
  readonly leftOut: readonly LeftOut[];
};

export type Credential = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly hint: string;
  readonly masterKey: string;
  readonly createdAt: Time;
  readonly changedAt: Time;
};

/** How the credential of a cloud is fetched and renewed, where `apiKey` is not set. Without it, what the cloud's own SDK finds in the environment and in its files is used, and no metadata service is asked. */
export type CredentialOptions = {
  /** `default`: the sources that the cloud's own SDK looks into, its machines' metadata service last. Google: `service-account`, `metadata`. Microsoft Entra: `client-secret`, `workload-identity`, `metadata`. AWS: `profile`, `web-identity`, `container`, `metadata`. */
  readonly from: "default" | "service-account" | "client-secret" | "workload-identity" | "profile" | "web-identity" | "container" | "metadata";
  /** `service-account`: the file with its key, or with that of a signed-in user. */
  readonly file?: string | undefined;
  /** `service-account`: the same as text. */
  readonly json?: string | undefined;
  /** Entra: the tenant. Default: `AZURE_TENANT_ID`. */
  readonly tenant?: string | undefined;
  /** Entra: the application, or the managed identity. Default: `AZURE_CLIENT_ID`. */
  readonly clientId?: string | undefined;
  /** `client-secret`: the application's secret. Default: `AZURE_CLIENT_SECRET`. */
  readonly clientSecret?: string | undefined;
  /** `workload-identity`, `web-identity`: the file with the platform's token. Default: the variable of the cloud's SDK. */
  readonly tokenFile?: string | undefined;
  /** `profile`, `default`: the profile in AWS's shared files. Default: `AWS_PROFILE`, then `default`. */
  readonly profile?: string | undefined;
  /** `web-identity`: the ARN of the role. Default: `AWS_ROLE_ARN`. */
  readonly role?: string | undefined;
};

export type CredentialPage = {
  readonly data: readonly Credential[];
  readonly next: string | null;
};

export type CredentialRotation = {
  readonly value: string;
};

export type Denial = {
  readonly id: string;
  readonly kind: "token" | "subject";
  readonly issuer: string;
  readonly value: string;
  readonly reason: string | null;
  readonly createdAt: Time;
  readonly endsAt: Time | null;
};

export type DenialPage = {
  readonly data: readonly Denial[];
  readonly next: string | null;
};

export type Drift = {
  readonly source: "api" | "apply";
  readonly owner: string | null;
  readonly revision: number;
  readonly definition: unknown;
};

export type Erasure = {
  readonly erased: number;
};

export type ErasureRequest = {
  /** By its id. */
  readonly key?: string | undefined;
  /** As records have it. */
  readonly user?: string | undefined;
  /** As records have it. */
  readonly endUser?: string | undefined;
  /** By its id. */
  readonly application?: string | undefined;
  /** By its id. */
  readonly serviceAccount?: string | undefined;
  /** As records have it. */
  readonly team?: string | undefined;
  /** By its id. */
  readonly organisation?: string | undefined;
  readonly since?: Time | undefined;
  readonly until?: Time | undefined;
};

export type ExplainedRecord = {
  readonly id: string;
  readonly startedAt: Time;
  readonly keyId: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly application: string | null;
  readonly user: string | null;
  readonly serviceAccount: string | null;
  readonly endUser: string | null;
  readonly endpoint: string;
  readonly model: string;
  readonly provider: string | null;
  readonly targetModel: string | null;
  readonly outcome: "success" | "refused" | "failed" | "cancelled";
  readonly status: number;
  readonly fault: string | null;
  readonly stream: boolean;
  readonly usage: { readonly [name: string]: unknown } | null;
  readonly costUsd?: Money | null | undefined;
  readonly priceVersion?: string | null | undefined;
  readonly durationMs: number;
  readonly detail: { readonly [name: string]: unknown };
  readonly keyName: string | null;
  readonly firstEventMs: number | null;
  readonly upstreamMs: number | null;
  readonly bill?: Bill | null | undefined;
  readonly corrections?: readonly RecordCorrection[] | undefined;
};

export type Forecast = {
  readonly month: string;
  readonly data: readonly ({
    readonly group: { readonly [name: string]: string };
    readonly spentUsd: Money;
    readonly expectedUsd: Money;
    readonly basisDays: number;
  })[];
};

export type FrozenMonth = {
  readonly month: string;
  readonly closedAt: Time;
  readonly closedBy: string;
  readonly lines: number;
  readonly tags: readonly string[];
  readonly hash: string;
  readonly costUsd: Money;
  readonly whole?: boolean | undefined;
};

export type FrozenMonths = {
  readonly data: readonly FrozenMonth[];
};

export type Group = {
  readonly id: string;
  readonly organisation: string | null;
  readonly displayName: string;
  readonly team: string | null;
  readonly members: readonly string[];
  readonly roles: readonly string[];
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type GroupChanges = {
  readonly displayName?: string | undefined;
  readonly team?: string | null | undefined;
  readonly members?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type GroupPage = {
  readonly data: readonly Group[];
  readonly next: string | null;
};

export type Health = {
  readonly status: "ready" | "draining";
  readonly startedAt: Time;
  readonly inFlight: number;
  readonly providers: number;
  readonly models: number;
  readonly secrets: {
    readonly fresh: number;
    readonly stale: number;
    readonly missing: number;
  };
  readonly leftOut: number;
  readonly misfits: readonly ObjectPlace[];
};

export type IssuedKey = {
  readonly key: string;
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly serviceAccount: string | null;
  readonly role: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly networks: readonly string[] | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly mayPassUser: boolean | null;
  readonly state: "works" | "expired" | "revoked" | "suspended";
  readonly source: "file" | "store";
  readonly createdAt: Time | null;
  readonly expiresAt: Time | null;
  readonly revokedAt: Time | null;
  readonly lastUsedAt: Time | null;
};

export type IssuedScimToken = {
  readonly token: string;
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly organisation: string | null;
  readonly state: "works" | "expired" | "revoked";
  readonly createdAt: Time;
  readonly expiresAt: Time | null;
  readonly revokedAt: Time | null;
};

export type IssuedSession = {
  readonly token: string;
  readonly validSeconds: number;
  readonly id: string;
  readonly name: string;
  readonly user: string | null;
  readonly key: string | null;
  readonly holder: "browser" | "command-line";
  readonly roles: readonly string[];
  readonly createdAt: Time;
  readonly lastSeenAt: Time;
  readonly endsAt: Time;
  readonly userAgent: string;
  readonly address: string;
};

export type Key = {
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly serviceAccount: string | null;
  readonly role: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly networks: readonly string[] | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly mayPassUser: boolean | null;
  readonly state: "works" | "expired" | "revoked" | "suspended";
  readonly source: "file" | "store";
  readonly createdAt: Time | null;
  readonly expiresAt: Time | null;
  readonly revokedAt: Time | null;
  readonly lastUsedAt: Time | null;
};

export type KeyChanges = {
  readonly name?: string | undefined;
  readonly team?: string | null | undefined;
  readonly user?: string | null | undefined;
  readonly application?: string | null | undefined;
  readonly role?: string | undefined;
  readonly networks?: readonly string[] | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly mayPassUser?: boolean | null | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly expiresAt?: Time | null | undefined;
};

export type KeyPage = {
  readonly data: readonly Key[];
  readonly next: string | null;
};

export type Labels = { readonly [name: string]: string };

export type LabelsChanges = { readonly [name: string]: string | null };

export type LeftOut = {
  readonly kind: "providers" | "models" | "prices" | "policies" | "teams" | "keys";
  readonly name: string;
  readonly problem: string;
};

export type Limit = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly of: string;
  readonly whose: string;
  readonly measure: "requests" | "tokens" | "inputTokens" | "outputTokens" | "nanos" | "concurrency";
  readonly limit: number;
  readonly used: number;
  readonly left: number;
  readonly endsAt: Time | null;
  readonly instead: string | null;
};

export type LimitAddition = {
  readonly add: number;
  readonly reason?: string | undefined;
};

export type LimitAlert = {
  /** A part of the limit, as 0.8. */
  readonly at: number;
  /** Names of `alerts.targets`. */
  readonly to: readonly string[];
};

/** What is done with a request that does not fit, instead of refusing it: it goes to another, cheaper model, where its caller may call that one. */
export type LimitInstead = {
  /** A name of `models`. */
  readonly use: string;
};

export type LimitInsteadChanges = {
  /** A name of `models`. */
  readonly use?: string | undefined;
};

/** How much may be asked for; the first limit that is reached refuses with 429. */
export type LimitOptions = {
  /** Requests in a minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Requests in an hour. */
  readonly requestsPerHour?: number | undefined;
  /** Requests in a day of the calendar. */
  readonly requestsPerDay?: number | undefined;
  /** Requests in a week of the calendar. */
  readonly requestsPerWeek?: number | undefined;
  /** Requests in a month of the calendar. */
  readonly requestsPerMonth?: number | undefined;
  /** Requests in a quarter of the calendar. */
  readonly requestsPerQuarter?: number | undefined;
  /** Requests in a year of the calendar. */
  readonly requestsPerYear?: number | undefined;
  /** Tokens, of input and output, in a minute. */
  readonly tokensPerMinute?: number | undefined;
  /** Tokens in an hour. */
  readonly tokensPerHour?: number | undefined;
  /** Tokens in a day of the calendar. */
  readonly tokensPerDay?: number | undefined;
  /** Tokens in a week of the calendar. */
  readonly tokensPerWeek?: number | undefined;
  /** Tokens in a month of the calendar. */
  readonly tokensPerMonth?: number | undefined;
  /** Tokens in a quarter of the calendar. */
  readonly tokensPerQuarter?: number | undefined;
  /** Tokens in a year of the calendar. */
  readonly tokensPerYear?: number | undefined;
  /** Tokens of input in a minute. */
  readonly inputTokensPerMinute?: number | undefined;
  /** Tokens of input in an hour. */
  readonly inputTokensPerHour?: number | undefined;
  /** Tokens of input in a day of the calendar. */
  readonly inputTokensPerDay?: number | undefined;
  /** Tokens of input in a week of the calendar. */
  readonly inputTokensPerWeek?: number | undefined;
  /** Tokens of input in a month of the calendar. */
  readonly inputTokensPerMonth?: number | undefined;
  /** Tokens of input in a quarter of the calendar. */
  readonly inputTokensPerQuarter?: number | undefined;
  /** Tokens of input in a year of the calendar. */
  readonly inputTokensPerYear?: number | undefined;
  /** Tokens of output in a minute. */
  readonly outputTokensPerMinute?: number | undefined;
  /** Tokens of output in an hour. */
  readonly outputTokensPerHour?: number | undefined;
  /** Tokens of output in a day of the calendar. */
  readonly outputTokensPerDay?: number | undefined;
  /** Tokens of output in a week of the calendar. */
  readonly outputTokensPerWeek?: number | undefined;
  /** Tokens of output in a month of the calendar. */
  readonly outputTokensPerMonth?: number | undefined;
  /** Tokens of output in a quarter of the calendar. */
  readonly outputTokensPerQuarter?: number | undefined;
  /** Tokens of output in a year of the calendar. */
  readonly outputTokensPerYear?: number | undefined;
  /** Requests under way at a time. */
  readonly concurrency?: number | undefined;
  /** How minutes and hours are counted. `bucket`: the whole limit at once, then evenly; `sliding`: never more than the limit in any stretch; `calendar`: from the minute's or hour's beginning. Default `bucket`. */
  readonly window?: "bucket" | "sliding" | "calendar" | undefined;
  /** Whose days, weeks and months are counted, as `Europe/Lisbon`. Default `UTC`. */
  readonly zone?: string | undefined;
  readonly then?: LimitInstead | undefined;
  /** Who is told when so much is used: once in each window. */
  readonly alerts?: readonly LimitAlert[] | undefined;
};

export type LimitOptionsChanges = {
  readonly requestsPerMinute?: number | null | undefined;
  readonly requestsPerHour?: number | null | undefined;
  readonly requestsPerDay?: number | null | undefined;
  readonly requestsPerWeek?: number | null | undefined;
  readonly requestsPerMonth?: number | null | undefined;
  readonly requestsPerQuarter?: number | null | undefined;
  readonly requestsPerYear?: number | null | undefined;
  readonly tokensPerMinute?: number | null | undefined;
  readonly tokensPerHour?: number | null | undefined;
  readonly tokensPerDay?: number | null | undefined;
  readonly tokensPerWeek?: number | null | undefined;
  readonly tokensPerMonth?: number | null | undefined;
  readonly tokensPerQuarter?: number | null | undefined;
  readonly tokensPerYear?: number | null | undefined;
  readonly inputTokensPerMinute?: number | null | undefined;
  readonly inputTokensPerHour?: number | null | undefined;
  readonly inputTokensPerDay?: number | null | undefined;
  readonly inputTokensPerWeek?: number | null | undefined;
  readonly inputTokensPerMonth?: number | null | undefined;
  readonly inputTokensPerQuarter?: number | null | undefined;
  readonly inputTokensPerYear?: number | null | undefined;
  readonly outputTokensPerMinute?: number | null | undefined;
  readonly outputTokensPerHour?: number | null | undefined;
  readonly outputTokensPerDay?: number | null | undefined;
  readonly outputTokensPerWeek?: number | null | undefined;
  readonly outputTokensPerMonth?: number | null | undefined;
  readonly outputTokensPerQuarter?: number | null | undefined;
  readonly outputTokensPerYear?: number | null | undefined;
  readonly concurrency?: number | null | undefined;
  readonly window?: "bucket" | "sliding" | "calendar" | null | undefined;
  readonly zone?: string | null | undefined;
  readonly then?: LimitInsteadChanges | null | undefined;
  readonly alerts?: readonly LimitAlert[] | null | undefined;
};

export type LimitPage = {
  readonly data: readonly Limit[];
  readonly next: string | null;
};

export type LimitReset = {
  readonly reason?: string | undefined;
};

export type Me = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly user: string | null;
  readonly organisation: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly session: Session | null;
  readonly csrfToken: string | null;
};

export type Model = {
  readonly id: string;
  readonly provider: string;
  readonly targets: readonly string[];
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly priced: boolean;
  readonly definition?: unknown | undefined;
  readonly source: "file" | "environment" | "api" | "apply" | "provider";
  readonly owner: string | null;
  readonly revision: number | null;
  readonly changedAt: Time | null;
  readonly author?: Author | null | undefined;
  readonly reason?: string | null | undefined;
  readonly misfit?: string | null | undefined;
  readonly drift?: Drift | null | undefined;
};

export type ModelChanges = {
  /** A JSON merge patch (RFC 7396) of the definition as it is. */
  readonly definition?: unknown | undefined;
  readonly reason?: string | undefined;
};

export type ModelDefinition = string | {
  /** How a target is chosen. Default fallback: the first that can. */
  readonly strategy?: "fallback" | "weighted" | undefined;
  /** Who can answer, in order. */
  readonly targets: readonly ModelTarget[];
  readonly cache?: CacheOptions | undefined;
  /** Tries after the first failure of a target. Default 2. */
  readonly retries?: number | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
};

export type ModelPage = {
  readonly data: readonly Model[];
  readonly next: string | null;
};

export type ModelTarget = string | {
  /** provider/model, as `openai/gpt-5-mini`. */
  readonly use: string;
  /** Share of the requests, relative to the others. Default 1. */
  readonly weight?: number | undefined;
};

export type Money = string;

export type MonthToClose = {
  readonly month: string;
};

export type NewApplication = {
  readonly organisation?: string | undefined;
  readonly name: string;
  readonly team?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly endUsers?: {
    readonly limits?: LimitOptions | undefined;
    readonly budget?: BudgetOptions | undefined;
  } | undefined;
  readonly mayPassUser?: boolean | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewCredential = {
  readonly name: string;
  readonly value: string;
};

export type NewDenial = {
  readonly kind: "token" | "subject";
  readonly issuer: string;
  readonly value: string;
  readonly reason?: string | undefined;
  readonly endsAt?: Time | undefined;
};

export type NewGroup = {
  readonly organisation?: string | undefined;
  readonly displayName: string;
  readonly team?: string | undefined;
  readonly members?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewKey = {
  readonly name: string;
  readonly kind?: "key" | "admin" | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly application?: string | undefined;
  readonly serviceAccount?: string | undefined;
  readonly role?: string | undefined;
  readonly networks?: readonly string[] | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly mayPassUser?: boolean | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly expiresAt?: Time | undefined;
};

export type NewModel = {
  readonly name: string;
  readonly definition: ModelDefinition;
  readonly reason?: string | undefined;
};

export type NewOrganisation = {
  readonly name: string;
  readonly models?: readonly string[] | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewPolicy = {
  /** What it is called in the admin API and in plans. Default: what it uses, numbered from the second on. */
  readonly name: string;
  readonly definition: {
    readonly use: "deny-words";
    /** Words and phrases that may not pass. Case, width and invisible characters don't matter. */
    readonly words: readonly string[];
    /** Where to look. */
    readonly in: "both" | "request" | "answer";
    /** `word` finds whole words only; `substring` finds them inside others too. */
    readonly match: "word" | "substring";
  };
  readonly reason?: string | undefined;
};

export type NewPrice = {
  readonly name: string;
  readonly definition: PriceDefinition;
  readonly reason?: string | undefined;
};

export type NewProvider = {
  readonly name: string;
  readonly definition: ProviderDefinition;
  readonly reason?: string | undefined;
};

export type NewRole = {
  readonly organisation?: string | undefined;
  readonly name: string;
  readonly permissions?: readonly ("organisations:read" | "organisations:write" | "teams:read" | "teams:write" | "applications:read" | "applications:write" | "users:read" | "users:write" | "service-accounts:read" | "service-accounts:write" | "groups:read" | "groups:write" | "roles:read" | "roles:write" | "roles:grant" | "keys:read" | "keys:write" | "limits:read" | "limits:write" | "end-users:trust" | "credentials:read" | "credentials:write" | "vault:rekey" | "providers:read" | "providers:write" | "models:read" | "models:write" | "models:call" | "prices:read" | "prices:write" | "policies:read" | "policies:write" | "records:read" | "bodies:read" | "bodies:erase" | "usage:read" | "costs:read" | "chargeback:read" | "chargeback:write" | "sessions:own" | "sessions:read" | "sessions:write" | "denials:read" | "denials:write" | "scim:read" | "scim:write" | "audit:read" | "config:read" | "config:write" | "health:read")[] | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewScimToken = {
  readonly name: string;
  readonly organisation?: string | undefined;
  readonly expiresAt?: Time | undefined;
};

export type NewServiceAccount = {
  readonly organisation?: string | undefined;
  readonly name: string;
  readonly team?: string | undefined;
  readonly application?: string | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewSession = {
};

export type NewTeam = {
  readonly organisation?: string | undefined;
  readonly name: string;
  readonly models?: readonly string[] | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type NewUser = {
  readonly organisation?: string | undefined;
  readonly userName: string;
  readonly email?: string | undefined;
  readonly displayName?: string | undefined;
  readonly metadata?: Labels | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly externalId?: string | undefined;
  readonly active?: boolean | undefined;
};

export type ObjectChange = {
  readonly kind: "providers" | "models" | "prices" | "policies" | "teams" | "keys";
  readonly name: string;
  readonly action: "create" | "change" | "move" | "adopt" | "remove";
  readonly before: ObjectState | null;
  readonly after: ObjectState | null;
};

export type ObjectPlace = {
  readonly kind: "providers" | "models" | "prices" | "policies" | "teams" | "keys";
  readonly name: string;
};

export type ObjectState = {
  readonly definition: unknown;
  readonly source: "api" | "apply";
  readonly owner: string | null;
};

export type Organisation = {
  readonly id: string;
  readonly name: string;
  readonly models: readonly string[] | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type OrganisationChanges = {
  readonly name?: string | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type OrganisationPage = {
  readonly data: readonly Organisation[];
  readonly next: string | null;
};

export type Plan = {
  readonly version: number;
  readonly applied: boolean;
  readonly changes: readonly ObjectChange[];
  readonly inFile: readonly ObjectPlace[];
  readonly notInDocument: readonly ObjectPlace[];
  readonly leftOut: readonly LeftOut[];
};

export type Policy = {
  readonly id: string;
  readonly use: string;
  readonly definition: unknown;
  readonly source: "file" | "environment" | "api" | "apply";
  readonly owner: string | null;
  readonly revision: number | null;
  readonly changedAt: Time | null;
  readonly author: Author | null;
  readonly reason: string | null;
  readonly misfit: string | null;
  readonly drift: Drift | null;
};

export type PolicyChanges = {
  /** A JSON merge patch (RFC 7396) of the definition as it is. */
  readonly definition?: unknown | undefined;
  readonly reason?: string | undefined;
};

export type PolicyPage = {
  readonly data: readonly Policy[];
  readonly next: string | null;
};

export type Price = {
  readonly id: string;
  readonly definition: unknown;
  readonly source: "file" | "environment" | "api" | "apply";
  readonly owner: string | null;
  readonly revision: number | null;
  readonly changedAt: Time | null;
  readonly author: Author | null;
  readonly reason: string | null;
  readonly misfit: string | null;
  readonly drift: Drift | null;
};

export type PriceChanges = {
  /** A JSON merge patch (RFC 7396) of the definition as it is. */
  readonly definition?: unknown | undefined;
  readonly reason?: string | undefined;
};

/** Dollars per million tokens or characters; `request`, `webSearch`, `image`, `audioSecond` and `search` in dollars each. */
export type PriceDefinition = {
  /** Tokens that go in, not cached. */
  readonly input?: number | undefined;
  /** Tokens that come out, reasoning included. */
  readonly output?: number | undefined;
  /** Tokens read from the provider's prompt cache. */
  readonly cacheRead?: number | undefined;
  /** Tokens written to the provider's prompt cache. */
  readonly cacheWrite?: number | undefined;
  /** Tokens written to the prompt cache for 5 minutes. */
  readonly cacheWrite5m?: number | undefined;
  /** Tokens written to the prompt cache for 30 minutes. */
  readonly cacheWrite30m?: number | undefined;
  /** Tokens written to the prompt cache for an hour. */
  readonly cacheWrite1h?: number | undefined;
  /** Tokens written to the prompt cache for 12 hours. */
  readonly cacheWrite12h?: number | undefined;
  /** Reasoning tokens, where they cost something else than output. */
  readonly reasoning?: number | undefined;
  /** Audio that goes in. */
  readonly inputAudio?: number | undefined;
  /** Images that go in. */
  readonly inputImage?: number | undefined;
  /** Audio read from the prompt cache. */
  readonly cacheReadAudio?: number | undefined;
  /** Audio that comes out. */
  readonly outputAudio?: number | undefined;
  /** Images that come out. */
  readonly outputImage?: number | undefined;
  /** Dollars for one request. */
  readonly request?: number | undefined;
  /** Dollars for one search of the web. */
  readonly webSearch?: number | undefined;
  /** Dollars for one picture that comes out. */
  readonly image?: number | undefined;
  /** Dollars for a second of sound, heard or made. */
  readonly audioSecond?: number | undefined;
  /** Characters that are spoken. */
  readonly character?: number | undefined;
  /** Dollars for one search of a reranker. */
  readonly search?: number | undefined;
  /** Rates for long prompts, by rising thresholds; what is left out costs what it costs below. */
  readonly above?: readonly PriceStep[] | undefined;
  /** What service tiers cost that cost something else, by the name that answers tell (`batch`, `flex`, `priority`, `fast`); what is left out costs what it costs without. Until the answer has come the dearest is set aside. */
  readonly tiers?: { readonly [name: string]: PriceTier } | undefined;
};

export type PricePage = {
  readonly data: readonly Price[];
  readonly next: string | null;
};

export type PriceStep = {
  /** With more input tokens than these, cached ones included, the whole request costs this. */
  readonly inputTokens: number;
  /** Tokens that go in, not cached. */
  readonly input?: number | undefined;
  /** Tokens that come out, reasoning included. */
  readonly output?: number | undefined;
  /** Tokens read from the provider's prompt cache. */
  readonly cacheRead?: number | undefined;
  /** Tokens written to the provider's prompt cache. */
  readonly cacheWrite?: number | undefined;
  /** Tokens written to the prompt cache for 5 minutes. */
  readonly cacheWrite5m?: number | undefined;
  /** Tokens written to the prompt cache for 30 minutes. */
  readonly cacheWrite30m?: number | undefined;
  /** Tokens written to the prompt cache for an hour. */
  readonly cacheWrite1h?: number | undefined;
  /** Tokens written to the prompt cache for 12 hours. */
  readonly cacheWrite12h?: number | undefined;
  /** Reasoning tokens, where they cost something else than output. */
  readonly reasoning?: number | undefined;
  /** Audio that goes in. */
  readonly inputAudio?: number | undefined;
  /** Images that go in. */
  readonly inputImage?: number | undefined;
  /** Audio read from the prompt cache. */
  readonly cacheReadAudio?: number | undefined;
  /** Audio that comes out. */
  readonly outputAudio?: number | undefined;
  /** Images that come out. */
  readonly outputImage?: number | undefined;
  /** Dollars for one request. */
  readonly request?: number | undefined;
  /** Dollars for one search of the web. */
  readonly webSearch?: number | undefined;
  /** Dollars for one picture that comes out. */
  readonly image?: number | undefined;
  /** Dollars for a second of sound, heard or made. */
  readonly audioSecond?: number | undefined;
  /** Characters that are spoken. */
  readonly character?: number | undefined;
  /** Dollars for one search of a reranker. */
  readonly search?: number | undefined;
};

export type PriceTier = {
  /** Tokens that go in, not cached. */
  readonly input?: number | undefined;
  /** Tokens that come out, reasoning included. */
  readonly output?: number | undefined;
  /** Tokens read from the provider's prompt cache. */
  readonly cacheRead?: number | undefined;
  /** Tokens written to the provider's prompt cache. */
  readonly cacheWrite?: number | undefined;
  /** Tokens written to the prompt cache for 5 minutes. */
  readonly cacheWrite5m?: number | undefined;
  /** Tokens written to the prompt cache for 30 minutes. */
  readonly cacheWrite30m?: number | undefined;
  /** Tokens written to the prompt cache for an hour. */
  readonly cacheWrite1h?: number | undefined;
  /** Tokens written to the prompt cache for 12 hours. */
  readonly cacheWrite12h?: number | undefined;
  /** Reasoning tokens, where they cost something else than output. */
  readonly reasoning?: number | undefined;
  /** Audio that goes in. */
  readonly inputAudio?: number | undefined;
  /** Images that go in. */
  readonly inputImage?: number | undefined;
  /** Audio read from the prompt cache. */
  readonly cacheReadAudio?: number | undefined;
  /** Audio that comes out. */
  readonly outputAudio?: number | undefined;
  /** Images that come out. */
  readonly outputImage?: number | undefined;
  /** Dollars for one request. */
  readonly request?: number | undefined;
  /** Dollars for one search of the web. */
  readonly webSearch?: number | undefined;
  /** Dollars for one picture that comes out. */
  readonly image?: number | undefined;
  /** Dollars for a second of sound, heard or made. */
  readonly audioSecond?: number | undefined;
  /** Characters that are spoken. */
  readonly character?: number | undefined;
  /** Dollars for one search of a reranker. */
  readonly search?: number | undefined;
  /** Rates for long prompts, by rising thresholds; what is left out costs what it costs below. */
  readonly above?: readonly PriceStep[] | undefined;
};

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance: string;
  readonly errors?: readonly ({
    readonly path: string;
    readonly message: string;
  })[] | undefined;
};

export type Provider = {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly baseUrl: string | null;
  readonly region: string | null;
  readonly surfaces: readonly string[];
  readonly credential: "key" | "fetched" | "none";
  readonly keys: readonly ({
    readonly hint: string;
    readonly account: string | null;
    readonly status: "usable" | "resting";
    readonly why: "rate limit" | "credential refused" | "out of credit" | null;
    readonly retryInSeconds: number | null;
  })[];
  readonly definition: unknown;
  readonly source: "file" | "environment" | "api" | "apply";
  readonly owner: string | null;
  readonly revision: number | null;
  readonly changedAt: Time | null;
  readonly author: Author | null;
  readonly reason: string | null;
  readonly misfit: string | null;
  readonly drift: Drift | null;
};

export type ProviderChanges = {
  /** A JSON merge patch (RFC 7396) of the definition as it is. */
  readonly definition?: unknown | undefined;
  readonly reason?: string | undefined;
};

/** An upstream that answers. */
export type ProviderDefinition = {
  /** What kind of provider it is. May be left out when the name is a known one. */
  readonly type?: string | undefined;
  /** Where the API is. Default: the provider's own. */
  readonly baseUrl?: string | undefined;
  /** The gateway's credential there. Default: the environment variable of the provider's own SDK. */
  readonly apiKey?: string | undefined;
  /** Several keys, taken in turn; one that is refused, out of credit or limited rests. `apiKey`, where it is set, is the first. */
  readonly apiKeys?: readonly ProviderKey[] | undefined;
  /** How the next of several keys is taken: in turn by weight, or the one with the fewest requests under way. Default `round-robin`. */
  readonly keyOrder?: "round-robin" | "least-used" | undefined;
  readonly credential?: CredentialOptions | undefined;
  /** Where the provider runs: the name that a cloud or a provider with regions has for it, which makes the address where `baseUrl` is not set; else a name of yours. */
  readonly region?: string | undefined;
  /** The project whose models are used, in clouds that have projects. */
  readonly project?: string | undefined;
  /** Whether your contract with the provider says that it keeps nothing of what it is sent. Shown in `GET /v1/models`. */
  readonly zeroDataRetention?: boolean | undefined;
  /** Surfaces to switch on that only some deployments of this type have. */
  readonly dialects?: readonly ("openai-chat" | "openai-responses" | "anthropic-messages" | "gemini-generate" | "gemini-interactions" | "bedrock-converse" | "cohere-chat" | "ollama-chat" | "openai-completions" | "mistral-chat" | "ollama-generate" | "bedrock-invoke" | "openai-models" | "openai-compact" | "openai-input-tokens" | "anthropic-count-tokens" | "gemini-count-tokens" | "bedrock-count-tokens" | "openai-embeddings" | "cohere-embed" | "gemini-embed" | "gemini-batch-embed" | "ollama-embed" | "mistral-embed" | "bedrock-embed" | "vertex-embed" | "watsonx-embed" | "cohere-rerank" | "jina-rerank" | "voyage-rerank" | "bedrock-rerank" | "watsonx-rerank" | "deepinfra-rerank" | "openai-moderations" | "mistral-moderations" | "openai-transcriptions" | "openai-translations" | "openai-speech" | "openai-images" | "openai-image-edits" | "openai-image-variations" | "assemblyai-transcripts" | "deepgram-listen" | "elevenlabs-transcripts" | "deepgram-speak" | "elevenlabs-speech" | "bfl-images" | "gemini-images" | "replicate-images" | "stability-images" | "bfl-edits" | "gemini-edits" | "replicate-edits" | "stability-edits")[] | undefined;
  /** Headers to send with every call. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  /** Tries after the first failure of a target. Default 2. */
  readonly retries?: number | undefined;
  /** Whether the name may lead to a private or loopback address. Link-local ones and those of clouds' metadata services it never may. Default: only where baseUrl names one. */
  readonly allowPrivateNetwork?: boolean | undefined;
  /** The provider's own model names, for lists. Default: those of the catalog. */
  readonly models?: readonly string[] | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
};

export type ProviderKey = string | {
  /** The key. */
  readonly key: string;
  /** Share of the requests, relative to the others. Default 1. */
  readonly weight?: number | undefined;
  /** Whose key it is. A conversation stays with the account that has sealed its thoughts or cached its prompt. */
  readonly account?: string | undefined;
};

export type ProviderPage = {
  readonly data: readonly Provider[];
  readonly next: string | null;
};

export type Recomputation = {
  readonly from: Time;
  readonly until: Time;
  readonly reason: string;
  readonly dryRun?: boolean | undefined;
};

export type Recomputed = {
  readonly dryRun: boolean;
  readonly seen: number;
  readonly corrected: number;
  readonly unpriced: number;
  readonly deltaUsd: Money;
};

export type Reconciled = {
  readonly compared: number;
  readonly outside: number;
  readonly recordedProviders?: readonly string[] | undefined;
  readonly invoiceUsd: Money;
  readonly recordedUsd: Money;
  readonly variances: readonly ({
    readonly day: string;
    readonly model: string;
    readonly why: "differs" | "only theirs" | "only ours";
    readonly invoiceUsd: Money;
    readonly recordedUsd: Money;
    readonly estimated: number;
    readonly unpriced: number;
  })[];
};

export type Reconciliation = {
  readonly provider: string;
  readonly month: string;
  readonly form: "openai-costs" | "anthropic-costs" | "aws-cur" | "focus" | "csv";
  readonly invoice: string;
  readonly columns?: {
    readonly day: string;
    readonly model: string;
    readonly cost: string;
  } | undefined;
  readonly models?: { readonly [name: string]: string } | undefined;
  readonly tolerancePpm?: number | undefined;
  readonly toleranceNanos?: number | undefined;
};

export type Record = {
  readonly id: string;
  readonly startedAt: Time;
  readonly keyId: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly application: string | null;
  readonly user: string | null;
  readonly serviceAccount: string | null;
  readonly endUser: string | null;
  readonly endpoint: string;
  readonly model: string;
  readonly provider: string | null;
  readonly targetModel: string | null;
  readonly outcome: "success" | "refused" | "failed" | "cancelled";
  readonly status: number;
  readonly fault: string | null;
  readonly stream: boolean;
  readonly usage: { readonly [name: string]: unknown } | null;
  readonly costUsd?: Money | null | undefined;
  readonly priceVersion?: string | null | undefined;
  readonly durationMs: number;
  readonly detail: { readonly [name: string]: unknown };
};

export type RecordBody = {
  readonly id: string;
  readonly request: {
    /** The media type as it was sent; empty where none was. */
    readonly type: string;
    /** How many bytes there were, also where fewer are kept. */
    readonly length: number;
    /** Fewer are kept than there were. */
    readonly truncated: boolean;
    /** Of `data`: base64 where the bytes are no UTF-8. */
    readonly encoding: "utf-8" | "base64";
    readonly data: string;
  };
  readonly answer: {
    readonly status: number;
    /** It came to its end; false where somebody broke it off. */
    readonly whole: boolean;
    /** The media type as it was sent; empty where none was. */
    readonly type: string;
    /** How many bytes there were, also where fewer are kept. */
    readonly length: number;
    /** Fewer are kept than there were. */
    readonly truncated: boolean;
    /** Of `data`: base64 where the bytes are no UTF-8. */
    readonly encoding: "utf-8" | "base64";
    readonly data: string;
  };
};

export type RecordCorrection = {
  readonly number: number;
  readonly madeAt: Time;
  readonly deltaUsd: Money;
  readonly priceVersion: string;
  readonly reason: string;
};

export type RecordPage = {
  readonly data: readonly Record[];
  readonly next: string | null;
};

export type RefreshedSecrets = {
  readonly data: readonly StoredSecret[];
};

export type Role = {
  readonly id: string;
  readonly organisation: string | null;
  readonly name: string;
  readonly permissions: readonly ("organisations:read" | "organisations:write" | "teams:read" | "teams:write" | "applications:read" | "applications:write" | "users:read" | "users:write" | "service-accounts:read" | "service-accounts:write" | "groups:read" | "groups:write" | "roles:read" | "roles:write" | "roles:grant" | "keys:read" | "keys:write" | "limits:read" | "limits:write" | "end-users:trust" | "credentials:read" | "credentials:write" | "vault:rekey" | "providers:read" | "providers:write" | "models:read" | "models:write" | "models:call" | "prices:read" | "prices:write" | "policies:read" | "policies:write" | "records:read" | "bodies:read" | "bodies:erase" | "usage:read" | "costs:read" | "chargeback:read" | "chargeback:write" | "sessions:own" | "sessions:read" | "sessions:write" | "denials:read" | "denials:write" | "scim:read" | "scim:write" | "audit:read" | "config:read" | "config:write" | "health:read")[];
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type RoleChanges = {
  readonly name?: string | undefined;
  readonly permissions?: readonly ("organisations:read" | "organisations:write" | "teams:read" | "teams:write" | "applications:read" | "applications:write" | "users:read" | "users:write" | "service-accounts:read" | "service-accounts:write" | "groups:read" | "groups:write" | "roles:read" | "roles:write" | "roles:grant" | "keys:read" | "keys:write" | "limits:read" | "limits:write" | "end-users:trust" | "credentials:read" | "credentials:write" | "vault:rekey" | "providers:read" | "providers:write" | "models:read" | "models:write" | "models:call" | "prices:read" | "prices:write" | "policies:read" | "policies:write" | "records:read" | "bodies:read" | "bodies:erase" | "usage:read" | "costs:read" | "chargeback:read" | "chargeback:write" | "sessions:own" | "sessions:read" | "sessions:write" | "denials:read" | "denials:write" | "scim:read" | "scim:write" | "audit:read" | "config:read" | "config:write" | "health:read")[] | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type RolePage = {
  readonly data: readonly Role[];
  readonly next: string | null;
};

export type Rollback = {
  readonly reason?: string | undefined;
};

export type Rotation = {
  readonly graceSeconds?: number | undefined;
};

export type Savings = {
  readonly since: Time;
  readonly until: Time;
  readonly data: readonly ({
    readonly model: string;
    readonly insteadOf: string;
    readonly requests: number;
    readonly costUsd: Money;
    readonly otherwiseUsd: Money;
    readonly savedUsd: Money;
  })[];
};

export type ScimToken = {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly organisation: string | null;
  readonly state: "works" | "expired" | "revoked";
  readonly createdAt: Time;
  readonly expiresAt: Time | null;
  readonly revokedAt: Time | null;
};

export type ScimTokenPage = {
  readonly data: readonly ScimToken[];
  readonly next: string | null;
};

export type ServiceAccount = {
  readonly id: string;
  readonly organisation: string | null;
  readonly name: string;
  readonly team: string | null;
  readonly application: string | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly roles: readonly string[];
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type ServiceAccountChanges = {
  readonly name?: string | undefined;
  readonly team?: string | null | undefined;
  readonly application?: string | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type ServiceAccountPage = {
  readonly data: readonly ServiceAccount[];
  readonly next: string | null;
};

export type Session = {
  readonly id: string;
  readonly name: string;
  readonly user: string | null;
  readonly key: string | null;
  readonly holder: "browser" | "command-line";
  readonly roles: readonly string[];
  readonly createdAt: Time;
  readonly lastSeenAt: Time;
  readonly endsAt: Time;
  readonly userAgent: string;
  readonly address: string;
};

export type SessionPage = {
  readonly data: readonly Session[];
  readonly next: string | null;
};

export type StoredSecret = {
  readonly id: string;
  readonly source: string;
  readonly path: string;
  readonly status: "fresh" | "stale" | "missing";
  readonly version: string | null;
  readonly readAt: Time | null;
  readonly expiresAt: Time | null;
  readonly problem: string | null;
};

export type StoredSecretPage = {
  readonly data: readonly StoredSecret[];
  readonly next: string | null;
};

export type Team = {
  readonly id: string;
  readonly organisation: string | null;
  readonly name: string;
  readonly models: readonly string[] | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type TeamChanges = {
  readonly name?: string | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

/** What the keys of a team may do. */
export type TeamDefinition = {
  /** Names of models that may be called; `*` stands for any text. Default: all. */
  readonly models?: readonly string[] | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
};

export type TeamPage = {
  readonly data: readonly Team[];
  readonly next: string | null;
};

export type Time = string;

/** Deadlines in milliseconds. */
export type TimeoutOptions = {
  /** To open the connection, TLS included. Default 5000. */
  readonly connectMs?: number | undefined;
  /** From sending the request to the first byte of the answer. Default 60000. */
  readonly firstEventMs?: number | undefined;
  /** Between two pieces of the answer. Default 60000. */
  readonly idleMs?: number | undefined;
  /** For the whole call. Default 600000. */
  readonly totalMs?: number | undefined;
};

export type Usage = {
  readonly data: readonly UsageSums[];
  readonly total: UsageSums;
};

export type UsageSums = {
  readonly group: { readonly [name: string]: string };
  readonly requests: number;
  readonly success: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly estimated: number;
  readonly unpriced: number;
  readonly inputTokens: string;
  readonly cachedTokens: string;
  readonly outputTokens: string;
  readonly costUsd?: Money | undefined;
};

export type User = {
  readonly id: string;
  readonly organisation: string | null;
  readonly userName: string;
  readonly email: string | null;
  readonly displayName: string | null;
  readonly metadata: Labels | null;
  readonly limits?: LimitOptions | null | undefined;
  readonly budget?: BudgetOptions | null | undefined;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly externalId: string | null;
  readonly active: boolean;
  readonly source: "store" | "file" | "built-in";
  readonly revision: number;
  readonly createdAt: Time | null;
  readonly updatedAt: Time | null;
};

export type UserChanges = {
  readonly userName?: string | undefined;
  readonly email?: string | null | undefined;
  readonly displayName?: string | null | undefined;
  readonly metadata?: LabelsChanges | null | undefined;
  readonly limits?: LimitOptionsChanges | null | undefined;
  readonly budget?: BudgetOptionsChanges | null | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly externalId?: string | null | undefined;
  readonly active?: boolean | undefined;
};

export type UserPage = {
  readonly data: readonly User[];
  readonly next: string | null;
};

export type Vault = {
  readonly secrets: number;
  readonly masterKeys: readonly ({
    readonly id: string;
    readonly from: string | null;
    readonly seals: boolean;
    readonly secrets: number;
  })[];
};

export type VaultRekey = {
  readonly newKey?: boolean | undefined;
};

export type VaultRekeyed = {
  readonly rewrapped: number;
  readonly vault: Vault;
};

export type Version = {
  readonly number: number;
  readonly at: Time;
  readonly author: Author;
  readonly operation: string;
  readonly reason: string | null;
  readonly changes: readonly ObjectChange[];
};

export type VersionDifference = {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly ObjectChange[];
};

export type VersionPage = {
  readonly data: readonly ({
    readonly number: number;
    readonly at: Time;
    readonly author: Author;
    readonly operation: string;
    readonly reason: string | null;
    readonly changes: readonly ({
      readonly kind: "providers" | "models" | "prices" | "policies" | "teams" | "keys";
      readonly name: string;
      readonly action: "create" | "change" | "move" | "adopt" | "remove";
    })[];
  })[];
  readonly next: string | null;
};

export type ApplicationsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type AuditExportQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type AuditListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly actor?: string | undefined;
  readonly operation?: string | undefined;
  readonly object?: string | undefined;
  readonly organisation?: string | undefined;
  readonly outcome?: "asked" | "done" | "refused" | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

export type ChargebackExportQuery = {
  readonly month?: string | undefined;
  readonly format?: "csv" | "focus" | undefined;
};

export type ChargebackLinesQuery = {
  readonly month?: string | undefined;
  readonly by?: string | undefined;
};

export type ConfigApplyQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type CredentialsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type DenialsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly issuer?: string | undefined;
};

export type GroupsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type KeysListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: "key" | "admin" | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly application?: string | undefined;
  readonly serviceAccount?: string | undefined;
  readonly state?: "works" | "expired" | "revoked" | undefined;
};

export type LimitsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly kind?: string | undefined;
  readonly of?: string | undefined;
  readonly leftAtMost?: number | undefined;
};

export type MeSessionsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type ModelsCreateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type ModelsDeleteQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type ModelsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly source?: "file" | "environment" | "api" | "apply" | "provider" | undefined;
  readonly misfit?: "true" | "false" | undefined;
  readonly drift?: "true" | "false" | undefined;
};

export type ModelsUpdateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type OrganisationsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type PoliciesCreateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type PoliciesDeleteQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type PoliciesListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly source?: "file" | "environment" | "api" | "apply" | "provider" | undefined;
  readonly misfit?: "true" | "false" | undefined;
  readonly drift?: "true" | "false" | undefined;
};

export type PoliciesUpdateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type PricesCreateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type PricesDeleteQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type PricesListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly source?: "file" | "environment" | "api" | "apply" | "provider" | undefined;
  readonly misfit?: "true" | "false" | undefined;
  readonly drift?: "true" | "false" | undefined;
};

export type PricesUpdateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type ProvidersCreateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type ProvidersDeleteQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type ProvidersListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly source?: "file" | "environment" | "api" | "apply" | "provider" | undefined;
  readonly misfit?: "true" | "false" | undefined;
  readonly drift?: "true" | "false" | undefined;
};

export type ProvidersUpdateQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};

export type RecordsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly team?: string | undefined;
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  readonly application?: string | undefined;
  readonly serviceAccount?: string | undefined;
  readonly endUser?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly outcome?: "success" | "refused" | "failed" | "cancelled" | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

export type RolesListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type SavingsListQuery = {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly insteadOf?: string | undefined;
};

export type ScimTokensListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type SecretsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type ServiceAccountsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type SessionsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly user?: string | undefined;
};

export type TeamsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type UsageForecastQuery = {
  readonly by?: string | undefined;
};

export type UsageGetQuery = {
  readonly by?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly team?: string | undefined;
};

export type UsersListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly active?: "true" | "false" | undefined;
};

export type VersionsDiffQuery = {
  readonly against?: number | undefined;
};

export type VersionsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly kind?: "providers" | "models" | "prices" | "policies" | "teams" | "keys" | undefined;
  readonly name?: string | undefined;
  readonly author?: string | undefined;
};

export type VersionsRollbackQuery = {
  readonly dryRun?: "true" | "false" | undefined;
};
