import type * as z from "zod/mini";
import type { Access, KeyHasher, Sessions, StoredRoles } from "../../auth/index.ts";
import type { Config } from "../../config/index.ts";
import type { GatewayRequest, Permission, Principal } from "../../exchange/index.ts";
import type { BodyArchive, Gateway, ListedModel, Repeats } from "../../gateway/index.ts";
import type { AuditedChanges, AuditLine, AuditLog, PriceOf } from "../../insight/index.ts";
import type { KeptSecrets, Vault } from "../../secrets/index.ts";
import type {
  Correction,
  CounterStore,
  Directory,
  KeyStore,
  LedgerStore,
  RecordStore,
  ScimTokenStore,
  SessionStore,
  SettledRecord,
  Storage,
  StoredKey,
} from "../../storage/index.ts";
import type { Bill } from "../bill.ts";
import type { LiveConfig } from "../live-config/live-config.ts";

/**
 * Whose the objects are that an operation gives back or changes, which is also how far its caller has to reach.
 *
 * - `installation`: the gateway's own; for those who are of no organisation and no team
 * - `organisation`: an organisation's; for those of it who are of no team, and those above
 * - `team`: a team's, or nobody's within an organisation; each sees those within its reach
 * - `self`: the caller's own
 * - `shared`: the same for everybody who has the permission
 */
export type OwnerClass = "installation" | "organisation" | "team" | "self" | "shared";

/** What operations act on. */
export interface AdminTools {
  readonly storage: Storage;
  readonly hasher: KeyHasher;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly bodies: OwnTools["bodies"];
  readonly repeats: OwnTools["repeats"];
  readonly vault: Vault;
  /** A credential in the vault has another value: configs that refer to it are read anew, here at once, elsewhere within a second. */
  vaultChanged(): Promise<void>;
  /** What was written to the store of keys holds on this node from here on; the others follow within a second. */
  rereadKeys(): Promise<void>;
  /** What the config refers to in other stores. */
  readonly secrets: Pick<KeptSecrets, "states" | "refresh">;
  /** How the keys of a provider that has several are off. */
  keyStates: Gateway["keyStates"];
  config(): Config;
  readonly live: LiveConfig;
  /** What models cost by the config and the catalog of now. */
  prices(): PriceOf;
  /** Every model, whoever may use it. */
  models(of: Config): readonly ListedModel[];
  /** Milliseconds since the epoch. */
  now(): number;
  readonly startedAt: number;
  state(): { readonly draining: boolean; readonly inFlight: number };
}

/** What operations on owned objects act on: the stores as far as their caller reaches; where they are somebody's, no others. */
export interface OwnTools extends Pick<AdminTools, "hasher" | "rereadKeys" | "now"> {
  readonly keys: KeyStore;
  readonly directory: Directory;
  readonly records: RecordStore;
  /** What was asked and answered, of records within reach; undefined where nothing outlives the process. */
  readonly bodies: Pick<BodyArchive, "read" | "erase"> | undefined;
  /** Answers that are kept for whoever repeats a request with its `Idempotency-Key`. */
  readonly repeats: Pick<Repeats, "erase" | "forget">;
  readonly ledger: Pick<LedgerStore, "lines" | "months">;
  /** What stands behind the cost of a record within reach, and how it was put right since. */
  billOf(record: SettledRecord): Promise<Bill | undefined>;
  correctionsOf(record: SettledRecord): Promise<readonly Correction[]>;
  /** How the house charges its own people. */
  readonly chargeback: Config["chargeback"];
  /** The newest lines of the audit log before one, newest first; without the addresses of operators who are above the caller. */
  acts(limit: number, before: number | undefined): Promise<readonly AuditLine[]>;
  readonly sessionsWithin: Pick<SessionStore, "list" | "revoke">;
  readonly scimTokens: ScimTokenStore;
  /** Takes over into the records what has settled. */
  drain(): Promise<void>;
  /** What stands in the config file, within reach. */
  readonly fileKeys: Config["keys"];
  readonly fileTeams: Config["teams"];
  /** What is left of limits, by counters that the caller reaches. */
  readonly counters: CounterStore;
  /** What belongs to the installation and may be limited; undefined for those who act within an organisation or a team. */
  readonly shared: Pick<Config, "models" | "providers" | "endUsers" | "sessions" | "tags" | "tools"> | undefined;
  /** Roles beside the built-in ones. */
  readonly roles: StoredRoles;
  /** Whether whom a key belongs to is there and active. */
  isIn(key: StoredKey): boolean;
}

export type ToolsOf<Owner extends OwnerClass> = Owner extends "organisation" | "team" ? OwnTools : AdminTools & OwnTools;

/** One call of an operation, checked: who calls, and with what. */
export interface AdminCall<Query = Readonly<Record<string, unknown>>, Body = Readonly<Record<string, unknown>>> {
  readonly id: string;
  readonly principal: Principal;
  /** What the caller may do, and whose objects it reaches. */
  readonly access: Access;
  readonly http: GatewayRequest;
  /** What stands for `{id}` in the path. */
  readonly object: string;
  readonly query: Query;
  readonly body: Body;
  /** The version of the object that the caller has seen. */
  readonly ifMatch: string | undefined;
}

/** A call, whatever its operation takes. */
export type AnyCall = AdminCall<unknown, object>;

export interface AdminReply {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  /** Of the one object that is given back. */
  readonly etag?: string;
  readonly location?: string;
  /** The id of what was made, for the audit log. */
  readonly made?: string;
  /** What a config's version changed, for the audit log. */
  readonly changed?: AuditedChanges;
}

type Schema = z.ZodMiniType;

/**
 * One operation of the admin API and everything about it: the OpenAPI document, the check of requests and the matrix of permissions
 * are made from this row.
 */
export interface Operation<Query extends Schema = Schema, Body extends Schema = Schema, Owner extends OwnerClass = OwnerClass> {
  /** `objects.act`, as the document's `operationId`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `{id}` stands for one object. */
  readonly path: string;
  readonly permission: Permission;
  readonly owner: Owner;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  /** Members of the body that hold secrets: they stand in no log. */
  readonly secrets?: readonly string[];
  /** Members of the body that may be as large as a config: the audit log has the request's hash instead, and what came of it. */
  readonly large?: readonly string[];
  readonly status: AdminReply["status"];
  /** Of the answer's body; absent where there is none. */
  readonly answer?: Schema;
  /** May be sent twice with the same `Idempotency-Key`; the second gets the first's answer. */
  readonly repeatable?: boolean;
  /** A read that stands in the audit log as changes do. */
  readonly audited?: boolean;
  /** The answer holds a secret that is kept nowhere. */
  readonly shownOnce?: boolean;
  /** Makes a version of the config: takes a reason, and `If-Match` for what it starts from. */
  readonly versioned?: boolean;
  run(call: AdminCall<z.output<Query>, z.output<Body>>, tools: ToolsOf<Owner>): Promise<AdminReply>;
}

/** Keeps the types of a row's query and body with its handler. */
export function operation<Query extends Schema, Body extends Schema, const Owner extends OwnerClass>(
  row: Operation<Query, Body, Owner>,
): Operation {
  return row as unknown as Operation;
}
