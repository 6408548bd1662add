import { type Finding, formatPath, schemaFindings } from "../../config/index.ts";
import { Fault, type FaultRow, faultTable, type GatewayRequest, type Head, JsonBody, type Principal } from "../../exchange/index.ts";
import { openApi } from "./openapi.ts";
import type { AdminCall, AdminReply, AdminTools, Operation } from "./operation.ts";
import { adminOperations } from "./operations/all.ts";
import { Patience } from "./patience.ts";
import { Repetitions } from "./repetitions.ts";

export interface AdminOptions extends AdminTools {
  /** Who asks, on an endpoint for admin keys. @throws Fault `credentials_*` */
  identify(http: GatewayRequest, endpoint: { readonly path: string; readonly role: string }): Principal | Promise<Principal>;
  nextId(): string;
  readonly version: string;
  log(level: "info" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

const mostBodyBytes = 1024 * 1024;
const documentPath = "/openapi.json";
const prefix = "/admin/v1";
const encoder = new TextEncoder();

/** The API that operators use. Authorization hangs on the matched row; a request that matches none learns nothing but that. */
export class AdminApi {
  readonly #options: AdminOptions;
  readonly #document: Uint8Array;
  readonly #repetitions = new Repetitions();
  /** Of each key, and of each address that came without a good one. */
  readonly #patience = new Patience(100, 20);
  readonly #strangers = new Patience(20, 0.5);

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#document = encoder.encode(JSON.stringify(openApi(adminOperations, options.version)));
  }

  /** Whether the path is this API's to answer, whatever stands there. */
  static owns(path: string): boolean {
    return path === documentPath || path === prefix || path.startsWith(`${prefix}/`);
  }

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const id = this.#options.nextId();
    try {
      yield await this.#answered(http, id);
    } catch (error) {
      yield this.#problem(Fault.from(error), id);
    }
  }

  /** A refusal from outside, as this API says it. */
  *refuse(fault: Fault): Generator<Head | Uint8Array, void> {
    yield this.#problem(fault, this.#options.nextId());
  }

  async #answered(http: GatewayRequest, id: string): Promise<Head> {
    if (http.path === documentPath) {
      if (http.method !== "GET") throw new Fault("route_unknown", { message: `${documentPath} takes GET.`, status: 405, allow: ["GET"] });
      return { status: 200, headers: { ...ownHeaders(id), "content-type": "application/json" }, body: this.#document };
    }
    refuseForeignOrigin(http);
    const { row, object } = this.#matched(http);
    const principal = await this.#identified(http, row);
    this.#patience.take(principal.keyId, this.#options.now());
    const bytes = row.method === "GET" ? undefined : await http.body(mostBodyBytes);
    const call: AdminCall = {
      id,
      principal,
      http,
      object,
      query: checked(row.query, queryOf(http.query, row)),
      body: checked(row.body, row.body ? bodyOf(bytes) : {}),
      ifMatch: http.header("if-match"),
    };
    const reply = await this.#once(row, call, bytes ?? new Uint8Array(0));
    if (reply.etag !== undefined && row.method === "GET" && http.header("if-none-match") === reply.etag)
      return { status: 304, headers: { ...ownHeaders(id), etag: reply.etag }, body: new Uint8Array(0) };
    return {
      status: reply.status,
      headers: {
        ...ownHeaders(id),
        ...(reply.body !== undefined && { "content-type": "application/json" }),
        ...(reply.etag !== undefined && { etag: reply.etag }),
        ...(reply.location !== undefined && { location: reply.location }),
      },
      body: reply.body === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(reply.body)),
    };
  }

  /** @throws Fault `route_unknown` */
  #matched({ method, path }: GatewayRequest): { readonly row: Operation; readonly object: string } {
    const others: string[] = [];
    for (const row of adminOperations) {
      const object = objectIn(row.path, path);
      if (object === undefined) continue;
      if (row.method === method) return { row, object };
      others.push(row.method);
    }
    if (others.length > 0)
      throw new Fault("route_unknown", { message: `This path takes ${others.join(" and ")}, not ${method}.`, status: 405, allow: others });
    throw new Fault("route_unknown", { message: `There is no operation ${method} ${path.slice(0, 200)}. GET ${documentPath} lists them.` });
  }

  /** Whoever guesses keys has to wait; whoever has one does not. */
  async #identified(http: GatewayRequest, row: Operation): Promise<Principal> {
    const { identify, now } = this.#options;
    try {
      return await identify(http, { path: row.path, role: "admin" });
    } catch (error) {
      this.#strangers.take(http.peer ?? "", now());
      throw error;
    }
  }

  /** What changes something stands in the audit log before it is done, and how it went before the answer. */
  async #run(row: Operation, call: AdminCall): Promise<AdminReply> {
    if (row.method === "GET") return row.run(call, this.#options);
    const { audit } = this.#options;
    const { principal, id, object, body } = call;
    const actor = { id: principal.keyId, name: principal.keyName };
    const act = { actor, operation: row.name, requestId: id, ...(object !== "" && { object }) };
    audit.append({ ...act, outcome: "asked", ...(row.body && { body }) });
    let reply: AdminReply;
    try {
      reply = await row.run(call, this.#options);
    } catch (error) {
      audit.append({ ...act, outcome: "refused", fault: Fault.from(error).code });
      throw error;
    }
    audit.append({ ...act, outcome: "done", ...(reply.made !== undefined && { object: reply.made }) });
    return reply;
  }

  #once(row: Operation, call: AdminCall, bytes: Uint8Array): Promise<AdminReply> {
    const key = row.repeatable ? call.http.header("idempotency-key") : undefined;
    if (key === undefined) return this.#run(row, call);
    if (key.length === 0 || key.length > 255)
      throw new Fault("request_malformed", { message: "`Idempotency-Key` has 1 to 255 characters." });
    const name = JSON.stringify([call.principal.keyId, row.name, call.object, key]);
    return this.#repetitions.once(name, bytes, this.#options.now(), () => this.#run(row, call));
  }

  /** RFC 9457. */
  #problem(fault: Fault, id: string): Head {
    const row: FaultRow = faultTable[fault.code];
    if (row.log === "error") this.#options.log("error", row.doc, { requestId: id, fault: fault.code, cause: fault.cause });
    const body = {
      type: `/docs/faults#${fault.code}`,
      title: row.doc.split(/(?<=[.:]) /)[0],
      status: fault.status,
      detail: fault.message,
      code: fault.code,
      instance: id,
      ...(fault.cause instanceof SchemaProblem && { errors: fault.cause.errors }),
    };
    return {
      status: fault.status,
      headers: {
        ...ownHeaders(id),
        "content-type": "application/problem+json",
        ...(fault.retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))) }),
        ...(fault.allow && { allow: fault.allow.join(", ") }),
        ...(fault.status === 401 && { "www-authenticate": 'Bearer realm="sluice"' }),
      },
      body: encoder.encode(JSON.stringify(body)),
    };
  }
}

/** What is served here is for programs: no page may hold it, and nobody on the way keeps it. */
function ownHeaders(id: string): Record<string, string> {
  return {
    "x-sluice-request-id": id,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
  };
}

/** A web page of another origin may not use an operator's browser, whatever address the gateway listens on. */
function refuseForeignOrigin(http: GatewayRequest): void {
  const origin = http.header("origin");
  if (origin === undefined) return;
  const host = http.header("host");
  if (!URL.canParse(origin) || new URL(origin).host !== host)
    throw new Fault("host_refused", { message: "Requests from web pages of another origin are not taken.", status: 403 });
}

/** What stands for `{id}`; "" where the path has none, undefined where it is another. */
function objectIn(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{id}");
  if (after === undefined) return path === pattern ? "" : undefined;
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const raw = path.slice(before.length, path.length - after.length);
  if (raw === "" || raw.includes("/")) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** A name that stands twice is nobody's guess. @throws Fault `request_malformed` */
function queryOf(text: string, row: Operation): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in query) throw new Fault("request_malformed", { message: `\`${name}\` stands twice in the query.`, param: name });
    if (!row.query)
      throw new Fault("request_malformed", { message: `This operation takes no query, and \`${name}\` stands there.`, param: name });
    query[name] = value;
  }
  return query;
}

/** @throws Fault `request_malformed`, `request_too_deep` */
function bodyOf(bytes: Uint8Array | undefined): Record<string, unknown> {
  return JsonBody.scan(bytes === undefined || bytes.length === 0 ? encoder.encode("{}") : bytes).parse();
}

/** Every place that is wrong, for the answer. */
class SchemaProblem extends Error {
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(errors: SchemaProblem["errors"]) {
    super("The request is not as its schema says.");
    this.errors = errors;
  }
}

function checked(schema: Operation["body"], value: unknown): Readonly<Record<string, unknown>> {
  if (!schema) return {};
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data as Readonly<Record<string, unknown>>;
  const errors = schemaFindings(schema, outcome.error.issues, value).map((finding) => ({
    path: formatPath(finding.path),
    message: said(finding),
  }));
  const [first] = errors;
  throw new Fault("request_malformed", {
    message: `${first?.path ? `${first.path}: ` : ""}${first?.message}.`,
    ...(first?.path && { param: first.path }),
    cause: new SchemaProblem(errors),
  });
}

function said({ problem, expected, nearest }: Finding): string {
  return `${problem}${expected === undefined ? "" : `; expected ${expected}`}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
