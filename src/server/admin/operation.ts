import type * as z from "zod/mini";
import type { KeyHasher, Sessions } from "../../auth/index.ts";
import type { Config } from "../../config/index.ts";
import type { GatewayRequest, Principal } from "../../exchange/index.ts";
import type { ListedModel } from "../../gateway/index.ts";
import type { AuditLog } from "../../insight/index.ts";
import type { Storage } from "../../storage/index.ts";
import type { LiveConfig } from "../live-config/live-config.ts";

/** What somebody may do, as `objects:act`. The matrix of roles is made from the table of operations. */
export type Permission =
  | "audit:read"
  | "config:read"
  | "health:read"
  | "keys:read"
  | "keys:write"
  | "models:read"
  | "providers:read"
  | "records:read"
  | "sessions:own"
  | "sessions:read"
  | "sessions:write"
  | "usage:read";

/** What operations act on. */
export interface AdminTools {
  readonly storage: Storage;
  readonly hasher: KeyHasher;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  /** What was written to the store of keys holds on this node from here on; the others follow within a second. */
  rereadKeys(): Promise<void>;
  config(): Config;
  readonly live: LiveConfig;
  /** Every model, whoever may use it. */
  models(): readonly ListedModel[];
  /** Milliseconds since the epoch. */
  now(): number;
  readonly startedAt: number;
  state(): { readonly draining: boolean; readonly inFlight: number };
}

/** One call of an operation, checked: who calls, and with what. */
export interface AdminCall<Query = Readonly<Record<string, unknown>>, Body = Readonly<Record<string, unknown>>> {
  readonly id: string;
  readonly principal: Principal;
  readonly http: GatewayRequest;
  /** What stands for `{id}` in the path. */
  readonly object: string;
  readonly query: Query;
  readonly body: Body;
  /** The version of the object that the caller has seen. */
  readonly ifMatch: string | undefined;
}

export interface AdminReply {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  /** Of the one object that is given back. */
  readonly etag?: string;
  readonly location?: string;
  /** The id of what was made, for the audit log. */
  readonly made?: string;
}

type Schema = z.ZodMiniType;

/**
 * One operation of the admin API and everything about it: the OpenAPI document, the check of requests and the matrix of permissions
 * are made from this row.
 */
export interface Operation<Query extends Schema = Schema, Body extends Schema = Schema> {
  /** `objects.act`, as the document's `operationId`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `{id}` stands for one object. */
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: AdminReply["status"];
  /** Of the answer's body; absent where there is none. */
  readonly answer?: Schema;
  /** May be sent twice with the same `Idempotency-Key`; the second gets the first's answer. */
  readonly repeatable?: boolean;
  run(call: AdminCall<z.output<Query>, z.output<Body>>, tools: AdminTools): Promise<AdminReply>;
}

/** Keeps the types of a row's query and body with its handler. */
export function operation<Query extends Schema, Body extends Schema>(row: Operation<Query, Body>): Operation {
  return row as unknown as Operation;
}
