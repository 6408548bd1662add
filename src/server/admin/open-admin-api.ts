import { identifyOperator } from "../../auth/index.ts";
import { programVersion } from "../../exchange/index.ts";
import { type Engine, listModels, type OpenedGateway, pricesOf, requestIds } from "../../gateway/index.ts";
import { AuditLog } from "../../insight/index.ts";
import type { Transport } from "../../providers/index.ts";
import type { SigningKey, Vault } from "../../secrets/index.ts";
import { doorOf } from "../door-of.ts";
import type { Front } from "../listener.ts";
import type { LiveConfig } from "../live-config/live-config.ts";
import { openLogin } from "../login/open-login.ts";
import { ScimApi } from "../scim/scim-api.ts";
import { AdminApi } from "./admin-api.ts";
import type { AdminTools } from "./operation.ts";

export interface OpenAdminOptions {
  readonly opened: OpenedGateway;
  /** What the audit log is signed with. */
  readonly signingKey: SigningKey;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly transport: Transport;
  readonly live: LiveConfig;
  readonly vault: Vault;
  vaultChanged(): Promise<void>;
  readonly secrets: AdminTools["secrets"];
  /** The address that the gateway listens on, as a URL. */
  ownUrl(): string;
  readonly log: Engine["log"];
}

/** Sees everything, for lists that operators read. */
const operator = { kind: "admin", keyId: "", keyName: "", scopes: [] } as const;

/** The admin API, the log-in of people and SCIM, which share sessions and the audit log. */
export function openAdminApi(options: OpenAdminOptions): Pick<Front, "answer" | "refuse"> {
  const { opened, signingKey, startedAt, transport, vault, vaultChanged, secrets, live, ownUrl, log } = options;
  const { gateway, storage, catalog, hasher } = opened;
  const config = () => live.state.config;
  const audit = new AuditLog({ store: storage.control.audit, ...signingKey, now: Date.now });
  const login = openLogin({ opened, transport, audit, config, ownUrl, log });
  const door = { sessions: login.sessions, identify: opened.identify };
  const admin = new AdminApi({
    storage,
    hasher,
    sessions: login.sessions,
    audit,
    bodies: opened.bodies,
    repeats: opened.repeats,
    vault,
    vaultChanged,
    secrets,
    keyStates: (provider) => gateway.keyStates(provider),
    config,
    live,
    standing: () => opened.standing(),
    rereadKeys: () => opened.rereadKeys(),
    prices: () => pricesOf(config(), catalog),
    models: (of) => listModels(operator, of, { catalog }),
    now: Date.now,
    startedAt,
    state: () => ({ draining: gateway.draining, inFlight: gateway.inFlight }),
    identify: (http, endpoint) => identifyOperator(door, http, endpoint),
    limiter: opened.limiter,
    nextId: requestIds(Date.now),
    version: programVersion,
    log,
  });
  const scim = new ScimApi({
    storage,
    hasher,
    audit,
    rereadKeys: () => opened.rereadKeys(),
    origin: () => config().login.publicUrl ?? new URL(ownUrl()).origin,
    now: Date.now,
    limiter: opened.limiter,
    nextId: requestIds(Date.now),
    log,
  });
  const doors = { admin, documents: admin, login: login.api, scim };
  const answering = (path: string) => doors[doorOf(path) ?? "admin"];
  return {
    answer: (http) => answering(http.path).answer(http),
    refuse: (http, fault) => answering(http.path).refuse(fault),
  };
}
