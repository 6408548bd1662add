import { createHash } from "node:crypto";
import { type Access, accessOf, type Standing } from "../../auth/index.ts";
import { Fault, type FaultRow, faultTable, type GatewayRequest, type Head, type Permission, type Principal } from "../../exchange/index.ts";
import { loggedCause } from "../../gateway/index.ts";
import type { AuditEntry } from "../../insight/index.ts";
import type { Limiter } from "../../policies/index.ts";
import { Documents } from "../documents/documents.ts";
import { doorOf } from "../door-of.ts";
import { ownerOfAct } from "./grants/act-owner.ts";
import { type MarkedField, markedFields, refuseFields, withoutFields } from "./grants/field-permissions.ts";
import { refuseLostNames } from "./grants/limit-names.ts";
import { placeOfAct } from "./grants/place-of-act.ts";
import { refuseOtherPatches } from "./merge-patch.ts";
import type { AdminCall, AdminReply, AdminTools, Operation } from "./operation.ts";
import { adminOperations } from "./operations/all.ts";
import { refuseBeyond, toolsFor } from "./own-tools.ts";
import { isPasted, refusePasted, withoutPasted } from "./pasted-credentials.ts";
import { guesserAt, Patience } from "./patience/patience.ts";
import { SharedPatience } from "./patience/shared-patience.ts";
import { ownHeaders, problemOf } from "./problem.ts";
import { bodyOf, checked, objectIn, queryOf, refuseForeignOrigin } from "./read-request.ts";
import { Repetitions } from "./repetitions.ts";

export interface AdminOptions extends AdminTools {
  /** Who asks, on an endpoint for admin keys. @throws Fault `credentials_*` */
  identify(http: GatewayRequest, endpoint: { readonly path: string; readonly role: string }): Principal | Promise<Principal>;
  /** The directory, as new as the keys are. */
  standing(): Standing;
  /** Where requests of this API are counted, beside those of applications. */
  readonly limiter: Limiter;
  nextId(): string;
  readonly version: string;
  log(level: "info" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

const mostBodyBytes = 1024 * 1024;
const longestObject = 1_000;
const noting = { againMs: 200, withinMs: 3_000 };
const doneUnheard = "This was done, and then the control store did not answer any more. Look how it stands before you ask again.";
const encoder = new TextEncoder();

/** The API that operators use. Authorization hangs on the matched row; a request that matches none learns nothing but that. */
export class AdminApi {
  readonly #options: AdminOptions;
  readonly #documents: Documents;
  readonly #repetitions: Repetitions;
  /** Of each key, and of each address that came without a good one. */
  readonly #patience: SharedPatience;
  readonly #strangers: SharedPatience;
  /** Whoever may not write anything must not fill the audit log with that. */
  readonly #refusals = new Patience(100, 1);

  constructor(options: AdminOptions) {
    this.#options = options;
    const { limiter } = options;
    this.#patience = new SharedPatience({ limiter, door: "admin-api", burst: 100, perSecond: 20 });
    this.#strangers = new SharedPatience({ limiter, door: "admin-api-strangers", burst: 20, perSecond: 0.5, aloneFirst: 3 });
    this.#repetitions = new Repetitions({
      store: options.storage.control.repetitions,
      hash: (text) => options.hasher.hash(text),
    });
    this.#documents = new Documents(options.version);
  }

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const id = this.#options.nextId();
    try {
      yield await this.#answered(http, id);
    } catch (error) {
      yield this.#problem(Fault.from(error), id);
    }
  }

  #problem(fault: Fault, id: string): Head {
    const row: FaultRow = faultTable[fault.code];
    if (row.log === "error") this.#options.log("error", row.doc, { requestId: id, fault: fault.code, cause: loggedCause(fault) });
    return problemOf(fault, id);
  }

  /** A refusal from outside, as this API says it. */
  *refuse(fault: Fault): Generator<Head | Uint8Array, void> {
    yield this.#problem(fault, this.#options.nextId());
  }

  async #answered(http: GatewayRequest, id: string): Promise<Head> {
    if (doorOf(http.path) === "documents") {
      const { status, headers, body } = await this.#documents.read(http);
      return { status, headers: { ...ownHeaders(id), ...headers }, body };
    }
    refuseForeignOrigin(http);
    const { row, object } = this.#matched(http);
    const principal = await this.#identified(http, row);
    await this.#patience.take(principal.keyId, this.#options.now());
    const { roles } = this.#options.standing();
    const everywhere = accessOf(principal, roles, row.permission);
    const asked = { row, principal, id, object: isPasted(row, object) ? "" : object, http };
    await this.#refusing(asked, () => refuseBeyond(row, everywhere));
    if (row.method === "PATCH") refuseOtherPatches(http);
    const bytes = row.method === "GET" ? undefined : await http.body(mostBodyBytes);
    const query = checked(row.query, queryOf(http.query, row));
    const body = checked(row.body, row.body ? bodyOf(bytes) : {});
    const place = await placeOfAct(row, { access: everywhere, object, query, body }, this.#options.storage);
    const access = place.length === 0 ? everywhere : accessOf(principal, roles, row.permission, place);
    const call: AdminCall = { id, principal, access, http, object, query, body, ifMatch: http.header("if-match") };
    await this.#refusing(asked, () => refuseFields(call.body, marksOf(row).body, access.permissions));
    refusePasted(row, object);
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
      body: reply.body === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(shown(reply, row, access))),
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
    throw new Fault("route_unknown", { message: `There is no operation ${method} ${path.slice(0, 200)}. GET /openapi.json lists them.` });
  }

  /** Whoever guesses keys has to wait; whoever has one does not. */
  async #identified(http: GatewayRequest, row: Operation): Promise<Principal> {
    const { identify, now } = this.#options;
    try {
      return await identify(http, { path: row.path, role: "admin" });
    } catch (error) {
      await this.#strangers.take(guesserAt(http.peer ?? ""), now());
      throw error;
    }
  }

  /**
   * Whoever tries what they may not do stands in the audit log, too: in one line, for nothing is asked of anybody. Of a crowd of tries
   * with one key the first hundred stand there, and one a second from then on.
   */
  async #refusing({ row, ...call }: ActOf & { readonly row: Operation }, check: () => void): Promise<void> {
    try {
      check();
    } catch (error) {
      const { organisation, keyId } = call.principal;
      if (isAudited(row) && this.#refusals.has(keyId, this.#options.now()))
        await this.#options.audit.append({ ...actOf(row, call, organisation), outcome: "refused", fault: Fault.from(error).code });
      throw error;
    }
  }

  /** What changes something, or is looked at too closely, stands in the audit log before it is done, and how it went before the answer. */
  async #run(row: Operation, call: AdminCall, bytes: Uint8Array, acted?: () => void): Promise<AdminReply> {
    refuseLostNames(call.body, marksOf(row).body, this.#options.config());
    // A dry run changes nothing.
    if (!isAudited(row) || call.query.dryRun === "true") return row.run(call, toolsFor(row, call, this.#options));
    const { audit, storage } = this.#options;
    const act = actOf(row, call, await ownerOfAct(call, storage));
    await audit.append({ ...act, outcome: "asked", ...(row.body && audited(call.body, bytes, row)) });
    let reply: AdminReply;
    try {
      reply = await row.run(call, toolsFor(row, call, this.#options));
      acted?.();
    } catch (error) {
      await audit.append({ ...act, outcome: "refused", fault: Fault.from(error).code });
      throw error;
    }
    const { made, changed } = reply;
    await this.#noted({ ...act, outcome: "done", ...(made !== undefined && { object: made }), ...(changed && { changed }) });
    return reply;
  }

  /** Of what is done: where the store was lost just then, a new connection is mostly there in a moment, and the answer is not lost with it. */
  async #noted(entry: AuditEntry): Promise<void> {
    const { audit, now } = this.#options;
    const begun = now();
    for (;;) {
      try {
        await audit.append(entry);
        return;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== "store_unavailable") throw error;
        if (now() - begun > noting.withinMs) throw new Fault("store_unavailable", { message: doneUnheard, cause: error });
        await new Promise((resolve) => setTimeout(resolve, noting.againMs));
      }
    }
  }

  #once(row: Operation, call: AdminCall, bytes: Uint8Array): Promise<AdminReply> {
    const key = row.repeatable ? call.http.header("idempotency-key") : undefined;
    if (key === undefined) return this.#run(row, call, bytes);
    if (key.length === 0 || key.length > 255)
      throw new Fault("request_malformed", { message: "`Idempotency-Key` has 1 to 255 characters." });
    const name = JSON.stringify([call.principal.keyId, row.name, call.object, key]);
    const request = Buffer.concat([encoder.encode(`${call.http.query}\n`), bytes]);
    const run = (acted: () => void) => this.#run(row, call, bytes, acted);
    return this.#repetitions.once({ name, request, shownOnce: row.shownOnce === true, run }, this.#options.now());
  }
}

/** What of a call the audit log names. */
type ActOf = Pick<AdminCall, "principal" | "id" | "object" | "http">;

function isAudited({ method, audited: isLooked }: Operation): boolean {
  return method !== "GET" || isLooked === true;
}

/** @param owner whose organisation's auditors read of it */
function actOf(row: Operation, { principal, id, object, http: { peer } }: ActOf, owner: string | undefined) {
  const { keyId, keyName, organisation } = principal;
  return {
    actor: { id: keyId, name: keyName, ...(organisation !== undefined && { organisation }) },
    ...(owner !== undefined && { organisation: owner }),
    operation: row.name,
    requestId: id,
    ...(object !== "" && { object: object.slice(0, longestObject) }),
    ...(peer !== undefined && { address: peer }),
  };
}

interface Marks {
  readonly body: readonly MarkedField[];
  readonly answer: readonly MarkedField[];
}

const noted = new WeakMap<Operation, Marks>();

/** The fields of a row that need permissions of their own. */
function marksOf(row: Operation): Marks {
  let marks = noted.get(row);
  if (!marks) {
    marks = { body: row.body ? markedFields(row.body) : [], answer: row.answer ? markedFields(row.answer) : [] };
    noted.set(row, marks);
  }
  return marks;
}

const nothing: ReadonlySet<Permission> = new Set();

/**
 * What of an answer its reader may see: an answer that is given a second time is looked at anew. What is everybody's is the
 * installation's, and what of it is for some only is for none who act within an organisation or a team.
 */
function shown(reply: AdminReply, row: Operation, { permissions, scope }: Access): unknown {
  const isBelow = row.owner === "shared" && (scope.organisation !== undefined || scope.teams !== undefined);
  return withoutFields(reply.body, marksOf(row).answer, isBelow ? nothing : permissions);
}

/** What the audit log has of a request's body. */
function audited(body: AdminCall["body"], bytes: Uint8Array, { secrets = [], large = [] }: Operation) {
  const members = Object.entries(body).filter(([name]) => !large.includes(name));
  return {
    body: withoutPasted(Object.fromEntries(members.map(([name, value]) => [name, secrets.includes(name) ? "[secret]" : value]))),
    ...(members.length < Object.keys(body).length && { bodySha256: createHash("sha256").update(bytes).digest("hex") }),
  };
}
