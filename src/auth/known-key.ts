import type { Principal } from "../exchange/index.ts";
import type { Secret } from "../secrets/index.ts";
import type { StoredKey } from "../storage/index.ts";
import { Networks } from "./networks.ts";
import type { Standing } from "./standing.ts";

/** A key from the config file or the environment. Its value is any text that the config's schema lets pass. */
export interface ConfiguredKey {
  readonly name: string;
  readonly value: Secret;
  readonly kind?: "key" | "admin";
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[] | undefined;
  readonly networks?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly mayPassUser?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/** What is known of a key, ready for the request's path. */
export interface KnownKey {
  readonly principal: Principal;
  /** From then on it is refused; infinite when it never expires. A revoked key expired at its revocation. */
  readonly endsAt: number;
  /** Where it may come from; absent: from anywhere. */
  readonly networks?: Networks;
  /** Stored keys only: when it was last used, 0 for never. Written to the store now and then. */
  lastUsedAt: number;
  savedUseAt: number;
  readonly stored: boolean;
  /** It is known, and opens nothing until an operator mends it. */
  readonly barred?: true;
}

/** @param before what was known of the key until now: its uses go on */
export function knownFromStore(key: KeptKey, standing: Standing, before: KnownKey | undefined): KnownKey {
  const belongs = standing.ofKey(key);
  const savedUseAt = Math.max(key.lastUsedAt ?? 0, before?.savedUseAt ?? 0);
  return {
    principal: Object.freeze({
      kind: key.kind,
      keyId: key.id,
      keyName: key.name,
      ...(key.countedAs !== undefined && { countedAs: key.countedAs }),
      ...belongs,
      ...(key.user !== undefined && { user: key.user }),
      scopes: key.scopes,
      ...(key.models !== undefined && { models: key.models }),
      ...(key.metadata !== undefined && { metadata: key.metadata }),
      ...(key.kind === "admin" && key.networks !== undefined && { networks: key.networks }),
      ...(key.kind === "admin" && key.expiresAt !== undefined && { endsAt: key.expiresAt }),
    }),
    endsAt: belongs === undefined ? 0 : Math.min(key.expiresAt ?? Number.POSITIVE_INFINITY, key.revokedAt ?? Number.POSITIVE_INFINITY),
    ...networksOf(key.networks),
    lastUsedAt: Math.max(savedUseAt, before?.lastUsedAt ?? 0),
    savedUseAt,
    stored: true,
  };
}

/** Of a stored key what requests ask for: there may be millions of them in memory. */
export type KeptKey = Omit<StoredKey, "hash" | "hint" | "createdAt">;

/** @param shared texts that were met already: what many keys have the same is there once */
export function keptOf(key: StoredKey, shared: Map<string, string>): KeptKey {
  const { id, kind, name, scopes } = key;
  const kept: { -readonly [Name in keyof KeptKey]: KeptKey[Name] } = { id, kind, name, scopes };
  if (key.team !== undefined) kept.team = once(key.team, shared);
  if (key.organisation !== undefined) kept.organisation = once(key.organisation, shared);
  if (key.user !== undefined) kept.user = key.user;
  if (key.application !== undefined) kept.application = once(key.application, shared);
  if (key.serviceAccount !== undefined) kept.serviceAccount = once(key.serviceAccount, shared);
  if (key.role !== undefined) kept.role = once(key.role, shared);
  if (key.models !== undefined) kept.models = key.models;
  if (key.networks !== undefined) kept.networks = key.networks;
  if (key.metadata !== undefined) kept.metadata = key.metadata;
  if (key.limits !== undefined) kept.limits = key.limits;
  if (key.budget !== undefined) kept.budget = key.budget;
  if (key.countedAs !== undefined) kept.countedAs = key.countedAs;
  if (key.mayPassUser !== undefined) kept.mayPassUser = key.mayPassUser;
  if (key.expiresAt !== undefined) kept.expiresAt = key.expiresAt;
  if (key.revokedAt !== undefined) kept.revokedAt = key.revokedAt;
  if (key.lastUsedAt !== undefined) kept.lastUsedAt = key.lastUsedAt;
  return kept;
}

function once(text: string, shared: Map<string, string>): string {
  const known = shared.get(text);
  if (known !== undefined) return known;
  shared.set(text, text);
  return text;
}

export function knownFromConfig(key: ConfiguredKey): KnownKey {
  return {
    principal: Object.freeze({
      kind: key.kind ?? "key",
      keyId: `config:${key.name}`,
      keyName: key.name,
      ...(key.team !== undefined && { team: key.team }),
      ...(key.user !== undefined && { user: key.user }),
      scopes: key.scopes ?? [],
      ...(key.models !== undefined && { models: key.models }),
      ...(key.metadata !== undefined && { metadata: key.metadata }),
      ...(key.kind === "admin" && key.networks !== undefined && { networks: key.networks }),
      ...(key.kind === "admin" && key.expiresAt !== undefined && { endsAt: key.expiresAt }),
      ...(key.mayPassUser === true && { mayPassUser: true }),
      // What the environment gives is the owner's.
      ...(key.kind === "admin" && { roles: ["owner"] }),
    }),
    ...networksOf(key.networks),
    endsAt: key.expiresAt ?? Number.POSITIVE_INFINITY,
    lastUsedAt: 0,
    savedUseAt: 0,
    stored: false,
  };
}

/** A key whose definition does not fit the config: it has ended, and its holder is told why. */
export function barredFromConfig(key: Pick<ConfiguredKey, "name" | "value">): KnownKey {
  return { ...knownFromConfig(key), endsAt: 0, barred: true };
}

function networksOf(list: readonly string[] | undefined): Pick<KnownKey, "networks"> {
  return list === undefined ? {} : { networks: new Networks(list) };
}
