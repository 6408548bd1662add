import packageJson from "../../../package.json" with { type: "json" };
import { identifyOperator } from "../../auth/index.ts";
import { type Engine, listModels, type OpenedGateway, pricesOf, requestIds } from "../../gateway/index.ts";
import { AuditLog } from "../../insight/index.ts";
import type { Transport } from "../../providers/index.ts";
import { loadSigningKey, type Vault } from "../../secrets/index.ts";
import type { Front } from "../listener.ts";
import type { LiveConfig } from "../live-config/live-config.ts";
import { LoginApi } from "../login/login-api.ts";
import { openLogin } from "../login/open-login.ts";
import { ScimApi } from "../scim/scim-api.ts";
import { AdminApi } from "./admin-api.ts";
import type { AdminTools } from "./operation.ts";

export interface OpenAdminOptions {
  readonly opened: OpenedGateway;
  readonly dataDir: string;
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

/** The gateway with the admin API and the log-in of people beside it: the path tells whose a request is, and nothing else. */
export function openAdminApi({ opened, dataDir, transport, vault, vaultChanged, secrets, live, ownUrl, log }: OpenAdminOptions): Front {
  const { gateway, storage, catalog, hasher } = opened;
  const config = () => live.state.config;
  const audit = new AuditLog({ store: storage.control.audit, ...loadSigningKey(dataDir), now: Date.now });
  const login = openLogin({ opened, transport, audit, config, ownUrl, log });
  const door = { sessions: login.sessions, identify: opened.identify };
  const admin = new AdminApi({
    storage,
    hasher,
    sessions: login.sessions,
    audit,
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
    startedAt: Date.now(),
    state: () => ({ draining: gateway.draining, inFlight: gateway.inFlight }),
    identify: (http, endpoint) => identifyOperator(door, http, endpoint),
    nextId: requestIds(Date.now),
    version: packageJson.version,
    log,
  });
  const scim = new ScimApi({
    storage,
    hasher,
    audit,
    rereadKeys: () => opened.rereadKeys(),
    origin: () => config().login.publicUrl ?? new URL(ownUrl()).origin,
    now: Date.now,
    nextId: requestIds(Date.now),
    log,
  });
  const beside = (path: string) => (AdminApi.owns(path) ? admin : LoginApi.owns(path) ? login.api : ScimApi.owns(path) ? scim : undefined);
  return {
    answer: (http) => (beside(http.path) ?? gateway).answer(http),
    refuse: (http, fault) => beside(http.path)?.refuse(fault) ?? gateway.refuse(http, fault),
    isForPages: (path) => beside(path) === undefined,
  };
}
