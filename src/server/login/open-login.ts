import { Sessions, type SessionTools } from "../../auth/index.ts";
import type { Config, LoginConfig, OpenIdConfig } from "../../config/index.ts";
import { Fault, type GatewayRequest, type Principal } from "../../exchange/index.ts";
import { type Engine, type OpenedGateway, requestIds, steadyClock } from "../../gateway/index.ts";
import type { AuditLog } from "../../insight/index.ts";
import type { Transport } from "../../providers/index.ts";
import { admit } from "./admit.ts";
import { LoginApi } from "./login-api.ts";
import type { Departure } from "./login-call.ts";
import { OpenIdProvider } from "./openid-provider.ts";
import { SealedCookie } from "./sealed-cookie.ts";

export interface OpenLoginOptions {
  readonly opened: OpenedGateway;
  readonly transport: Transport;
  readonly audit: AuditLog;
  config(): Config;
  /** The address that the gateway listens on, as a URL. */
  ownUrl(): string;
  readonly log: Engine["log"];
}

export interface OpenedLogin {
  readonly sessions: Sessions;
  readonly api: LoginApi;
}

/** Sessions, and the pages and endpoints by which they begin and end. */
export function openLogin({ opened, transport, audit, config, ownUrl, log }: OpenLoginOptions): OpenedLogin {
  const { hasher, storage } = opened;
  const login = () => config().login;
  const sessions = new Sessions({
    store: storage.control.sessions,
    hasher,
    now: Date.now,
    origins: () => [login().publicUrl ?? new URL(ownUrl()).origin],
    principalOf: principalOf(opened),
  });
  let provider: OpenIdProvider | undefined;
  let readFrom: OpenIdConfig | undefined;
  const api = new LoginApi({
    storage,
    sessions,
    hasher,
    audit,
    departure: new SealedCookie<Departure>("__Host-sluice-login", hasher),
    config: login,
    provider() {
      const { openid } = login();
      if (openid !== readFrom)
        provider =
          openid &&
          new OpenIdProvider(openid, { transport, now: Date.now, steady: steadyClock(), warn: (message) => log("warn", message, {}) });
      readFrom = openid;
      return provider;
    },
    ownOrigin: () => ownOrigin(login(), ownUrl()),
    identifyKey: async (key, peer) => {
      const http = { peer, header: (name: string) => (name === "authorization" ? `Bearer ${key}` : undefined) };
      return { principal: await opened.identify(http as GatewayRequest, { path: "/auth/key", role: "admin" }), hash: hasher.hash(key) };
    },
    admit: (person) => admit(person, login().openid as OpenIdConfig, storage.control.directory, Date.now()).finally(opened.rereadKeys),
    now: Date.now,
    limiter: opened.limiter,
    nextId: requestIds(Date.now),
    log,
  });
  return { sessions, api };
}

/** A session is worth what stands behind it now. */
function principalOf(opened: OpenedGateway): SessionTools["principalOf"] {
  return (session, peer): Principal | undefined => {
    if (session.keyHash !== undefined) {
      const known = opened.knownKey(session.keyHash);
      if (known === undefined || Date.now() >= known.endsAt || known.networks?.hold(peer) === false) return undefined;
      return known.principal;
    }
    const standing = session.userId === undefined ? undefined : opened.standing().ofUser(session.userId, session.roles);
    if (standing === undefined || standing.roles.length === 0) return undefined;
    return { ...standing, kind: "user", keyId: session.id, keyName: session.name, scopes: [] };
  };
}

/** @throws Fault `login_refused` */
function ownOrigin({ publicUrl }: LoginConfig, ownUrl: string): string {
  if (publicUrl !== undefined) return publicUrl;
  const { hostname, origin } = new URL(ownUrl);
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return origin;
  throw new Fault("login_refused", { status: 503, message: "This gateway does not know its own address: set `login.publicUrl`." });
}
