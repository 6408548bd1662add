/** A secret as it is kept: nothing here opens it without the master key. Bytes are base64url, times milliseconds since the epoch. */
export interface SealedSecret {
  /** `cred_…` */
  readonly id: string;
  /** The organisation that it belongs to; empty for the gateway's own. */
  readonly tenant: string;
  /** What the config calls it; of each tenant's only one. */
  readonly name: string;
  /** From 1; one more with each new value. */
  readonly version: number;
  /** Enough for people to tell values apart, and too little to guess one. */
  readonly hint: string;
  /** The master key that opens `wrappedKey`. */
  readonly masterKey: string;
  /** The key of this version of this record alone. */
  readonly wrappedKey: string;
  readonly sealed: string;
  readonly createdAt: number;
  /** When the value was last changed. */
  readonly changedAt: number;
}

/** A master key that is kept itself, sealed by a key service. */
export interface GuardedMasterKey {
  readonly id: string;
  /** The service's key, as the operator names it: `aws-kms:…`. */
  readonly guard: string;
  readonly sealed: string;
  readonly createdAt: number;
}

/** Keeps sealed secrets. Each change is durable when it returns. */
export interface SealedStore {
  /** In the order of their names, behind `after`. */
  list(tenant: string, after?: string, limit?: number): Promise<readonly SealedSecret[]>;
  /** By its name or its id. */
  get(tenant: string, name: string): Promise<SealedSecret | undefined>;
  /** @returns false where the tenant has one of this name */
  insert(secret: SealedSecret): Promise<boolean>;
  /** Puts it in the place of its version before. @returns false where that is not the version that is there */
  replace(secret: SealedSecret): Promise<boolean>;
  /** @returns whether it was there */
  remove(tenant: string, name: string): Promise<boolean>;
  /** Some that another master key than `masterKey` opens. */
  openedByOthers(masterKey: string, limit: number): Promise<readonly SealedSecret[]>;
  /** Puts the new wrappings in the places of the old ones, all in one transaction. @returns how many were still as they had been */
  rewrap(changes: readonly Rewrapping[]): Promise<number>;
  /** How many there are, of all tenants, by the master key that opens them. */
  countByMasterKey(): Promise<ReadonlyMap<string, number>>;
  guardedKeys(): Promise<readonly GuardedMasterKey[]>;
  addGuardedKey(key: GuardedMasterKey): Promise<void>;
  /** Moves with every change of a secret, here or by another process. */
  revision(): Promise<number>;
}

export interface Rewrapping {
  readonly before: SealedSecret;
  readonly masterKey: string;
  readonly wrappedKey: string;
}

export const sealedMigration = `
  CREATE TABLE sealed_secrets (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    hint TEXT NOT NULL,
    master_key TEXT NOT NULL,
    wrapped_key TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (tenant, name)
  );
  CREATE INDEX sealed_secrets_by_master_key ON sealed_secrets (master_key);
  CREATE TABLE guarded_master_keys (id TEXT PRIMARY KEY, guard TEXT NOT NULL, sealed TEXT NOT NULL, created_at INTEGER NOT NULL);
  CREATE TABLE sealed_revision (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
  INSERT INTO sealed_revision VALUES (1, 0);
`;
