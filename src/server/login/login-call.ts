import type { KeyHasher, OpenSession, Sessions } from "../../auth/index.ts";
import type { LoginConfig } from "../../config/index.ts";
import type { GatewayRequest, Head, Principal } from "../../exchange/index.ts";
import type { AuditLog } from "../../insight/index.ts";
import type { Storage } from "../../storage/index.ts";
import type { OpenIdProvider, ProvenPerson } from "./openid-provider.ts";
import type { SealedCookie } from "./sealed-cookie.ts";

/** What the browser keeps while its person is at the provider. */
export interface Departure {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** The path to go on to. */
  readonly to: string;
  /** The session that the browser had: its `Strict` cookie does not come along with the provider's answer. */
  readonly before?: string;
  readonly endsAt: number;
}

/** Whom a proven person is here. */
export interface Admitted {
  readonly userId?: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface LoginTools {
  readonly storage: Storage;
  readonly sessions: Sessions;
  readonly hasher: KeyHasher;
  readonly audit: AuditLog;
  readonly departure: SealedCookie<Departure>;
  config(): LoginConfig;
  /** Undefined where people log in with an admin key only. */
  provider(): OpenIdProvider | undefined;
  /** This gateway's origin as browsers know it. @throws Fault `login_refused` where that is not known */
  ownOrigin(): string;
  /** Who has this key, on an endpoint for operators. @throws Fault `credentials_*` */
  identifyKey(key: string, peer: string | undefined): Promise<{ readonly principal: Principal; readonly hash: string }>;
  /** @throws Fault `login_refused` for somebody who may not be here */
  admit(person: ProvenPerson): Promise<Admitted>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** One request for a step of logging in, checked as its row says. */
export interface LoginCall {
  readonly id: string;
  readonly http: GatewayRequest;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** Of whoever asks; there on rows for those who have logged in. */
  readonly open: OpenSession | undefined;
}

/** One step of logging in or out, and who may take it. */
export interface LoginRow {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** `own-page`: a form of ours, or a program that is no browser. `session`: who has logged in, from a page of ours where it changes something. */
  readonly from: "anyone" | "own-page" | "session";
  /** What of the query comes along to where one logs in, and back; nothing else does. */
  readonly keeps?: readonly string[];
  run(call: LoginCall, tools: LoginTools): Promise<Head>;
}
