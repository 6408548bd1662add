import { type AuditStore, auditMigration, auditOwnersMigration, SqliteAuditStore } from "./audit.ts";
import type { ConfigStore } from "./config/config-store.ts";
import { configMigration, SqliteConfigStore } from "./config/sqlite-config-store.ts";
import { type DenialStore, denialMigration, SqliteDenialStore } from "./denials.ts";
import type { Directory } from "./directory/directory.ts";
import { directoryChangesMigration, directoryMigration } from "./directory/directory-schema.ts";
import { sqliteDirectory } from "./directory/sqlite-directory.ts";
import type { KeyStore } from "./keys/key-store.ts";
import { keyChangesMigration, keyLimitsMigration, keysMigration, keyTrustMigration } from "./keys/keys-schema.ts";
import { SqliteKeyStore } from "./keys/sqlite-keys.ts";
import { type LogInStore, logInMigration, SqliteLogInStore } from "./login/log-ins.ts";
import { type SessionStore, SqliteSessionStore, sessionMigration } from "./login/sessions.ts";
import { type OutboxStore, outboxMigration, SqliteOutbox } from "./outbox.ts";
import { type ScimTokenStore, SqliteScimTokenStore, scimTokenMigration } from "./scim-tokens.ts";
import { type SealedStore, sealedMigration } from "./sealed/sealed-store.ts";
import { SqliteSealedStore } from "./sealed/sqlite-sealed.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite/driver.ts";

/** What operators decide: small, in transactions. */
export interface ControlStore {
  readonly keys: KeyStore;
  readonly directory: Directory;
  readonly audit: AuditStore;
  readonly denials: DenialStore;
  readonly sessions: SessionStore;
  readonly logIns: LogInStore;
  readonly scimTokens: ScimTokenStore;
  readonly sealed: SealedStore;
  readonly config: ConfigStore;
  /** Messages to somebody outside. */
  readonly outbox: OutboxStore;
  /** Whether anything was written since the last call, here or by another process. Costs microseconds. */
  changed(): boolean;
}

export const controlMigrations: readonly string[] = [
  keysMigration,
  auditMigration,
  directoryMigration,
  denialMigration,
  directoryChangesMigration,
  sessionMigration + logInMigration,
  sealedMigration,
  configMigration,
  scimTokenMigration,
  keyChangesMigration,
  keyLimitsMigration,
  keyTrustMigration,
  outboxMigration,
  auditOwnersMigration,
];

/** Control in SQLite. */
export class SqliteControlStore implements ControlStore {
  readonly keys: KeyStore;
  readonly directory: Directory;
  readonly audit: AuditStore;
  readonly denials: DenialStore;
  readonly sessions: SessionStore;
  readonly logIns: LogInStore;
  readonly scimTokens: ScimTokenStore;
  readonly sealed: SealedStore;
  readonly config: ConfigStore;
  readonly outbox: OutboxStore;
  readonly #version: SqliteStatement;
  #seenVersion: unknown;
  #written = false;

  constructor(database: SqliteDatabase) {
    this.#version = database.prepare("PRAGMA data_version");
    this.#seenVersion = this.#readVersion();
    this.audit = new SqliteAuditStore(database);
    this.sessions = new SqliteSessionStore(database);
    this.logIns = new SqliteLogInStore(database);
    this.scimTokens = new SqliteScimTokenStore(database);
    this.sealed = new SqliteSealedStore(database);
    this.config = new SqliteConfigStore(database);
    this.outbox = new SqliteOutbox(database);
    const onWrite = () => {
      this.#written = true;
    };
    this.keys = new SqliteKeyStore(database, onWrite);
    this.directory = sqliteDirectory(database, onWrite);
    this.denials = new SqliteDenialStore(database, onWrite);
  }

  changed(): boolean {
    // SQLite's number moves for the commits of others only.
    const version = this.#readVersion();
    const changed = this.#written || version !== this.#seenVersion;
    this.#seenVersion = version;
    this.#written = false;
    return changed;
  }

  #readVersion(): unknown {
    return this.#version.get([])?.data_version;
  }
}
