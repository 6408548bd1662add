import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  adminKeyFrom,
  bootstrap,
  type Endpoint,
  type FirstKeys,
  identify,
  KeyHasher,
  type KnownKey,
  type Standing,
  subjectOf,
} from "../../auth/index.ts";
import { type Config, ConfigError, readConfig } from "../../config/index.ts";
import type { GatewayRequest, Principal } from "../../exchange/index.ts";
import { Metrics } from "../../insight/index.ts";
import { Limiter, lossRule, policies } from "../../policies/index.ts";
import { type KeyStore, openTransport, type Transport } from "../../providers/index.ts";
import { type Catalog, openCatalog } from "../../routing/index.ts";
import { type BodySeals, type InstallationKeys, keysOfFolder, loadTokenKey } from "../../secrets/index.ts";
import { DiskSpool, type OpenedControl, openMemoryStorage, openStorage, Retention, type Storage } from "../../storage/index.ts";
import { AlertPost } from "../alerts/alert-post.ts";
import type { BodyArchive } from "../bodies/body-archive.ts";
import { Gateway } from "../gateway.ts";
import type { Engine } from "../line.ts";
import { answerSeals, unsealed } from "../repeats/answer-seals.ts";
import { Repeats } from "../repeats/repeats.ts";
import { documentsOver } from "./fetch-document.ts";
import { openBodies } from "./open-bodies.ts";
import { openIdentity } from "./open-identity.ts";

/** What the ids of counters begin with that are of the gateway's own doors, and no limits of the config. */
export const doorPrefix = "door:";

/** Records that wait longer than this for their store say that it does not take any. */
const longBacklogMs = 10_000;

export interface OpenOptions {
  /** A config that was checked already, or a document as it would stand in the file. */
  readonly config: Config | Readonly<Record<string, unknown>>;
  /** Where everything is kept; without it, in memory, and gone at the end. */
  readonly folder?: string;
  /** Where operators' decisions are kept, opened already and left open at the end, and what its nodes hash and sign with. Default: in the folder. */
  readonly control?: OpenedControl;
  readonly keys?: InstallationKeys;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log?: Engine["log"];
  /** Whether keys are made where there are none. Default: where there is a folder. */
  readonly firstKeys?: boolean;
  /** Opened already, and left open at the end. */
  readonly transport?: Transport;
  /** Where the config's references to providers' keys were read. */
  readonly keyStore?: KeyStore;
  /** What seals bodies; without it none are kept. */
  readonly bodySeals?: BodySeals;
  /** What is not as it should be, although requests are answered; for probes. */
  degraded?(): readonly string[];
}

/** A gateway and what it stands on. */
export interface OpenedGateway {
  readonly gateway: Gateway;
  readonly storage: Storage;
  readonly catalog: Catalog;
  /** Keys that were made because there were none; to be shown once. Always empty in memory. */
  readonly firstKeys: FirstKeys;
  /** Hashes keys as those that are stored. */
  readonly hasher: KeyHasher;
  /** Where everything is counted that has a limit. */
  readonly limiter: Limiter;
  /** What was asked and answered; undefined where nothing outlives the process. */
  readonly bodies: BodyArchive | undefined;
  /** What was asked with an `Idempotency-Key`. */
  readonly repeats: Repeats;
  /** Who asks, on an endpoint that is not the gateway's own. @throws Fault `credentials_*`, and so does the promise */
  identify(http: GatewayRequest, endpoint: Endpoint): Principal | Promise<Principal>;
  /** The key with this stored hash, whether or not it is still good. Opens nothing. */
  knownKey(hash: string): KnownKey | undefined;
  /** The directory as the keys were read with it. */
  standing(): Standing;
  /** Takes over what was just written to the store of keys, so that the writer need not wait for it. */
  rereadKeys(): Promise<void>;
  fetch(request: Request): Promise<Response>;
  /** Makes everything ready to serve by another config. @returns what puts it to work @throws where it cannot be compiled */
  prepare(config: Config): () => void;
  reload(config: Config): void;
  close(): Promise<void>;
}

/**
 * Opens the stores, reads the keys and compiles the config.
 *
 * @throws ConfigError with everything that is wrong with a document
 */
export async function openGateway(options: OpenOptions): Promise<OpenedGateway> {
  const { folder, env = {}, log = () => undefined } = options;
  const config = isChecked(options.config) ? options.config : await checked(options.config, env);
  const warn = (message: string) => log("warn", message, {});
  const storage =
    folder === undefined
      ? await openMemoryStorage()
      : await openStorage({
          folder,
          control: options.control,
          journalMode: config.journal,
          counters: config.stores.counters.reveal(),
          records: config.stores.records.reveal(),
          timeoutMs: config.stores.timeoutMs,
          warn,
        });
  const kept = folder === undefined ? undefined : (options.keys ?? keysOfFolder(folder));
  const hasher = new KeyHasher(kept === undefined ? crypto.getRandomValues(new Uint8Array(32)) : kept.pepper());
  const adminKey = adminKeyFrom(env.SLUICE_ADMIN_KEY);
  const firstKeys =
    folder === undefined || options.firstKeys === false
      ? {}
      : await bootstrap(storage.control.keys, hasher, Date.now(), adminKey !== undefined);
  const transport = options.transport ?? (await openTransport());
  let running: Gateway | undefined;
  const identity = await openIdentity({
    control: storage.control,
    hasher,
    adminKey,
    fetchDocument: documentsOver(transport),
    tokenKey: kept === undefined ? loadTokenKey(undefined) : kept.tokenKey(),
    warn,
    onEnded: (ended) => running?.cutOff(({ keyId }) => ended(keyId)),
  });
  const { keys, vouchers, desk } = identity;
  const retention = new Retention({ records: storage.records, now: Date.now, warn });
  const alerts = new AlertPost({ outbox: storage.control.outbox, transport, warn });
  const { bodySeals: seals } = options;
  const bodies =
    folder === undefined || seals === undefined
      ? undefined
      : openBodies({ config: config.stores.bodies, folder, seals, env, transport, warn });
  const configure = (of: Config) => {
    identity.configure(of);
    retention.keep(of.records.keepDays);
    bodies?.configure(of);
    alerts.configure(of.alertTargets);
  };
  configure(config);
  // Without a master key nothing is begun that could not be sealed.
  if (config.records.bodies) await (bodies ?? missing("records.bodies needs a data folder and its vault")).ready();
  const repeats = new Repeats({
    store: storage.counters,
    // What ends with the process needs no seal.
    seals: folder === undefined ? unsealed : seals && answerSeals(seals),
    hash: (text) => hasher.hash(text),
    now: Date.now,
    warn,
  });
  const catalog = await openCatalog(catalogFiles(folder));
  for (const problem of catalog.problems) warn(`The catalog in the data folder was not taken (${catalog.origin} is used): ${problem}`);
  const metrics = new Metrics();
  const onLoss = lossRule(config.stores.onLoss);
  const limiter = new Limiter({
    store: storage.counters,
    holder: `${process.pid}-${crypto.randomUUID()}`,
    now: Date.now,
    warn,
    // Whoever mends what is away must get in: doors are counted by each process alone then.
    onLoss: (counter) => (counter.id.startsWith(doorPrefix) ? { localShare: 1 } : onLoss(counter)),
    onThreshold: (threshold) => void alerts.tell(threshold),
  });
  const gateway = new Gateway({
    config,
    catalog,
    transport,
    keyStore: options.keyStore,
    degraded: () => [
      ...(options.degraded?.() ?? []),
      ...(storage.countersUp() ? [] : ["counters"]),
      ...(storage.backlog().ageMs > longBacklogMs ? ["records"] : []),
    ],
    backlog: () => storage.backlog(),
    isRecording: () => storage.journal.takes(),
    log,
    metrics,
    ledger: {
      append(record) {
        metrics.count(record);
        return storage.journal.append(record);
      },
      begin: (record) => storage.journal.begin(record),
      settled: (begun) => storage.journal.settled(begun),
    },
    limiter,
    bodies,
    repeats,
    spool: new DiskSpool({ folder: folder === undefined ? join(tmpdir(), "sluice-uploads") : join(folder, "uploads") }),
    exchange: { desk, subjectOf: (text, http, now) => subjectOf(keys, vouchers, text, http, now) },
    identify: (http, row) => identify(keys, http, row, Date.now(), vouchers),
  });
  running = gateway;
  const prepare = (next: Config) => {
    const serve = gateway.prepare(next);
    return () => {
      serve();
      configure(next);
    };
  };
  return {
    gateway,
    storage,
    catalog,
    firstKeys,
    hasher,
    limiter,
    bodies,
    repeats,
    standing: () => keys.standing,
    knownKey: (hash) => keys.known(hash),
    rereadKeys: () => keys.takeOver(),
    identify: (http, endpoint) => identify(keys, http, endpoint, Date.now(), vouchers),
    fetch: (request) => gateway.fetch(request),
    prepare,
    reload: (next) => prepare(next)(),
    async close() {
      gateway.drain();
      await limiter.close();
      await alerts.close();
      await keys.close();
      retention.close();
      await bodies?.close();
      if (!options.transport) await transport.close();
      await repeats.close();
      await storage.close();
    },
  };
}

/** A catalog that the operator keeps in the data folder stands before the bundled one; a bad one is answered by its last good copy. */
function catalogFiles(folder: string | undefined): { readonly file?: string; readonly lastGoodFile?: string } {
  const file = folder === undefined ? undefined : join(folder, "catalog.json");
  if (file === undefined || folder === undefined || !existsSync(file)) return {};
  return { file, lastGoodFile: join(folder, "catalog.last-good.json") };
}

function missing(what: string): never {
  throw new Error(what);
}

function isChecked(config: OpenOptions["config"]): config is Config {
  return Array.isArray(config.providers);
}

async function checked(
  document: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const loaded = await readConfig(JSON.stringify(document), "config", { environment, policies });
  if (loaded.issues) throw new ConfigError(loaded.issues);
  return loaded.config;
}
