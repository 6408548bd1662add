/** Whose mistake it was: decides the log level's meaning, the breaker and the SLO that it counts against. */
export type Blame = "client" | "policy" | "routing" | "upstream" | "gateway";

export interface FaultRow {
  readonly status: number;
  readonly blame: Blame;
  /** Another target may do better: the fallback list goes on. */
  readonly retryable: boolean;
  readonly log: "debug" | "info" | "warn" | "error";
  /** One sentence for docs/faults.md: when it happens and what to do. */
  readonly doc: string;
}

/** The one table of errors. Protocols render a row in their own form; nobody else writes a status. */
export const faultTable = {
  request_malformed: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The body is not the JSON that the endpoint takes. The message names the place.",
  },
  request_too_large: {
    status: 413,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The body is larger than `maxBodyBytes`. Send less, or raise the limit.",
  },
  request_too_deep: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The body is nested deeper than 128 levels, or holds more than 10,000 members in one object or 1,000,000 in one of its own members.",
  },
  request_unsupported: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The request asks for something that the chosen model's provider cannot do, and leaving it out would give a wrong answer.",
  },
  request_lossy: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "`x-sluice-strict` was sent and the translation to the provider's dialect would drop or change something; the message lists what.",
  },
  request_media: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "A picture or document that the request names by address could not be fetched for a provider that takes bytes only: the host is not allowed (`media.hosts`), not public, too slow, or gave something else. Send the bytes.",
  },
  request_timeout: { status: 408, blame: "client", retryable: false, log: "info", doc: "The client took too long to send its request." },
  route_unknown: {
    status: 404,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "No endpoint has this method and path. docs/reference/endpoints.md lists them.",
  },
  host_refused: {
    status: 421,
    blame: "client",
    retryable: false,
    log: "warn",
    doc: "The Host or Origin header is malformed or not one that this gateway answers to. Add the name to `hosts`.",
  },
  credentials_missing: {
    status: 401,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "No key was sent. Send a virtual key as `Authorization: Bearer` or in the header that your SDK uses.",
  },
  credentials_unknown: {
    status: 401,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The key is not known here. `sluice keys create` makes one; provider keys belong in the config, not in requests.",
  },
  credentials_expired: { status: 401, blame: "client", retryable: false, log: "info", doc: "The key has expired or was revoked." },
  credentials_forbidden: {
    status: 403,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The key is valid but may not use this endpoint.",
  },
  credentials_unverifiable: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "The keys of the token's issuer could not be fetched, so nobody can say whether the token is good. The log tells the operator why; try again after Retry-After.",
  },
  credentials_forged: {
    status: 403,
    blame: "client",
    retryable: false,
    log: "warn",
    doc: "A browser sent its session, and not the proof that one of this gateway's own pages asked: `sec-fetch-site: same-origin` or the right `Origin`, and `x-sluice-csrf` as `GET /admin/v1/me` gives it.",
  },
  login_refused: {
    status: 403,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "Logging in did not succeed; the message says why. Begin again at `/auth/login`.",
  },
  permission_missing: {
    status: 403,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "Whoever asks is known, and has no role that may do this, or see or change this field. The message names the permission.",
  },
  grant_refused: {
    status: 403,
    blame: "client",
    retryable: false,
    log: "warn",
    doc: "Nobody gives what they do not have, nor changes their own role. The message says what goes too far.",
  },
  policy_model_denied: { status: 403, blame: "policy", retryable: false, log: "info", doc: "The key or its team may not use this model." },
  policy_denied: {
    status: 403,
    blame: "policy",
    retryable: false,
    log: "info",
    doc: "A policy refused the request or cut the answer; `x-sluice-policy` names it.",
  },
  policy_failed: {
    status: 500,
    blame: "policy",
    retryable: false,
    log: "error",
    doc: "A policy threw or took too long. It has not said yes, so the request was refused.",
  },
  rate_limited: {
    status: 429,
    blame: "policy",
    retryable: false,
    log: "info",
    doc: "A limit of this key, team or model is used up; Retry-After says for how long.",
  },
  budget_exhausted: { status: 429, blame: "policy", retryable: false, log: "info", doc: "A budget of this key, team or model is used up." },
  provider_exhausted: {
    status: 429,
    blame: "policy",
    retryable: true,
    log: "info",
    doc: "A limit or a budget of each provider that could answer is used up; Retry-After says for how long.",
  },
  budget_unpriced: {
    status: 403,
    blame: "policy",
    retryable: false,
    log: "warn",
    doc: "The caller has a budget and the model no price, so nobody can say what it takes of it. Set a price under `prices`; what costs nothing has the price 0.",
  },
  vault_locked: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "The vault's master key is missing, is not the one that is needed, or could not be had from its key service. The message says which and what to do.",
  },
  object_unknown: { status: 404, blame: "client", retryable: false, log: "info", doc: "The admin API has no object with this id." },
  object_conflict: {
    status: 409,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The object is in a state, or has a name, that this change does not fit.",
  },
  object_read_only: {
    status: 409,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The object stands in the config file, or is applied from files: it is changed there, and read-only elsewhere.",
  },
  object_changed: {
    status: 412,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The object is not as `If-Match` says: somebody has changed it since. Read it again.",
  },
  repetition_unknown: {
    status: 409,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "A request with this `Idempotency-Key` was begun before, and its answer cannot be told here: its process died, the answer broke off, was too long to be kept, or was erased. It is not done again, since it may have been billed: look whether it was done, or send a new key.",
  },
  repetition_under_way: {
    status: 409,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The first request with this `Idempotency-Key` is under way still. Send it again after Retry-After: it gets the first's answer.",
  },
  repetition_differs: {
    status: 422,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "This `Idempotency-Key` came before with another request. Use a new one.",
  },
  model_unknown: {
    status: 404,
    blame: "routing",
    retryable: false,
    log: "info",
    doc: "No model has this name. `GET /v1/models` lists the names; `provider/model` reaches a provider's own names.",
  },
  no_target: {
    status: 503,
    blame: "routing",
    retryable: false,
    log: "warn",
    doc: "Every target of the model is resting after failures or cannot take the request. Retry-After says when the next one is tried.",
  },
  upstream_unreachable: {
    status: 502,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider could not be reached: name, connection or TLS failed.",
  },
  upstream_forbidden_address: {
    status: 502,
    blame: "gateway",
    retryable: true,
    log: "error",
    doc: "The provider's name led to a private, loopback or link-local address that the config does not name.",
  },
  upstream_timeout: {
    status: 504,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider missed a deadline (connect, first event, idle or total).",
  },
  upstream_credentials: {
    status: 502,
    blame: "upstream",
    retryable: true,
    log: "error",
    doc: "The provider refused the gateway's own credential. The caller's key is fine; the operator must mend the provider's key.",
  },
  upstream_rate_limited: {
    status: 429,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider's own rate limit was hit and no other target was left.",
  },
  upstream_quota: {
    status: 503,
    blame: "upstream",
    retryable: true,
    log: "error",
    doc: "The gateway's account with the provider is out of credit.",
  },
  upstream_overloaded: { status: 503, blame: "upstream", retryable: true, log: "warn", doc: "The provider is overloaded (503, 529)." },
  upstream_failed: { status: 502, blame: "upstream", retryable: true, log: "warn", doc: "The provider answered with a server error." },
  upstream_incomplete: {
    status: 502,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider's answer broke off before its end.",
  },
  upstream_malformed: {
    status: 502,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider's answer could not be read: bad JSON, bad UTF-8, a line or an event over 4 MB, or JSON beyond measure (256 levels, 100,000 members in one object, 5,000,000 objects and lists).",
  },
  upstream_too_large: {
    status: 502,
    blame: "upstream",
    retryable: false,
    log: "warn",
    doc: "The provider's answer grew beyond the limit, unpacked or not.",
  },
  upstream_rejected: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The provider found the request wrong (400, 404, 413, 422); its own words, where it gave any, are in the message.",
  },
  upstream_conflict: {
    status: 409,
    blame: "upstream",
    retryable: true,
    log: "warn",
    doc: "The provider could not take the request at the moment (409); another target, or another try, may do better.",
  },
  upstream_filtered: {
    status: 400,
    blame: "client",
    retryable: false,
    log: "info",
    doc: "The provider's content filter refused the request.",
  },
  client_gone: {
    status: 499,
    blame: "client",
    retryable: false,
    log: "debug",
    doc: "The client left before the answer was whole. The upstream call was cancelled and billed truthfully.",
  },
  audit_failed: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "The audit log could not be written (disk full, permissions), so nothing was changed. Reading goes on.",
  },
  journal_failed: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "The journal could not be written (disk full, permissions). Nothing is answered that is not recorded.",
  },
  store_unavailable: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "A store does not answer, or its disk takes nothing, and the config says that nothing passes without it (`stores.onLoss`). The log says which; try again after Retry-After.",
  },
  secret_unavailable: {
    status: 503,
    blame: "gateway",
    retryable: true,
    log: "error",
    doc: "A secret that the config refers to could not be read from its store; the message says which and why.",
  },
  object_left_out: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "warn",
    doc: "Something that was made by API no longer fits the gateway's config and was left out, and what it governs is refused. An operator repairs or removes it; `GET /admin/v1/config` and the log say what is wrong.",
  },
  gateway_draining: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "info",
    doc: "The gateway is shutting down and takes no new requests.",
  },
  gateway_overloaded: {
    status: 503,
    blame: "gateway",
    retryable: false,
    log: "warn",
    doc: "The gateway has more requests in flight than `maxInFlight`.",
  },
  gateway_failed: {
    status: 500,
    blame: "gateway",
    retryable: false,
    log: "error",
    doc: "A defect in the gateway. The log has the stack under the request id.",
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faultTable;

export interface FaultOptions {
  /** What the caller reads. Never holds a secret or another tenant's words. */
  readonly message?: string;
  /** The request's field that is at fault, as a path. */
  readonly param?: string;
  /** A status closer to the truth than the table's (an upstream's 404 behind `upstream_rejected`). */
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The status with which an upstream told it. */
  readonly toldStatus?: number;
  /** The methods that the path takes, where it does not take the request's. */
  readonly allow?: readonly string[];
  /** The policy that refused. */
  readonly policy?: string;
  /** A code in the caller's dialect that clients act on (`context_length_exceeded`). */
  readonly nativeCode?: string;
  readonly nativeType?: string;
  /** The upstream's error body, for a caller that speaks the same dialect. */
  readonly nativeBody?: Uint8Array;
  readonly cause?: unknown;
}

/** The only error that crosses a room's door. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly toldStatus: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly policy: string | undefined;
  readonly nativeCode: string | undefined;
  readonly nativeType: string | undefined;
  readonly nativeBody: Uint8Array | undefined;

  constructor(code: FaultCode, options: FaultOptions = {}) {
    const row: FaultRow = faultTable[code];
    super(options.message ?? row.doc, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.status = options.status ?? row.status;
    this.blame = row.blame;
    this.retryable = row.retryable;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
    this.toldStatus = options.toldStatus;
    this.allow = options.allow;
    this.policy = options.policy;
    this.nativeCode = options.nativeCode;
    this.nativeType = options.nativeType;
    this.nativeBody = options.nativeBody;
  }

  /** Wraps anything that was thrown; a Fault stays what it is. */
  static from(error: unknown, code: FaultCode = "gateway_failed"): Fault {
    return error instanceof Fault ? error : new Fault(code, { cause: error });
  }
}

/** Our own sentence about a cause, for the operator's log and for nobody else: it holds no secret and no other's words. */
export class Explanation extends Error {
  override readonly name = "Explanation";
}
