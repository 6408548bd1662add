import type { KeyHasher } from "../../auth/index.ts";
import { Fault, type FaultRow, faultTable, type GatewayRequest, type Head, JsonBody } from "../../exchange/index.ts";
import { loggedCause } from "../../gateway/index.ts";
import type { AuditLog } from "../../insight/index.ts";
import type { Limiter } from "../../policies/index.ts";
import type { Storage, StoredScimToken } from "../../storage/index.ts";
import { guesserAt } from "../admin/patience/patience.ts";
import { SharedPatience } from "../admin/patience/shared-patience.ts";
import type { ScimCall } from "./scim-call.ts";
import { type ScimReply, type ScimRow, scimRows } from "./scim-rows.ts";

export interface ScimOptions {
  readonly storage: Storage;
  readonly hasher: KeyHasher;
  readonly audit: AuditLog;
  /** Takes over what was just written, so that whoever was put out is out. */
  rereadKeys(): Promise<void>;
  /** This gateway's origin as others know it. */
  origin(): string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Where requests of this API are counted. */
  readonly limiter: Limiter;
  nextId(): string;
  log(level: "info" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

const prefix = "/scim/v2";
const tokenPattern = /^Bearer +(sk-sluice-scim-[A-Za-z0-9_-]{43}) *$/i;
const mostBodyBytes = 8 * 1024 * 1024;
const encoder = new TextEncoder();

/** SCIM 2.0 (RFC 7643, RFC 7644): a directory elsewhere keeps people and groups here in step with itself. */
export class ScimApi {
  readonly #options: ScimOptions;
  readonly #patience: SharedPatience;
  readonly #strangers: SharedPatience;

  constructor(options: ScimOptions) {
    this.#options = options;
    const { limiter } = options;
    this.#patience = new SharedPatience({ limiter, door: "scim", burst: 500, perSecond: 100 });
    this.#strangers = new SharedPatience({ limiter, door: "scim-strangers", burst: 20, perSecond: 0.5, aloneFirst: 3 });
  }

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const id = this.#options.nextId();
    try {
      yield await this.#answered(http, id);
    } catch (error) {
      yield* this.#refusal(Fault.from(error), id);
    }
  }

  /** A refusal from outside, as this API says it. */
  refuse(fault: Fault): Generator<Head | Uint8Array, void> {
    return this.#refusal(fault, this.#options.nextId());
  }

  async #answered(http: GatewayRequest, id: string): Promise<Head> {
    const { now, origin, storage } = this.#options;
    const token = await this.#identified(http);
    await this.#patience.take(token.id, now());
    const { row, object } = matched(http);
    const bytes = row.method === "GET" || row.method === "DELETE" ? undefined : await http.body(mostBodyBytes);
    const people = {
      directory: storage.control.directory,
      organisation: token.organisation,
      now,
      putOut: (user: string) => this.#putOut(user),
    };
    const body: unknown = bytes === undefined ? undefined : JsonBody.scan(bytes).parse();
    const call: ScimCall = { id, http, token, people, base: `${origin()}${prefix}`, object, query: queryOf(http), body };
    const reply = row.changes ? await this.#audited(row, call) : await row.run(call);
    return {
      status: reply.status,
      headers: {
        ...ownHeaders(id),
        ...(reply.body !== undefined && { "content-type": "application/scim+json" }),
        ...(reply.etag !== undefined && { etag: reply.etag }),
        ...(reply.location !== undefined && { location: reply.location }),
      },
      body: reply.body === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(reply.body)),
    };
  }

  /** @throws Fault `credentials_missing`, `credentials_unknown`, `credentials_expired` */
  async #identified(http: GatewayRequest): Promise<StoredScimToken> {
    const { hasher, now, storage } = this.#options;
    try {
      const header = http.header("authorization");
      if (header === undefined || header === "") throw new Fault("credentials_missing", { message: "No SCIM token was sent." });
      const text = tokenPattern.exec(header)?.[1];
      const token = text === undefined ? undefined : await storage.control.scimTokens.find(hasher.hash(text));
      if (token === undefined) throw new Fault("credentials_unknown", { message: "This SCIM token is not known." });
      const isOver = token.revokedAt !== undefined || (token.expiresAt !== undefined && token.expiresAt <= now());
      const organisation =
        token.organisation === undefined ? undefined : await storage.control.directory.organisation.get(token.organisation);
      if (isOver || (token.organisation !== undefined && !organisation?.active)) throw new Fault("credentials_expired");
      return token;
    } catch (error) {
      await this.#strangers.take(guesserAt(http.peer ?? ""), now());
      throw error;
    }
  }

  /** As acts by the admin API are: in the audit log before they are done. Bodies may hold passwords, which nobody asked for. */
  async #audited(row: ScimRow, call: ScimCall): Promise<ScimReply> {
    const { audit } = this.#options;
    const { token, id, object } = call;
    const { peer } = call.http;
    const owned = token.organisation === undefined ? {} : { organisation: token.organisation };
    const act = {
      actor: { id: token.id, name: token.name, ...owned },
      ...owned,
      operation: row.name,
      requestId: id,
      ...(object !== "" && { object }),
      ...(peer !== undefined && { address: peer }),
    };
    await audit.append({ ...act, outcome: "asked" });
    let reply: ScimReply;
    try {
      reply = await row.run(call);
    } catch (error) {
      await audit.append({ ...act, outcome: "refused", fault: Fault.from(error).code });
      throw error;
    }
    await audit.append({ ...act, outcome: "done", ...(reply.status === 201 && { object: String(reply.body?.id) }) });
    return reply;
  }

  async #putOut(user: string): Promise<void> {
    const { now, rereadKeys, storage } = this.#options;
    await storage.control.sessions.revokeAll({ userId: user }, now());
    await rereadKeys();
  }

  /** RFC 7644 3.12. */
  *#refusal(fault: Fault, id: string): Generator<Head | Uint8Array, void> {
    const row: FaultRow = faultTable[fault.code];
    if (row.log === "error") this.#options.log("error", row.doc, { requestId: id, fault: fault.code, cause: loggedCause(fault) });
    const scimType = scimTypeOf(fault);
    const body = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: String(fault.status),
      ...(scimType !== undefined && { scimType }),
      detail: fault.message,
    };
    yield {
      status: fault.status,
      headers: {
        ...ownHeaders(id),
        "content-type": "application/scim+json",
        ...(fault.retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))) }),
        ...(fault.status === 401 && { "www-authenticate": 'Bearer realm="sluice"' }),
        ...(fault.allow && { allow: fault.allow.join(", ") }),
      },
      body: encoder.encode(JSON.stringify(body)),
    };
  }
}

function scimTypeOf({ code, nativeCode }: Fault): string | undefined {
  if (code === "object_conflict") return "uniqueness";
  return code === "request_malformed" || code === "request_too_deep" ? (nativeCode ?? "invalidSyntax") : undefined;
}

function ownHeaders(id: string): Record<string, string> {
  return {
    "x-sluice-request-id": id,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  };
}

/** @throws Fault `route_unknown` */
function matched({ method, path }: GatewayRequest): { readonly row: ScimRow; readonly object: string } {
  const others: string[] = [];
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : "";
  for (const row of scimRows) {
    const object = objectIn(row.path, rest);
    if (object === undefined) continue;
    if (row.method === method) return { row, object };
    others.push(row.method);
  }
  if (others.length > 0)
    throw new Fault("route_unknown", { message: `This path takes ${others.join(" and ")}, not ${method}.`, status: 405, allow: others });
  throw new Fault("route_unknown", { message: `There is nothing at ${path.slice(0, 200)}.` });
}

/** Names with a dot, as `.search`, are no ids. */
function objectIn(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{id}");
  if (after === undefined) return path === pattern ? "" : undefined;
  const raw = path.startsWith(before) ? path.slice(before.length) : "";
  return /^[A-Za-z0-9_-][\w:.-]*$/.test(raw) && raw.length <= 200 ? raw : undefined;
}

function queryOf({ query }: GatewayRequest): URLSearchParams {
  const found = new URLSearchParams(query);
  for (const name of new Set(found.keys()))
    if (found.getAll(name).length > 1)
      throw new Fault("request_malformed", { message: `\`${name}\` stands twice in the query.`, nativeCode: "invalidSyntax" });
  return found;
}
