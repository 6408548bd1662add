import type { ConfigStore } from "../config/config-store.ts";
import { configMigration, SqlConfigStore } from "../config/sql-config-store.ts";
import type { WholeDirectory } from "../directory/directory.ts";
import { directoryChangesMigration, directoryMigration, directoryMovesMigration } from "../directory/directory-schema.ts";
import { wholeSqlDirectory } from "../directory/sql-directory.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { keyChangesMigration, keyLimitsMigration, keysMigration, keyTrustMigration } from "../keys/keys-schema.ts";
import { SqlKeyStore } from "../keys/sql-keys.ts";
import { type LogInStore, logInMigration, SqlLogInStore } from "../login/log-ins.ts";
import { type SessionStore, SqlSessionStore, sessionMigration } from "../login/sessions.ts";
import { type SealedStore, sealedMigration } from "../sealed/sealed-store.ts";
import { SqlSealedStore } from "../sealed/sql-sealed.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";
import { SqliteSql } from "../sql/sqlite-sql.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import { type AuditStore, auditMigration, auditOwnersMigration, SqlAuditStore } from "./audit.ts";
import { type DenialStore, denialMigration, SqlDenialStore } from "./denials.ts";
import { type OutboxStore, outboxMigration, SqlOutbox } from "./outbox.ts";
import { type RepetitionStore, repetitionMigration, SqlRepetitionStore } from "./repetitions.ts";
import { type ScimTokenStore, SqlScimTokenStore, scimTokenMigration } from "./scim-tokens.ts";

/** What operators decide: small, in transactions. */
export interface ControlStore {
  readonly keys: KeyStore;
  readonly directory: WholeDirectory;
  readonly audit: AuditStore;
  readonly denials: DenialStore;
  readonly sessions: SessionStore;
  readonly logIns: LogInStore;
  readonly scimTokens: ScimTokenStore;
  readonly sealed: SealedStore;
  readonly config: ConfigStore;
  readonly repetitions: RepetitionStore;
  /** Messages to somebody outside. */
  readonly outbox: OutboxStore;
  /** Whether anything was written since the last call, here or by another process. Costs microseconds. */
  changed(): boolean;
  /**
   * Another text from when on what was read before may never have been: a standby took over that was behind. Numbers of changes may come
   * again then.
   */
  history(): string;
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
  directoryMovesMigration,
  repetitionMigration,
];

/** Tells when anything was written. */
export interface WriteWatch {
  /** By this process. */
  wrote(): void;
  /** Since the last call, here or by another process. Costs microseconds. */
  changed(): boolean;
  /** As of `ControlStore`. */
  history(): string;
}

/** Control in SQL. */
export function sqlControl(database: SqlDatabase, watch: WriteWatch): ControlStore {
  const onWrite = () => watch.wrote();
  return {
    keys: new SqlKeyStore(database, onWrite),
    directory: wholeSqlDirectory(database, onWrite),
    audit: new SqlAuditStore(database),
    denials: new SqlDenialStore(database, onWrite),
    sessions: new SqlSessionStore(database),
    logIns: new SqlLogInStore(database),
    scimTokens: new SqlScimTokenStore(database),
    sealed: new SqlSealedStore(database),
    config: new SqlConfigStore(database),
    repetitions: new SqlRepetitionStore(database),
    outbox: new SqlOutbox(database),
    changed: () => watch.changed(),
    history: () => watch.history(),
  };
}

/** Control in SQLite. */
export function sqliteControl(database: SqliteDatabase): ControlStore {
  return sqlControl(new SqliteSql(database), sqliteWatch(database));
}

function sqliteWatch(database: SqliteDatabase): WriteWatch {
  // SQLite's number moves for the commits of others only.
  const version = database.prepare("PRAGMA data_version");
  const read = () => version.get([])?.data_version;
  let seen = read();
  let written = false;
  return {
    wrote() {
      written = true;
    },
    changed() {
      const now = read();
      const changed = written || now !== seen;
      seen = now;
      written = false;
      return changed;
    },
    history: () => "",
  };
}
