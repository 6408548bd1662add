// Made by `npm run generate` from the admin API's OpenAPI document.
import type { Listing } from "../listing.ts";
import { pathPart } from "../path-part.ts";
import type { CallOptions, ConditionalOptions, RepeatableOptions, Sender } from "../send.ts";
import type {
  AuditLine,
  AuditListQuery,
  Health,
  IssuedKey,
  IssuedSession,
  Key,
  KeyChanges,
  KeysListQuery,
  Me,
  MeSessionsListQuery,
  Model,
  ModelsListQuery,
  NewKey,
  NewSession,
  Provider,
  ProvidersListQuery,
  Record,
  RecordsListQuery,
  Rotation,
  Session,
  SessionsListQuery,
  Usage,
  UsageGetQuery,
} from "./schemas.ts";

export class AuditOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** What operators did, newest first. `sluice audit verify` tells whether it is whole. GET /admin/v1/audit, audit:read. */
  list(query: AuditListQuery = {}, options?: CallOptions): Listing<AuditLine> {
    return this.#send.list({ method: "GET", path: "/admin/v1/audit", query }, options);
  }
}

export class HealthOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** How this node is. GET /admin/v1/health, health:read. */
  get(options?: CallOptions): Promise<Health> {
    return this.#send.call({ method: "GET", path: "/admin/v1/health" }, options);
  }
}

export class KeysOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a key. The answer shows it this once; only its hash is kept. POST /admin/v1/keys, keys:write. */
  create(body: NewKey, options?: RepeatableOptions): Promise<IssuedKey> {
    return this.#send.call({ method: "POST", path: "/admin/v1/keys", repeatable: true, body }, options);
  }

  /** One key. GET /admin/v1/keys/{id}, keys:read. */
  get(id: string, options?: CallOptions): Promise<Key> {
    return this.#send.call({ method: "GET", path: `/admin/v1/keys/${pathPart(id)}` }, options);
  }

  /** The keys, revoked ones too, and those of the config file. GET /admin/v1/keys, keys:read. */
  list(query: KeysListQuery = {}, options?: CallOptions): Listing<Key> {
    return this.#send.list({ method: "GET", path: "/admin/v1/keys", query }, options);
  }

  /** Revokes a key. Running gateways refuse it within a second; it stays in the list. DELETE /admin/v1/keys/{id}, keys:write. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/keys/${pathPart(id)}`, answer: "none" }, options);
  }

  /** A new key in the place of an old one, which stays good for a while where that is asked. POST /admin/v1/keys/{id}/rotate, keys:write. */
  rotate(id: string, body: Rotation = {}, options?: RepeatableOptions & ConditionalOptions): Promise<IssuedKey> {
    return this.#send.call({ method: "POST", path: `/admin/v1/keys/${pathPart(id)}/rotate`, repeatable: true, body }, options);
  }

  /** Changes what is named; null takes a value away. PATCH /admin/v1/keys/{id}, keys:write. */
  update(id: string, body: KeyChanges = {}, options?: ConditionalOptions): Promise<Key> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/keys/${pathPart(id)}`, body }, options);
  }
}

export class MeSessionsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** One's own sessions that have not ended. GET /admin/v1/me/sessions, sessions:own. */
  list(query: MeSessionsListQuery = {}, options?: CallOptions): Listing<Session> {
    return this.#send.list({ method: "GET", path: "/admin/v1/me/sessions", query }, options);
  }

  /** Ends one of one's own sessions, at once. DELETE /admin/v1/me/sessions/{id}, sessions:own. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/me/sessions/${pathPart(id)}`, answer: "none" }, options);
  }
}

export class MeOperations {
  readonly #send: Sender;
  readonly sessions: MeSessionsOperations;

  constructor(send: Sender) {
    this.#send = send;
    this.sessions = new MeSessionsOperations(send);
  }

  /** Who asks, and by which session. GET /admin/v1/me, sessions:own. */
  get(options?: CallOptions): Promise<Me> {
    return this.#send.call({ method: "GET", path: "/admin/v1/me" }, options);
  }
}

export class ModelsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** The names that models are asked by, and what the catalog knows of them. GET /admin/v1/models, models:read. */
  list(query: ModelsListQuery = {}, options?: CallOptions): Listing<Model> {
    return this.#send.list({ method: "GET", path: "/admin/v1/models", query }, options);
  }
}

export class ProvidersOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** One provider. GET /admin/v1/providers/{id}, providers:read. */
  get(id: string, options?: CallOptions): Promise<Provider> {
    return this.#send.call({ method: "GET", path: `/admin/v1/providers/${pathPart(id)}` }, options);
  }

  /** The providers of the config, without their credentials. GET /admin/v1/providers, providers:read. */
  list(query: ProvidersListQuery = {}, options?: CallOptions): Listing<Provider> {
    return this.#send.list({ method: "GET", path: "/admin/v1/providers", query }, options);
  }
}

export class RecordsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** One exchange: its route, its verdicts, its usage and its price. GET /admin/v1/records/{id}, records:read. */
  get(id: string, options?: CallOptions): Promise<Record> {
    return this.#send.call({ method: "GET", path: `/admin/v1/records/${pathPart(id)}` }, options);
  }

  /** The exchanges that have settled, newest first. GET /admin/v1/records, records:read. */
  list(query: RecordsListQuery = {}, options?: CallOptions): Listing<Record> {
    return this.#send.list({ method: "GET", path: "/admin/v1/records", query }, options);
  }
}

export class SessionsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** A session of the command line in the place of the admin key that asks. The answer shows its token this once. POST /admin/v1/sessions, sessions:own. */
  create(body: NewSession = {}, options?: CallOptions): Promise<IssuedSession> {
    return this.#send.call({ method: "POST", path: "/admin/v1/sessions", body }, options);
  }

  /** Everybody's sessions that have not ended. GET /admin/v1/sessions, sessions:read. */
  list(query: SessionsListQuery = {}, options?: CallOptions): Listing<Session> {
    return this.#send.list({ method: "GET", path: "/admin/v1/sessions", query }, options);
  }

  /** Ends anybody's session, at once on every node. DELETE /admin/v1/sessions/{id}, sessions:write. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/sessions/${pathPart(id)}`, answer: "none" }, options);
  }
}

export class UsageOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Sums over everything that has settled, by team, key, model, provider, day or hour. GET /admin/v1/usage, usage:read. */
  get(query: UsageGetQuery = {}, options?: CallOptions): Promise<Usage> {
    return this.#send.call({ method: "GET", path: "/admin/v1/usage", query }, options);
  }
}

export class Operations {
  readonly audit: AuditOperations;
  readonly health: HealthOperations;
  readonly keys: KeysOperations;
  readonly me: MeOperations;
  readonly models: ModelsOperations;
  readonly providers: ProvidersOperations;
  readonly records: RecordsOperations;
  readonly sessions: SessionsOperations;
  readonly usage: UsageOperations;

  constructor(send: Sender) {
    this.audit = new AuditOperations(send);
    this.health = new HealthOperations(send);
    this.keys = new KeysOperations(send);
    this.me = new MeOperations(send);
    this.models = new ModelsOperations(send);
    this.providers = new ProvidersOperations(send);
    this.records = new RecordsOperations(send);
    this.sessions = new SessionsOperations(send);
    this.usage = new UsageOperations(send);
  }
}
