import {
  type Config,
  ConfigError,
  defaultConfig,
  findLocalRuntimes,
  loadConfig,
  loadStores,
  readConfig,
  readStores,
  watchConfig,
} from "../config/index.ts";
import { type OpenedGateway, openGateway, openSecrets } from "../gateway/index.ts";
import { policies } from "../policies/index.ts";
import { keyGuards, openTransport } from "../providers/index.ts";
import { openVault } from "../secrets/index.ts";
import { openControl } from "../storage/index.ts";
import { checkAdminSecrets, isLoopbackHost } from "./admin-secrets.ts";
import { openFront } from "./front.ts";
import { listen } from "./listen.ts";
import type { Listener } from "./listener.ts";
import { LiveConfig } from "./live-config/live-config.ts";
import { logTo } from "./log.ts";
import type { RunningServer, StartOptions } from "./running-server.ts";
import { openTlsFiles } from "./tls-files.ts";

const lookAgainMs = 50;
/** Clients that keep a connection get so long to ask once more, and are told then that it ends: closing it under a request would fail that. */
const lastAskMs = 5_000;

/**
 * Opens everything, listens, and follows the config file.
 *
 * @throws ConfigError where the config is wrong; the system's own error where the address cannot be listened on
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { env, configPath } = options;
  const log = logTo(env.SLUICE_LOG);
  const warn = (message: string) => log("warn", message, {});
  // First of all: credentials that the config refers to may be kept in it.
  const { where, wrong } = await placeOfControl(options);
  const control = await openControl({ folder: options.dataDir, where, warn });
  const transport = await openTransport();
  const guards = keyGuards(env, async () => transport);
  if (control.shared && !env.SLUICE_MASTER_KEY)
    warn(
      "`stores.control` is shared and SLUICE_MASTER_KEY is not set: what is sealed there opens with secrets/master-key of this data folder alone, and no node without that file starts. Set one for all nodes (openssl rand -base64 32), and run `sluice vault rekey` here.",
    );
  const { vault, bodySeals, installationKeys } = await openVault({ folder: options.dataDir, opened: control, env, guards });
  const { secrets, close: closeSecrets } = openSecrets({ env, transport, log, vault });
  const reading = { environment: env, policies, stores: secrets };
  const found = configPath === undefined ? undefined : await loadConfig(configPath, reading);
  // A worker that takes the place of another serves what that one served.
  const file = found?.issues && options.lastGood !== undefined ? await readConfig(options.lastGood, configPath, reading) : found;
  if (found?.issues && !file?.issues)
    log("error", `The config was not taken; the last good one is served.\n${new ConfigError(found.issues).message}`, { path: configPath });
  if (file?.issues || wrong) {
    await closeSecrets();
    control.close();
    await transport.close();
    throw file?.issues ? new ConfigError(file.issues) : wrong;
  }
  secrets.taken();
  let served: LiveConfig | undefined;
  const degraded = () => [
    ...(secrets.states().every(({ status }) => status === "fresh") ? [] : ["secrets"]),
    ...(control.isUp() ? [] : ["control"]),
    ...(served?.isBehind ? ["config"] : []),
  ];
  const config = file?.config ?? defaultConfig(env);
  const host = options.host ?? config.listen.host;
  const inside = isLoopbackHost(host);
  if (!inside) await checkAdminSecrets(host, { env, control: control.control, vault, warn });
  const keys = await installationKeys();
  const opened = await openGateway({
    config,
    folder: options.dataDir,
    control,
    keys,
    env,
    log,
    transport,
    bodySeals,
    keyStore: secrets,
    degraded,
    firstKeys: inside,
  });
  const { gateway } = opened;
  const port = options.port ?? config.listen.port;
  let ownUrl = "";
  const vaultChanged = () => secrets.refreshSource("vault");
  const failed = async (error: unknown) => {
    await opened.close();
    control.close();
    throw error;
  };
  const [taken, notTaken] = [() => secrets.taken(), () => secrets.notTaken()];
  const live = await LiveConfig.open({ opened, config, file, reading, taken, notTaken, now: Date.now, log }).catch(failed);
  served = live;
  const front = openFront({
    opened,
    signingKey: keys.auditKey(),
    startedAt: Date.now(),
    transport,
    vault,
    vaultChanged,
    secrets,
    live,
    ownUrl: () => ownUrl,
    log,
  });
  const tls = config.tls && (await openTlsFiles(config.tls, () => live.state.config.tls, log).catch(failed));
  const rules = () => live.state.config.edge;
  const listener = await listen({
    gateway: front,
    host,
    port,
    rules,
    ...(tls && { tls }),
    ...(options.sockets && { sockets: options.sockets }),
  }).catch(failed);
  ownUrl = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${listener.port}`;
  const watch =
    file === undefined
      ? undefined
      : watchConfig(configPath as string, found?.config ? found.text : "", {
          take: (text) => live.takeText(text),
          report: (outcome) => {
            if (outcome.taken) {
              options.onConfig?.(live.state.text);
              log("info", "The config was read anew.", { path: configPath });
            } else
              log("error", `The config was not taken; the old one keeps serving.\n${new ConfigError(outcome.issues).message}`, {
                path: configPath,
              });
          },
        });
  if (file) options.onConfig?.(file.text);
  secrets.onChange(() => {
    // What is served is not what stands in a file that was refused.
    if (watch?.last?.taken === false) void live.reread().then(() => watch.reread());
    else void (watch ?? live).reread();
  });
  // Runtimes on this machine are looked for beside the first requests: the start does not wait for them.
  if (file === undefined) void findLocalRuntimes(transport).then((found) => (found.length > 0 ? live.addProviders(found) : undefined));
  return {
    url: ownUrl,
    firstKeys: opened.firstKeys,
    get inFlight() {
      return gateway.inFlight;
    },
    providers: live.state.config.providers.map(({ name }) => name),
    async refresh() {
      await secrets.refresh();
      await watch?.check();
    },
    tryModel: live.state.config.models[0]?.name ?? modelToTry(live.state.config),
    async close({ handedOver } = { handedOver: false }) {
      watch?.close();
      tls?.close();
      const until = performance.now() + live.state.config.drainSeconds * 1000;
      if (handedOver) await listener.stopAccepting(lastAskMs, live.state.config.drainSeconds * 1000);
      gateway.drain();
      // Readiness is false from here on; whoever asks is told to go elsewhere, what runs may end.
      const stopped = listener.stopAccepting();
      await untilIdle(gateway, listener, until - performance.now());
      gateway.cut();
      await untilIdle(gateway, listener, 1000);
      await listener.close();
      await stopped;
      // What was lent lasts as long as the log-in that it was lent to, and requests may be under way with it.
      await closeSecrets();
      await live.close();
      await opened.close();
      control.close();
      await transport.close();
    },
  };
}

/** What is wrong in the file is told with all else that is. */
async function placeOfControl({
  configPath,
  env,
  lastGood,
}: StartOptions): Promise<{ readonly where: string; readonly wrong?: ConfigError }> {
  try {
    return { where: (await loadStores(configPath, env, "control")).control.reveal() };
  } catch (wrong) {
    if (!(wrong instanceof ConfigError)) throw wrong;
    if (lastGood === undefined || configPath === undefined) return { where: "sqlite", wrong };
    return { where: (await readStores(lastGood, configPath, env, "control")).control.reveal() };
  }
}

/** The first provider's first model, by the name that reaches it. */
function modelToTry(config: Config): string | undefined {
  const named = config.providers.find(({ models }) => models?.length);
  return named ? `${named.name}/${named.models?.[0]}` : undefined;
}

async function untilIdle(gateway: OpenedGateway["gateway"], listener: Listener, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while ((gateway.inFlight > 0 || listener.atWork > 0) && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
}
