// Made by `npm run generate` from the admin API's OpenAPI document.

export type AuditLine = {
  readonly seq: number;
  readonly at: string;
  readonly actor: {
    readonly id: string;
    readonly name: string;
  };
  readonly operation: string;
  readonly outcome: "asked" | "done" | "refused";
  readonly object?: string | undefined;
  readonly requestId?: string | undefined;
  readonly body?: unknown | undefined;
  readonly fault?: string | undefined;
};

export type AuditPage = {
  readonly data: readonly AuditLine[];
  readonly next: string | null;
};

export type Config = {
  readonly path: string | null;
  readonly version: string;
  readonly document: { readonly [name: string]: unknown };
};

export type Health = {
  readonly status: "ready" | "draining";
  readonly startedAt: string;
  readonly inFlight: number;
  readonly providers: number;
  readonly models: number;
};

export type IssuedKey = {
  readonly key: string;
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly team: string | null;
  readonly user: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly state: "works" | "expired" | "revoked";
  readonly source: "file" | "store";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
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
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly endsAt: string;
  readonly userAgent: string;
  readonly address: string;
};

export type Key = {
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly team: string | null;
  readonly user: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly state: "works" | "expired" | "revoked";
  readonly source: "file" | "store";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
};

export type KeyChanges = {
  readonly name?: string | undefined;
  readonly team?: string | null | undefined;
  readonly user?: string | null | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly expiresAt?: string | null | undefined;
};

export type KeyPage = {
  readonly data: readonly Key[];
  readonly next: string | null;
};

export type Me = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
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
};

export type ModelPage = {
  readonly data: readonly Model[];
  readonly next: string | null;
};

export type NewKey = {
  readonly name: string;
  readonly kind?: "key" | "admin" | undefined;
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly expiresAt?: string | undefined;
};

export type NewSession = {
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
  readonly source: "file";
};

export type ProviderPage = {
  readonly data: readonly Provider[];
  readonly next: string | null;
};

export type Record = {
  readonly id: string;
  readonly startedAt: string;
  readonly keyId: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly application: string | null;
  readonly user: string | null;
  readonly endpoint: string;
  readonly model: string;
  readonly provider: string | null;
  readonly targetModel: string | null;
  readonly outcome: "success" | "refused" | "failed" | "cancelled";
  readonly status: number;
  readonly fault: string | null;
  readonly stream: boolean;
  readonly usage: { readonly [name: string]: unknown } | null;
  readonly costUsd?: string | null | undefined;
  readonly priceVersion?: string | null | undefined;
  readonly durationMs: number;
  readonly detail: { readonly [name: string]: unknown };
};

export type RecordPage = {
  readonly data: readonly Record[];
  readonly next: string | null;
};

export type Rotation = {
  readonly graceSeconds?: number | undefined;
};

export type Session = {
  readonly id: string;
  readonly name: string;
  readonly user: string | null;
  readonly key: string | null;
  readonly holder: "browser" | "command-line";
  readonly roles: readonly string[];
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly endsAt: string;
  readonly userAgent: string;
  readonly address: string;
};

export type SessionPage = {
  readonly data: readonly Session[];
  readonly next: string | null;
};

export type Usage = {
  readonly data: readonly ({
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
    readonly costUsd?: string | undefined;
  })[];
  readonly total: {
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
    readonly costUsd?: string | undefined;
  };
};

export type AuditListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type KeysListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly team?: string | undefined;
  readonly state?: "works" | "expired" | "revoked" | undefined;
};

export type MeSessionsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type ModelsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type ProvidersListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type RecordsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type SessionsListQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly user?: string | undefined;
};

export type UsageGetQuery = {
  readonly by?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};
