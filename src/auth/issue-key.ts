import type { KeyStore, Limited, Metadata, StoredKey } from "../storage/index.ts";
import { hintOf, type KeyHasher, newKeyId, newKeyText } from "./virtual-keys.ts";

export interface KeyRequest extends Limited {
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly team?: string;
  readonly user?: string;
  readonly organisation?: string;
  readonly application?: string;
  readonly serviceAccount?: string;
  /** Of an admin key that is no service account's. */
  readonly role?: string;
  readonly networks?: readonly string[];
  readonly metadata?: Metadata;
  readonly mayPassUser?: boolean;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** The key whose limits and budget it counts in. */
  readonly countedAs?: string;
}

export interface IssuedKey {
  /** The key itself: to be shown once and kept nowhere. */
  readonly text: string;
  readonly stored: StoredKey;
}

/** Makes a key that is in no store yet. */
export function makeKey(request: KeyRequest, hasher: KeyHasher, now: number): IssuedKey {
  const text = newKeyText(request.kind);
  return {
    text,
    stored: { ...request, scopes: request.scopes ?? [], id: newKeyId(), hash: hasher.hash(text), hint: hintOf(text), createdAt: now },
  };
}

/** Makes a key and stores its hash. @throws Fault `object_conflict` where a key of the organisation that works has the name */
export async function issueKey(request: KeyRequest, keys: KeyStore, hasher: KeyHasher, now: number): Promise<IssuedKey> {
  const issued = makeKey(request, hasher, now);
  await keys.insert(issued.stored, now);
  return issued;
}

/**
 * A new key in the place of an old one. The old one is good until `graceMs` have passed; without grace it ends at once.
 * @param seen the old one as it was read, where what was decided hangs on it
 * @returns undefined when there is no such key, or it was revoked
 * @throws Fault `object_changed` where somebody else was faster
 */
export async function rotateKey(
  id: string,
  keys: KeyStore,
  hasher: KeyHasher,
  now: number,
  graceMs = 0,
  seen?: StoredKey,
): Promise<IssuedKey | undefined> {
  const old = seen ?? (await keys.get(id));
  if (old === undefined || old.revokedAt !== undefined) return undefined;
  const { id: _id, hash: _hash, hint: _hint, createdAt: _made, revokedAt: _revoked, lastUsedAt: _used, ...same } = old;
  // A new key is no new budget.
  const issued = makeKey({ ...same, countedAs: old.countedAs ?? id }, hasher, now);
  const ending = graceMs > 0 ? { expiresAt: Math.min(old.expiresAt ?? Number.POSITIVE_INFINITY, now + graceMs) } : { revokedAt: now };
  await keys.replace(old, issued.stored, ending);
  return issued;
}
