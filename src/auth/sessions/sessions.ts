import { randomBytes } from "node:crypto";
import { Fault, type GatewayRequest, type Principal } from "../../exchange/index.ts";
import type { SessionHolder, SessionStore, StoredSession } from "../../storage/index.ts";
import { credentialOf } from "../identify.ts";
import type { KeyHasher } from "../virtual-keys.ts";
import { cookieIn, sessionCookie } from "./cookies.ts";
import { refuseForged } from "./own-page.ts";

/** What a session's holder sends: 256 random bits behind this. */
const tokenPrefix = "sk-sluice-session-";
const tokenPattern = /^sk-sluice-session-[A-Za-z0-9_-]{43}$/;
/** A session that is in use is noted so often, so that reading costs no writing. */
const noteSeenMs = 30_000;
const longestAgent = 300;

/** Who logged in, and how long that holds. */
export interface LogIn
  extends Pick<StoredSession, "holder" | "name" | "userId" | "issuer" | "subject" | "providerSession" | "keyId" | "keyHash" | "roles"> {
  readonly idleMs: number;
  readonly endsAt: number;
}

export interface SessionTools {
  readonly store: SessionStore;
  readonly hasher: KeyHasher;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Origins of this gateway's own pages, beside the name that a request is sent to. */
  origins(): readonly string[];
  /** Who somebody with this session is now; undefined where the key or the user behind it is no longer good. @param peer where the request comes from */
  principalOf(session: StoredSession, peer: string | undefined): Principal | undefined;
}

/** A session that was found good. */
export interface OpenSession {
  readonly session: StoredSession;
  readonly principal: Principal;
  /** What the gateway's own pages send back in `x-sluice-csrf`. */
  readonly csrfToken: string;
}

/**
 * Sessions of people. Each request looks its session up in the store, and the key or user behind it too: what is revoked, on whatever
 * node, is out with the next request.
 */
export class Sessions {
  readonly #tools: SessionTools;

  constructor(tools: SessionTools) {
    this.#tools = tools;
  }

  /** A new session, always with a new secret, which is given this once: nothing that was sent before logging in survives it. */
  async begin(
    logIn: LogIn,
    http: Pick<GatewayRequest, "header" | "peer">,
  ): Promise<{ readonly token: string; readonly session: StoredSession }> {
    const { store, hasher, now } = this.#tools;
    const token = tokenPrefix + randomBytes(32).toString("base64url");
    const at = now();
    const session: StoredSession = {
      ...logIn,
      id: `sess_${randomBytes(9).toString("base64url")}`,
      hash: hasher.hash(token),
      createdAt: at,
      lastSeenAt: at,
      userAgent: (http.header("user-agent") ?? "").slice(0, longestAgent),
      address: http.peer ?? "",
    };
    await store.forget(at - 24 * 3_600_000);
    await store.insert(session);
    return { token, session };
  }

  /** Whether a text looks like what a session's holder sends. */
  static isToken(text: string): boolean {
    return text.startsWith(tokenPrefix);
  }

  /** The session in the browser's cookie; undefined where none is sent. @throws Fault `credentials_unknown`, `credentials_expired`, `credentials_forged` */
  async inCookie(http: Pick<GatewayRequest, "header" | "method" | "peer">): Promise<OpenSession | undefined> {
    const token = cookieIn(http, sessionCookie);
    if (token === undefined || token === "") return undefined;
    const open = await this.#open(token, "browser", http);
    refuseForged(http, this.#tools.origins(), open.csrfToken);
    return open;
  }

  /** The session that is sent, in the header or in the cookie. @throws Fault `credentials_unknown`, `credentials_expired`, `credentials_forged` */
  async current(http: Pick<GatewayRequest, "header" | "method" | "peer">): Promise<OpenSession | undefined> {
    const text = credentialOf(http);
    if (text === undefined) return this.inCookie(http);
    return Sessions.isToken(text) ? this.ofToken(text, http) : undefined;
  }

  /** The key that is sent in a header; undefined where something else is. */
  keyIn(http: Pick<GatewayRequest, "header">): string | undefined {
    const text = credentialOf(http);
    return text === undefined || Sessions.isToken(text) ? undefined : text;
  }

  /** Whether the key or the user behind a session is still good. */
  isGood(session: StoredSession, peer: string | undefined): boolean {
    return this.#tools.principalOf(session, peer) !== undefined;
  }

  /** Origins of this gateway's own pages, beside the name that a request is sent to. */
  origins(): readonly string[] {
    return this.#tools.origins();
  }

  /** The session that a bearer token stands for. @throws Fault `credentials_unknown`, `credentials_expired` */
  ofToken(token: string, http: Pick<GatewayRequest, "peer">): Promise<OpenSession> {
    return this.#open(token, "command-line", http);
  }

  /** The session in the browser's cookie as far as it is any good, for pages that only ask who is there. */
  async peek(http: Pick<GatewayRequest, "header" | "peer">): Promise<OpenSession | undefined> {
    const token = cookieIn(http, sessionCookie);
    if (token === undefined) return undefined;
    try {
      return await this.#open(token, "browser", http);
    } catch (error) {
      if (error instanceof Fault && error.code.startsWith("credentials_")) return undefined;
      throw error;
    }
  }

  async #open(token: string, holder: SessionHolder, { peer }: Pick<GatewayRequest, "peer">): Promise<OpenSession> {
    const { store, hasher, now, principalOf } = this.#tools;
    const session = tokenPattern.test(token) ? await store.find(hasher.hash(token)) : undefined;
    if (session === undefined || session.holder !== holder)
      throw new Fault("credentials_unknown", { message: "This session is not known." });
    const at = now();
    if (!isOpen(session, at)) throw ended();
    const principal = principalOf(session, peer);
    if (principal === undefined) throw ended();
    if (at - session.lastSeenAt >= noteSeenMs) await store.seen(session.id, at);
    return { session, principal, csrfToken: hasher.hash(`csrf:${token}`) };
  }
}

/** @param now milliseconds since the epoch */
export function isOpen(session: StoredSession, now: number): boolean {
  return session.revokedAt === undefined && now < session.endsAt && now < session.lastSeenAt + session.idleMs;
}

function ended(): Fault {
  return new Fault("credentials_expired", { message: "The session has ended. Log in again." });
}
