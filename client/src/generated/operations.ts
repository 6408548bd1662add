// Made by `npm run generate` from the admin API's OpenAPI document.
import type { Listing } from "../listing.ts";
import { pathPart } from "../path-part.ts";
import type { CallOptions, ConditionalOptions, ReasonedOptions, RepeatableOptions, Sender } from "../send.ts";
import type {
  Application,
  ApplicationChanges,
  ApplicationsListQuery,
  Apply,
  AuditCheckpoint,
  AuditExportQuery,
  AuditLine,
  AuditListQuery,
  AuditVerdict,
  Author,
  ChainedLine,
  ChargebackExport,
  ChargebackExportQuery,
  ChargebackLinesQuery,
  Charges,
  Config,
  ConfigApplyQuery,
  Credential,
  CredentialRotation,
  CredentialsListQuery,
  Denial,
  DenialsListQuery,
  Erasure,
  ErasureRequest,
  ExplainedRecord,
  Forecast,
  FrozenMonth,
  FrozenMonths,
  Group,
  GroupChanges,
  GroupsListQuery,
  Health,
  IssuedKey,
  IssuedScimToken,
  IssuedSession,
  Key,
  KeyChanges,
  KeysListQuery,
  Limit,
  LimitAddition,
  LimitReset,
  LimitsListQuery,
  Me,
  MeSessionsListQuery,
  Model,
  ModelChanges,
  ModelsCreateQuery,
  ModelsDeleteQuery,
  ModelsListQuery,
  ModelsUpdateQuery,
  MonthToClose,
  NewApplication,
  NewCredential,
  NewDenial,
  NewGroup,
  NewKey,
  NewModel,
  NewOrganisation,
  NewPolicy,
  NewPrice,
  NewProvider,
  NewRole,
  NewScimToken,
  NewServiceAccount,
  NewSession,
  NewTeam,
  NewUser,
  Organisation,
  OrganisationChanges,
  OrganisationsListQuery,
  Plan,
  PoliciesCreateQuery,
  PoliciesDeleteQuery,
  PoliciesListQuery,
  PoliciesUpdateQuery,
  Policy,
  PolicyChanges,
  Price,
  PriceChanges,
  PricesCreateQuery,
  PricesDeleteQuery,
  PricesListQuery,
  PricesUpdateQuery,
  Provider,
  ProviderChanges,
  ProvidersCreateQuery,
  ProvidersDeleteQuery,
  ProvidersListQuery,
  ProvidersUpdateQuery,
  Recomputation,
  Recomputed,
  Reconciled,
  Reconciliation,
  Record,
  RecordBody,
  RecordsListQuery,
  RefreshedSecrets,
  Role,
  RoleChanges,
  RolesListQuery,
  Rollback,
  Rotation,
  Savings,
  SavingsListQuery,
  ScimToken,
  ScimTokensListQuery,
  SecretsListQuery,
  ServiceAccount,
  ServiceAccountChanges,
  ServiceAccountsListQuery,
  Session,
  SessionsListQuery,
  StoredSecret,
  Team,
  TeamChanges,
  TeamsListQuery,
  Time,
  Usage,
  UsageForecastQuery,
  UsageGetQuery,
  User,
  UserChanges,
  UsersListQuery,
  Vault,
  VaultRekey,
  VaultRekeyed,
  Version,
  VersionDifference,
  VersionsDiffQuery,
  VersionsListQuery,
  VersionsRollbackQuery,
} from "./schemas.ts";

export class ApplicationsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes an application. POST /admin/v1/applications, applications:write. */
  create(body: NewApplication, options?: RepeatableOptions): Promise<Application> {
    return this.#send.call({ method: "POST", path: "/admin/v1/applications", repeatable: true, body }, options);
  }

  /** One of the applications. GET /admin/v1/applications/{id}, applications:read. */
  get(id: string, options?: CallOptions): Promise<Application> {
    return this.#send.call({ method: "GET", path: `/admin/v1/applications/${pathPart(id)}` }, options);
  }

  /** The applications within reach. GET /admin/v1/applications, applications:read. */
  list(query: ApplicationsListQuery = {}, options?: CallOptions): Listing<Application> {
    return this.#send.list({ method: "GET", path: "/admin/v1/applications", query }, options);
  }

  /** Removes an application. What others stand on stays (409). DELETE /admin/v1/applications/{id}, applications:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/applications/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/applications/{id}, applications:write. */
  update(id: string, body: ApplicationChanges = {}, options?: ConditionalOptions): Promise<Application> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/applications/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class AuditOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** How far the log goes, signed: to be kept in a second place, for `sluice audit verify --checkpoints`. GET /admin/v1/audit/checkpoint, audit:read. */
  checkpoint(options?: CallOptions): Promise<AuditCheckpoint> {
    return this.#send.call({ method: "GET", path: "/admin/v1/audit/checkpoint" }, options);
  }

  /** The log as it is chained, oldest first, with the signed end: `sluice audit verify` reads what it holds. Default: 200 lines. GET /admin/v1/audit/export, audit:read. */
  export(query: AuditExportQuery = {}, options?: CallOptions): Listing<ChainedLine> {
    return this.#send.list({ method: "GET", path: "/admin/v1/audit/export", query }, options);
  }

  /** What operators did, newest first; for an organisation, to what is its own. `sluice audit verify` tells whether the log is whole. GET /admin/v1/audit, audit:read. */
  list(query: AuditListQuery = {}, options?: CallOptions): Listing<AuditLine> {
    return this.#send.list({ method: "GET", path: "/admin/v1/audit", query }, options);
  }

  /** Looks whether the log is whole, as it stands in the store: every line, its chain and the signed end. GET /admin/v1/audit/verification, audit:read. */
  verify(options?: CallOptions): Promise<AuditVerdict> {
    return this.#send.call({ method: "GET", path: "/admin/v1/audit/verification" }, options);
  }
}

export class BodiesOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Erase what somebody asked and was answered, within a time: for requests to be forgotten. Records stay. POST /admin/v1/bodies/erase, bodies:erase. */
  erase(body: ErasureRequest = {}, options?: CallOptions): Promise<Erasure> {
    return this.#send.call({ method: "POST", path: "/admin/v1/bodies/erase", body }, options);
  }
}

export class ChargebackOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Closes a month: its lines never change again. What comes late is in the next one, as corrections. POST /admin/v1/chargeback, chargeback:write. */
  close(body: MonthToClose, options?: RepeatableOptions): Promise<FrozenMonth> {
    return this.#send.call({ method: "POST", path: "/admin/v1/chargeback", repeatable: true, body }, options);
  }

  /** The lines of a month as CSV, or as FOCUS 1.0. Default: csv. GET /admin/v1/chargeback/export, chargeback:read. */
  export(query: ChargebackExportQuery = {}, options?: CallOptions): Promise<ChargebackExport> {
    return this.#send.call({ method: "GET", path: "/admin/v1/chargeback/export", query }, options);
  }

  /** What a month is charged, as it was closed or as it would be now, by any groups. Default: by team. GET /admin/v1/chargeback/lines, chargeback:read. */
  lines(query: ChargebackLinesQuery = {}, options?: CallOptions): Promise<Charges> {
    return this.#send.call({ method: "GET", path: "/admin/v1/chargeback/lines", query }, options);
  }

  /** The months that are closed, and whether their lines are as they were closed. GET /admin/v1/chargeback, chargeback:read. */
  list(options?: CallOptions): Promise<FrozenMonths> {
    return this.#send.call({ method: "GET", path: "/admin/v1/chargeback" }, options);
  }
}

export class ConfigOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes an owner's objects as a document has them, as one version; `prune` removes those that it does not have. POST /admin/v1/config/apply, config:write. */
  apply(body: Apply, query: ConfigApplyQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Plan> {
    return this.#send.call({ method: "POST", path: "/admin/v1/config/apply", repeatable: true, query, body }, options);
  }

  /** What is served now, as a document that makes the same elsewhere: secrets are references in it. GET /admin/v1/config, config:read. */
  get(options?: CallOptions): Promise<Config> {
    return this.#send.call({ method: "GET", path: "/admin/v1/config" }, options);
  }
}

export class CorrectionsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Prices the requests of a time anew, and writes what differs as corrections beside their records. POST /admin/v1/corrections, chargeback:write. */
  create(body: Recomputation, options?: RepeatableOptions): Promise<Recomputed> {
    return this.#send.call({ method: "POST", path: "/admin/v1/corrections", repeatable: true, body }, options);
  }
}

export class CredentialsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Seals a credential in the vault. The config refers to it as vault:NAME, where a variable's name would stand. POST /admin/v1/credentials, credentials:write. */
  create(body: NewCredential, options?: RepeatableOptions): Promise<Credential> {
    return this.#send.call({ method: "POST", path: "/admin/v1/credentials", repeatable: true, body }, options);
  }

  /** One credential, by its id or its name, and never its value. GET /admin/v1/credentials/{id}, credentials:read. */
  get(id: string, options?: CallOptions): Promise<Credential> {
    return this.#send.call({ method: "GET", path: `/admin/v1/credentials/${pathPart(id)}` }, options);
  }

  /** The credentials in the vault, in the order of their names, and never their values. GET /admin/v1/credentials, credentials:read. */
  list(query: CredentialsListQuery = {}, options?: CallOptions): Listing<Credential> {
    return this.#send.list({ method: "GET", path: "/admin/v1/credentials", query }, options);
  }

  /** Removes a credential from the vault. It is not used any more within a second, wherever the config refers to it; what is under way ends with it. DELETE /admin/v1/credentials/{id}, credentials:write. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/credentials/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Seals a new value in the place of the old one. New requests go out with it within a second; running ones end with the old one. POST /admin/v1/credentials/{id}/rotate, credentials:write. */
  rotate(id: string, body: CredentialRotation, options?: RepeatableOptions & ConditionalOptions): Promise<Credential> {
    return this.#send.call({ method: "POST", path: `/admin/v1/credentials/${pathPart(id)}/rotate`, repeatable: true, body }, options);
  }
}

export class DenialsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Refuses a token, or everything of a subject, on every node within a second; running streams of theirs end too. POST /admin/v1/denials, denials:write. */
  create(body: NewDenial, options?: RepeatableOptions): Promise<Denial> {
    return this.#send.call({ method: "POST", path: "/admin/v1/denials", repeatable: true, body }, options);
  }

  /** One of them. GET /admin/v1/denials/{id}, denials:read. */
  get(id: string, options?: CallOptions): Promise<Denial> {
    return this.#send.call({ method: "GET", path: `/admin/v1/denials/${pathPart(id)}` }, options);
  }

  /** Takes a denial back. DELETE /admin/v1/denials/{id}, denials:write. */
  lift(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/denials/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Tokens, subjects and certificates that are refused. GET /admin/v1/denials, denials:read. */
  list(query: DenialsListQuery = {}, options?: CallOptions): Listing<Denial> {
    return this.#send.list({ method: "GET", path: "/admin/v1/denials", query }, options);
  }
}

export class GroupsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a group. POST /admin/v1/groups, groups:write. */
  create(body: NewGroup, options?: RepeatableOptions): Promise<Group> {
    return this.#send.call({ method: "POST", path: "/admin/v1/groups", repeatable: true, body }, options);
  }

  /** One of the groups. GET /admin/v1/groups/{id}, groups:read. */
  get(id: string, options?: CallOptions): Promise<Group> {
    return this.#send.call({ method: "GET", path: `/admin/v1/groups/${pathPart(id)}` }, options);
  }

  /** The groups within reach. GET /admin/v1/groups, groups:read. */
  list(query: GroupsListQuery = {}, options?: CallOptions): Listing<Group> {
    return this.#send.list({ method: "GET", path: "/admin/v1/groups", query }, options);
  }

  /** Removes a group. What others stand on stays (409). DELETE /admin/v1/groups/{id}, groups:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/groups/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/groups/{id}, groups:write. */
  update(id: string, body: GroupChanges = {}, options?: ConditionalOptions): Promise<Group> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/groups/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
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

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/keys/{id}, keys:write. */
  update(id: string, body: KeyChanges = {}, options?: ConditionalOptions): Promise<Key> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/keys/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class LimitsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Lets more be used (or less) until the window ends; the next one has the limit as it is written. POST /admin/v1/limits/{id}/add, limits:write. */
  add(id: string, body: LimitAddition, options?: RepeatableOptions & ConditionalOptions): Promise<Limit> {
    return this.#send.call({ method: "POST", path: `/admin/v1/limits/${pathPart(id)}/add`, repeatable: true, body }, options);
  }

  /** One of them. GET /admin/v1/limits/{id}, limits:read. */
  get(id: string, options?: CallOptions): Promise<Limit> {
    return this.#send.call({ method: "GET", path: `/admin/v1/limits/${pathPart(id)}` }, options);
  }

  /** Limits and budgets, and what is left of them. Those of end users, sessions and values of tags are shown where `kind` and `of` name one. GET /admin/v1/limits, limits:read. */
  list(query: LimitsListQuery = {}, options?: CallOptions): Listing<Limit> {
    return this.#send.list({ method: "GET", path: "/admin/v1/limits", query }, options);
  }

  /** Begins a limit or a budget anew, on every node at once. What is under way stays counted. POST /admin/v1/limits/{id}/reset, limits:write. */
  reset(id: string, body: LimitReset = {}, options?: ConditionalOptions): Promise<Limit> {
    return this.#send.call({ method: "POST", path: `/admin/v1/limits/${pathPart(id)}/reset`, body }, options);
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

  /** Makes a model, as a version of the config. POST /admin/v1/models, models:write. */
  create(body: NewModel, query: ModelsCreateQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Model> {
    return this.#send.call({ method: "POST", path: "/admin/v1/models", repeatable: true, query, body }, options);
  }

  /** Removes a model that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/models/{id}, models:write. */
  delete(id: string, query: ModelsDeleteQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/models/${pathPart(id)}`, answer: "none", query }, options);
  }

  /** One model. GET /admin/v1/models/{id}, models:read. */
  get(id: string, options?: CallOptions): Promise<Model> {
    return this.#send.call({ method: "GET", path: `/admin/v1/models/${pathPart(id)}` }, options);
  }

  /** The names that models are asked by, and what the catalog knows of them. GET /admin/v1/models, models:read. */
  list(query: ModelsListQuery = {}, options?: CallOptions): Listing<Model> {
    return this.#send.list({ method: "GET", path: "/admin/v1/models", query }, options);
  }

  /** Changes a model's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/models/{id}, models:write. */
  update(id: string, body: ModelChanges = {}, query: ModelsUpdateQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<Model> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/models/${pathPart(id)}`, query, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class OrganisationsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes an organisation. POST /admin/v1/organisations, organisations:write. */
  create(body: NewOrganisation, options?: RepeatableOptions): Promise<Organisation> {
    return this.#send.call({ method: "POST", path: "/admin/v1/organisations", repeatable: true, body }, options);
  }

  /** One of the organisations. GET /admin/v1/organisations/{id}, organisations:read. */
  get(id: string, options?: CallOptions): Promise<Organisation> {
    return this.#send.call({ method: "GET", path: `/admin/v1/organisations/${pathPart(id)}` }, options);
  }

  /** The organisations within reach. GET /admin/v1/organisations, organisations:read. */
  list(query: OrganisationsListQuery = {}, options?: CallOptions): Listing<Organisation> {
    return this.#send.list({ method: "GET", path: "/admin/v1/organisations", query }, options);
  }

  /** Removes an organisation. What others stand on stays (409). DELETE /admin/v1/organisations/{id}, organisations:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/organisations/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/organisations/{id}, organisations:write. */
  update(id: string, body: OrganisationChanges = {}, options?: ConditionalOptions): Promise<Organisation> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/organisations/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class PoliciesOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a policy, as a version of the config. POST /admin/v1/policies, policies:write. */
  create(body: NewPolicy, query: PoliciesCreateQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Policy> {
    return this.#send.call({ method: "POST", path: "/admin/v1/policies", repeatable: true, query, body }, options);
  }

  /** Removes a policy that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/policies/{id}, policies:write. */
  delete(id: string, query: PoliciesDeleteQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/policies/${pathPart(id)}`, answer: "none", query }, options);
  }

  /** One policy. GET /admin/v1/policies/{id}, policies:read. */
  get(id: string, options?: CallOptions): Promise<Policy> {
    return this.#send.call({ method: "GET", path: `/admin/v1/policies/${pathPart(id)}` }, options);
  }

  /** The rules that requests pass. GET /admin/v1/policies, policies:read. */
  list(query: PoliciesListQuery = {}, options?: CallOptions): Listing<Policy> {
    return this.#send.list({ method: "GET", path: "/admin/v1/policies", query }, options);
  }

  /** Changes a policy's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/policies/{id}, policies:write. */
  update(id: string, body: PolicyChanges = {}, query: PoliciesUpdateQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<Policy> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/policies/${pathPart(id)}`, query, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class PricesOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a price, as a version of the config. POST /admin/v1/prices, prices:write. */
  create(body: NewPrice, query: PricesCreateQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Price> {
    return this.#send.call({ method: "POST", path: "/admin/v1/prices", repeatable: true, query, body }, options);
  }

  /** Removes a price that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/prices/{id}, prices:write. */
  delete(id: string, query: PricesDeleteQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/prices/${pathPart(id)}`, answer: "none", query }, options);
  }

  /** One price. GET /admin/v1/prices/{id}, prices:read. */
  get(id: string, options?: CallOptions): Promise<Price> {
    return this.#send.call({ method: "GET", path: `/admin/v1/prices/${pathPart(id)}` }, options);
  }

  /** The prices that stand over those of the catalog, by globs over provider/model. GET /admin/v1/prices, prices:read. */
  list(query: PricesListQuery = {}, options?: CallOptions): Listing<Price> {
    return this.#send.list({ method: "GET", path: "/admin/v1/prices", query }, options);
  }

  /** Changes a price's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/prices/{id}, prices:write. */
  update(id: string, body: PriceChanges = {}, query: PricesUpdateQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<Price> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/prices/${pathPart(id)}`, query, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class ProvidersOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a provider, as a version of the config. POST /admin/v1/providers, providers:write. */
  create(body: NewProvider, query: ProvidersCreateQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Provider> {
    return this.#send.call({ method: "POST", path: "/admin/v1/providers", repeatable: true, query, body }, options);
  }

  /** Removes a provider that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/providers/{id}, providers:write. */
  delete(id: string, query: ProvidersDeleteQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/providers/${pathPart(id)}`, answer: "none", query }, options);
  }

  /** One provider. GET /admin/v1/providers/{id}, providers:read. */
  get(id: string, options?: CallOptions): Promise<Provider> {
    return this.#send.call({ method: "GET", path: `/admin/v1/providers/${pathPart(id)}` }, options);
  }

  /** The providers of the config, without their credentials. GET /admin/v1/providers, providers:read. */
  list(query: ProvidersListQuery = {}, options?: CallOptions): Listing<Provider> {
    return this.#send.list({ method: "GET", path: "/admin/v1/providers", query }, options);
  }

  /** Changes a provider's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/providers/{id}, providers:write. */
  update(id: string, body: ProviderChanges = {}, query: ProvidersUpdateQuery = {}, options?: ConditionalOptions & ReasonedOptions): Promise<Provider> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/providers/${pathPart(id)}`, query, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class ReconciliationsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Holds a provider's invoice against the records, by day and model, and lists what differs. POST /admin/v1/reconciliations, chargeback:read. */
  create(body: Reconciliation, options?: CallOptions): Promise<Reconciled> {
    return this.#send.call({ method: "POST", path: "/admin/v1/reconciliations", body }, options);
  }
}

export class RecordsBodyOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Erase what was asked and what was answered in one exchange. Its record stays. DELETE /admin/v1/records/{id}/body, bodies:erase. */
  delete(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/records/${pathPart(id)}/body`, answer: "none" }, options);
  }

  /** What was asked and what was answered in one exchange, byte for byte, where it is kept. The look is audited. GET /admin/v1/records/{id}/body, bodies:read. */
  get(id: string, options?: CallOptions): Promise<RecordBody> {
    return this.#send.call({ method: "GET", path: `/admin/v1/records/${pathPart(id)}/body` }, options);
  }
}

export class RecordsOperations {
  readonly #send: Sender;
  readonly body: RecordsBodyOperations;

  constructor(send: Sender) {
    this.#send = send;
    this.body = new RecordsBodyOperations(send);
  }

  /** One exchange: its route, its verdicts, its usage and its price. GET /admin/v1/records/{id}, records:read. */
  get(id: string, options?: CallOptions): Promise<ExplainedRecord> {
    return this.#send.call({ method: "GET", path: `/admin/v1/records/${pathPart(id)}` }, options);
  }

  /** The exchanges that have settled, newest first. GET /admin/v1/records, records:read. */
  list(query: RecordsListQuery = {}, options?: CallOptions): Listing<Record> {
    return this.#send.list({ method: "GET", path: "/admin/v1/records", query }, options);
  }
}

export class RolesOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a role. POST /admin/v1/roles, roles:write. */
  create(body: NewRole, options?: RepeatableOptions): Promise<Role> {
    return this.#send.call({ method: "POST", path: "/admin/v1/roles", repeatable: true, body }, options);
  }

  /** One of the roles, the built-in ones too. GET /admin/v1/roles/{id}, roles:read. */
  get(id: string, options?: CallOptions): Promise<Role> {
    return this.#send.call({ method: "GET", path: `/admin/v1/roles/${pathPart(id)}` }, options);
  }

  /** The roles, the built-in ones too within reach. GET /admin/v1/roles, roles:read. */
  list(query: RolesListQuery = {}, options?: CallOptions): Listing<Role> {
    return this.#send.list({ method: "GET", path: "/admin/v1/roles", query }, options);
  }

  /** Removes a role. What others stand on stays (409). DELETE /admin/v1/roles/{id}, roles:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/roles/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/roles/{id}, roles:write. */
  update(id: string, body: RoleChanges = {}, options?: ConditionalOptions): Promise<Role> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/roles/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class SavingsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** What the requests of a time would have cost at another model, by the prices of their time. Default: the last thirty days. GET /admin/v1/savings, costs:read. */
  list(query: SavingsListQuery = {}, options?: CallOptions): Promise<Savings> {
    return this.#send.call({ method: "GET", path: "/admin/v1/savings", query }, options);
  }
}

export class ScimTokensOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a token for SCIM. The answer shows it this once. Whoever has it decides who is in which group, and groups may give roles. POST /admin/v1/scim-tokens, scim:write. */
  create(body: NewScimToken, options?: RepeatableOptions): Promise<IssuedScimToken> {
    return this.#send.call({ method: "POST", path: "/admin/v1/scim-tokens", repeatable: true, body }, options);
  }

  /** The tokens for SCIM, revoked ones too. GET /admin/v1/scim-tokens, scim:read. */
  list(query: ScimTokensListQuery = {}, options?: CallOptions): Listing<ScimToken> {
    return this.#send.list({ method: "GET", path: "/admin/v1/scim-tokens", query }, options);
  }

  /** Revokes a token for SCIM, at once on every node; it stays in the list. DELETE /admin/v1/scim-tokens/{id}, scim:write. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/scim-tokens/${pathPart(id)}`, answer: "none" }, options);
  }
}

export class SecretsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** The secrets that the config refers to, and how their last reading went; never their values. GET /admin/v1/secrets, credentials:read. */
  list(query: SecretsListQuery = {}, options?: CallOptions): Listing<StoredSecret> {
    return this.#send.list({ method: "GET", path: "/admin/v1/secrets", query }, options);
  }

  /** Reads all of them anew, now. What has changed is in use within a moment. POST /admin/v1/secrets/refresh, credentials:write. */
  refresh(options?: CallOptions): Promise<RefreshedSecrets> {
    return this.#send.call({ method: "POST", path: "/admin/v1/secrets/refresh" }, options);
  }
}

export class ServiceAccountsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a service account. POST /admin/v1/service-accounts, service-accounts:write. */
  create(body: NewServiceAccount, options?: RepeatableOptions): Promise<ServiceAccount> {
    return this.#send.call({ method: "POST", path: "/admin/v1/service-accounts", repeatable: true, body }, options);
  }

  /** One of the service accounts. GET /admin/v1/service-accounts/{id}, service-accounts:read. */
  get(id: string, options?: CallOptions): Promise<ServiceAccount> {
    return this.#send.call({ method: "GET", path: `/admin/v1/service-accounts/${pathPart(id)}` }, options);
  }

  /** The service accounts within reach. GET /admin/v1/service-accounts, service-accounts:read. */
  list(query: ServiceAccountsListQuery = {}, options?: CallOptions): Listing<ServiceAccount> {
    return this.#send.list({ method: "GET", path: "/admin/v1/service-accounts", query }, options);
  }

  /** Removes a service account. What others stand on stays (409). DELETE /admin/v1/service-accounts/{id}, service-accounts:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/service-accounts/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/service-accounts/{id}, service-accounts:write. */
  update(id: string, body: ServiceAccountChanges = {}, options?: ConditionalOptions): Promise<ServiceAccount> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/service-accounts/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
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

  /** Sessions that have not ended: everybody's, or those of an organisation's people and admin keys. GET /admin/v1/sessions, sessions:read. */
  list(query: SessionsListQuery = {}, options?: CallOptions): Listing<Session> {
    return this.#send.list({ method: "GET", path: "/admin/v1/sessions", query }, options);
  }

  /** Ends somebody's session, at once on every node. DELETE /admin/v1/sessions/{id}, sessions:write. */
  revoke(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/sessions/${pathPart(id)}`, answer: "none" }, options);
  }
}

export class TeamsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a team. POST /admin/v1/teams, teams:write. */
  create(body: NewTeam, options?: RepeatableOptions): Promise<Team> {
    return this.#send.call({ method: "POST", path: "/admin/v1/teams", repeatable: true, body }, options);
  }

  /** One of the teams, those of the config file too. GET /admin/v1/teams/{id}, teams:read. */
  get(id: string, options?: CallOptions): Promise<Team> {
    return this.#send.call({ method: "GET", path: `/admin/v1/teams/${pathPart(id)}` }, options);
  }

  /** The teams, those of the config file too within reach. GET /admin/v1/teams, teams:read. */
  list(query: TeamsListQuery = {}, options?: CallOptions): Listing<Team> {
    return this.#send.list({ method: "GET", path: "/admin/v1/teams", query }, options);
  }

  /** Removes a team. What others stand on stays (409). DELETE /admin/v1/teams/{id}, teams:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/teams/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/teams/{id}, teams:write. */
  update(id: string, body: TeamChanges = {}, options?: ConditionalOptions): Promise<Team> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/teams/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class UsageOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** What this month will have cost when it ends. GET /admin/v1/usage/forecast, costs:read. */
  forecast(query: UsageForecastQuery = {}, options?: CallOptions): Promise<Forecast> {
    return this.#send.call({ method: "GET", path: "/admin/v1/usage/forecast", query }, options);
  }

  /** Sums over everything that has settled, by whoever asked, model, provider, tag or time. GET /admin/v1/usage, usage:read. */
  get(query: UsageGetQuery = {}, options?: CallOptions): Promise<Usage> {
    return this.#send.call({ method: "GET", path: "/admin/v1/usage", query }, options);
  }
}

export class UsersOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Makes a user. POST /admin/v1/users, users:write. */
  create(body: NewUser, options?: RepeatableOptions): Promise<User> {
    return this.#send.call({ method: "POST", path: "/admin/v1/users", repeatable: true, body }, options);
  }

  /** One of the people. GET /admin/v1/users/{id}, users:read. */
  get(id: string, options?: CallOptions): Promise<User> {
    return this.#send.call({ method: "GET", path: `/admin/v1/users/${pathPart(id)}` }, options);
  }

  /** The people within reach. GET /admin/v1/users, users:read. */
  list(query: UsersListQuery = {}, options?: CallOptions): Listing<User> {
    return this.#send.list({ method: "GET", path: "/admin/v1/users", query }, options);
  }

  /** Removes a user. What others stand on stays (409). DELETE /admin/v1/users/{id}, users:write. */
  remove(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/users/${pathPart(id)}`, answer: "none" }, options);
  }

  /** Forgets which account of the OpenID provider a person logs in with; the next one under the same name counts. DELETE /admin/v1/users/{id}/account, scim:write. */
  unlink(id: string, options?: ConditionalOptions): Promise<void> {
    return this.#send.call({ method: "DELETE", path: `/admin/v1/users/${pathPart(id)}/account`, answer: "none" }, options);
  }

  /** Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/users/{id}, users:write. */
  update(id: string, body: UserChanges = {}, options?: ConditionalOptions): Promise<User> {
    return this.#send.call({ method: "PATCH", path: `/admin/v1/users/${pathPart(id)}`, body, bodyType: "application/merge-patch+json" }, options);
  }
}

export class VaultOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** Lets the master key that seals now open every credential. What was begun and broken off goes on where it ended. POST /admin/v1/vault/rekey, vault:rekey. */
  rekey(body: VaultRekey = {}, options?: CallOptions): Promise<VaultRekeyed> {
    return this.#send.call({ method: "POST", path: "/admin/v1/vault/rekey", body }, options);
  }

  /** The master keys, where they are kept, and how many credentials each of them opens. GET /admin/v1/vault, credentials:read. */
  status(options?: CallOptions): Promise<Vault> {
    return this.#send.call({ method: "GET", path: "/admin/v1/vault" }, options);
  }
}

export class VersionsOperations {
  readonly #send: Sender;

  constructor(send: Sender) {
    this.#send = send;
  }

  /** What leads to a version from another one (`against`), else from the one before it. 0 is the empty one before all. GET /admin/v1/versions/{id}/diff, config:read. */
  diff(id: string, query: VersionsDiffQuery = {}, options?: CallOptions): Promise<VersionDifference> {
    return this.#send.call({ method: "GET", path: `/admin/v1/versions/${pathPart(id)}/diff`, query }, options);
  }

  /** One version, with what it changed. GET /admin/v1/versions/{id}, config:read. */
  get(id: string, options?: CallOptions): Promise<Version> {
    return this.#send.call({ method: "GET", path: `/admin/v1/versions/${pathPart(id)}` }, options);
  }

  /** The versions of what was made by API or applied, newest first. GET /admin/v1/versions, config:read. */
  list(query: VersionsListQuery = {}, options?: CallOptions): Listing<{
  readonly number: number;
  readonly at: Time;
  readonly author: Author;
  readonly operation: string;
  readonly reason: string | null;
  readonly changes: readonly ({
    readonly kind: "providers" | "models" | "prices" | "policies" | "teams" | "keys";
    readonly name: string;
    readonly action: "create" | "change" | "move" | "adopt" | "remove";
  })[];
}> {
    return this.#send.list({ method: "GET", path: "/admin/v1/versions", query }, options);
  }

  /** Makes everything that stands in no file as it was in a version, as a version of its own. 0 is the empty one before all. POST /admin/v1/versions/{id}/rollback, config:write. */
  rollback(id: string, body: Rollback = {}, query: VersionsRollbackQuery = {}, options?: RepeatableOptions & ConditionalOptions & ReasonedOptions): Promise<Plan> {
    return this.#send.call({ method: "POST", path: `/admin/v1/versions/${pathPart(id)}/rollback`, repeatable: true, query, body }, options);
  }
}

export class Operations {
  readonly applications: ApplicationsOperations;
  readonly audit: AuditOperations;
  readonly bodies: BodiesOperations;
  readonly chargeback: ChargebackOperations;
  readonly config: ConfigOperations;
  readonly corrections: CorrectionsOperations;
  readonly credentials: CredentialsOperations;
  readonly denials: DenialsOperations;
  readonly groups: GroupsOperations;
  readonly health: HealthOperations;
  readonly keys: KeysOperations;
  readonly limits: LimitsOperations;
  readonly me: MeOperations;
  readonly models: ModelsOperations;
  readonly organisations: OrganisationsOperations;
  readonly policies: PoliciesOperations;
  readonly prices: PricesOperations;
  readonly providers: ProvidersOperations;
  readonly reconciliations: ReconciliationsOperations;
  readonly records: RecordsOperations;
  readonly roles: RolesOperations;
  readonly savings: SavingsOperations;
  readonly scimTokens: ScimTokensOperations;
  readonly secrets: SecretsOperations;
  readonly serviceAccounts: ServiceAccountsOperations;
  readonly sessions: SessionsOperations;
  readonly teams: TeamsOperations;
  readonly usage: UsageOperations;
  readonly users: UsersOperations;
  readonly vault: VaultOperations;
  readonly versions: VersionsOperations;

  constructor(send: Sender) {
    this.applications = new ApplicationsOperations(send);
    this.audit = new AuditOperations(send);
    this.bodies = new BodiesOperations(send);
    this.chargeback = new ChargebackOperations(send);
    this.config = new ConfigOperations(send);
    this.corrections = new CorrectionsOperations(send);
    this.credentials = new CredentialsOperations(send);
    this.denials = new DenialsOperations(send);
    this.groups = new GroupsOperations(send);
    this.health = new HealthOperations(send);
    this.keys = new KeysOperations(send);
    this.limits = new LimitsOperations(send);
    this.me = new MeOperations(send);
    this.models = new ModelsOperations(send);
    this.organisations = new OrganisationsOperations(send);
    this.policies = new PoliciesOperations(send);
    this.prices = new PricesOperations(send);
    this.providers = new ProvidersOperations(send);
    this.reconciliations = new ReconciliationsOperations(send);
    this.records = new RecordsOperations(send);
    this.roles = new RolesOperations(send);
    this.savings = new SavingsOperations(send);
    this.scimTokens = new ScimTokensOperations(send);
    this.secrets = new SecretsOperations(send);
    this.serviceAccounts = new ServiceAccountsOperations(send);
    this.sessions = new SessionsOperations(send);
    this.teams = new TeamsOperations(send);
    this.usage = new UsageOperations(send);
    this.users = new UsersOperations(send);
    this.vault = new VaultOperations(send);
    this.versions = new VersionsOperations(send);
  }
}
