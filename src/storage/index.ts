export { backUp } from "./backup/back-up.ts";
export type { Manifest } from "./backup/manifest.ts";
export { restore } from "./backup/restore.ts";
export { BodyNotKept, type BodyPlace, type BodyStore, bodyOwner } from "./bodies/body-store.ts";
export { FolderBodies } from "./bodies/folder-bodies.ts";
export { ForwardedBodies } from "./bodies/forwarded-bodies.ts";
export { type BodySide, type KeptBody, packBody, unpackBody } from "./bodies/kept-body.ts";
export type { BodyOptions, BodyStoreOptions } from "./bodies/options.ts";
export { type S3Answer, S3Bodies, type S3Request } from "./bodies/s3-bodies.ts";
export type {
  ConfigChange,
  ConfigObject,
  ConfigState,
  ConfigStore,
  ConfigVersion,
  NewConfigVersion,
  VersionAuthor,
  VersionedObject,
} from "./config/config-store.ts";
export type { AuditRow, AuditStore } from "./control/audit.ts";
export { type ControlStore, sqliteControl } from "./control/control.ts";
export { type DenialKind, type DenialStore, denialDoubtMs, type StoredDenial } from "./control/denials.ts";
export { type OpenedControl, openControl } from "./control/open-control.ts";
export type { OutboxStore, OutMessage } from "./control/outbox.ts";
export type { BegunRequest, RepetitionStore } from "./control/repetitions.ts";
export type { ScimTokenStore, StoredScimToken } from "./control/scim-tokens.ts";
export type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counters/counter-store.ts";
export { type Adjustment, type AdjustQuestion, type HoldAnswer, type HoldQuestion, skewMs, tellMs, timesOf } from "./counters/hold.ts";
export { MemoryCounters } from "./counters/memory-counters.ts";
export { openCounters } from "./counters/open-counters.ts";
export type {
  Application,
  Directory,
  DirectoryKind,
  DirectoryKinds,
  DirectoryObject,
  Group,
  Limited,
  Metadata,
  MovedObject,
  NewObject,
  ObjectChanges,
  ObjectQuery,
  ObjectStore,
  Organisation,
  Role,
  ServiceAccount,
  Team,
  User,
  WholeDirectory,
} from "./directory/directory.ts";
export { DiskSpool, type SpoolOptions } from "./disk-spool.ts";
export type { Backlog } from "./journal/drain.ts";
export type { Journal } from "./journal/journal.ts";
export type { KeyChanges, KeyKind, KeyStore, MovedKey, StoredKey, WantedKeys } from "./keys/key-store.ts";
export type { Correction, FrozenLine, FrozenMonth, LedgerStore } from "./ledger/ledger-store.ts";
export type { LogInStore, WaitingDevice } from "./login/log-ins.ts";
export type { SessionHolder, SessionStore, SessionsOf, StoredSession } from "./login/sessions.ts";
export { openMemoryStorage } from "./memory/open-memory-storage.ts";
export type { MovedCounts } from "./move/move-target.ts";
export { readMoved, type StorePart, storeParts, writeMoved } from "./move/moved-folder.ts";
export { openAlone } from "./move/open-alone.ts";
export { openPartMove, type PartMove } from "./move/open-part-move.ts";
export { openStorage, type StorageOptions } from "./open-storage.ts";
export { openRecords } from "./records/open-records.ts";
export type { RecordStore } from "./records/record-store.ts";
export { Retention } from "./retention/retention.ts";
export { isUsageGroup, tagName, type UsageGroup, type UsageQuery, type UsageRow, usageGroups } from "./rollups/usage.ts";
export { everything, type Owner, reaches, type Scope } from "./scope.ts";
export type { GuardedMasterKey, Rewrapping, SealedSecret, SealedStore } from "./sealed/sealed-store.ts";
export type { Outcome, RecordDetail, SettledRecord } from "./settled-record.ts";
export type { SqliteDatabase } from "./sqlite/driver.ts";
export type { Storage } from "./storage.ts";
