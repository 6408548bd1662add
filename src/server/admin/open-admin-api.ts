import packageJson from "../../../package.json" with { type: "json" };
import type { Config } from "../../config/index.ts";
import { type Engine, listModels, type OpenedGateway, requestIds } from "../../gateway/index.ts";
import { AuditLog } from "../../insight/index.ts";
import { loadSigningKey } from "../../secrets/index.ts";
import type { Front } from "../listener.ts";
import { AdminApi } from "./admin-api.ts";

export interface OpenAdminOptions {
  readonly opened: OpenedGateway;
  readonly dataDir: string;
  config(): Config;
  readonly log: Engine["log"];
}

/** Sees everything, for lists that operators read. */
const operator = { kind: "admin", keyId: "", keyName: "", scopes: [] } as const;

/** The gateway with the admin API beside it: the path tells whose a request is, and nothing else. */
export function openAdminApi({ opened, dataDir, config, log }: OpenAdminOptions): Front {
  const { gateway, storage, catalog, hasher } = opened;
  const admin = new AdminApi({
    storage,
    hasher,
    audit: new AuditLog({ store: storage.control.audit, ...loadSigningKey(dataDir), now: Date.now }),
    config,
    rereadKeys: () => opened.rereadKeys(),
    models: () => listModels(operator, config(), { catalog }),
    now: Date.now,
    startedAt: Date.now(),
    state: () => ({ draining: gateway.draining, inFlight: gateway.inFlight }),
    identify: (http, endpoint) => opened.identify(http, endpoint),
    nextId: requestIds(Date.now),
    version: packageJson.version,
    log,
  });
  return {
    answer: (http) => (AdminApi.owns(http.path) ? admin.answer(http) : gateway.answer(http)),
    refuse: (http, fault) => (AdminApi.owns(http.path) ? admin.refuse(fault) : gateway.refuse(http, fault)),
  };
}
