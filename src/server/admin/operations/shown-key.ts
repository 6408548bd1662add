import type { Config } from "../../../config/index.ts";
import type { Limited, Metadata, StoredKey } from "../../../storage/index.ts";
import { etagOf } from "../etag.ts";
import type { OwnTools } from "../operation.ts";

/** A key as the API shows it: never the key, never its hash. */
export interface ShownKey {
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly organisation: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly serviceAccount: string | null;
  /** Of an admin key; a service account's has those of the account. */
  readonly role: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly networks: readonly string[] | null;
  readonly metadata: Metadata | null;
  readonly limits: Limited["limits"] | null;
  readonly budget: Limited["budget"] | null;
  /** Null: as its application is. */
  readonly mayPassUser: boolean | null;
  readonly state: "works" | "expired" | "revoked" | "suspended";
  readonly source: "file" | "store";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

/** Of what an operator decides; that a key was used changes nothing of it. */
export function versionOf({ lastUsedAt: _used, state: _state, ...key }: ShownKey): string {
  return etagOf(key);
}

export function shown(key: StoredKey, tools: OwnTools): ShownKey {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    organisation: key.organisation ?? null,
    team: key.team ?? null,
    user: key.user ?? null,
    application: key.application ?? null,
    serviceAccount: key.serviceAccount ?? null,
    role: key.kind === "admin" && key.serviceAccount === undefined ? (key.role ?? "owner") : null,
    scopes: key.scopes,
    models: key.models ?? null,
    networks: key.networks ?? null,
    metadata: key.metadata ?? null,
    limits: key.limits ?? null,
    budget: key.budget ?? null,
    mayPassUser: key.mayPassUser ?? null,
    state: stateOf(key, tools),
    source: "store",
    createdAt: timeOf(key.createdAt),
    expiresAt: timeOf(key.expiresAt),
    revokedAt: timeOf(key.revokedAt),
    lastUsedAt: timeOf(key.lastUsedAt),
  };
}

export function shownFromFile(key: Config["keys"][number], now: number): ShownKey {
  return {
    id: `config:${key.name}`,
    kind: "key",
    name: key.name,
    hint: "",
    organisation: null,
    team: key.team ?? null,
    user: null,
    application: null,
    serviceAccount: null,
    role: null,
    scopes: key.scopes,
    models: key.models ?? null,
    networks: key.networks ?? null,
    metadata: key.metadata ?? null,
    limits: key.limits ?? null,
    budget: key.budget ?? null,
    mayPassUser: key.mayPassUser ?? null,
    state: key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "works",
    source: "file",
    createdAt: null,
    expiresAt: timeOf(key.expiresAt),
    revokedAt: null,
    lastUsedAt: null,
  };
}

function stateOf(key: StoredKey, { now, isIn }: OwnTools): ShownKey["state"] {
  if (key.revokedAt !== undefined) return "revoked";
  if (key.expiresAt !== undefined && key.expiresAt <= now()) return "expired";
  return isIn(key) ? "works" : "suspended";
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
