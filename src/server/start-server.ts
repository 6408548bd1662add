import { readFile } from "node:fs/promises";
import { type Config, ConfigError, defaultConfig, findLocalRuntimes, readConfig, watchConfig, withProviders } from "../config/index.ts";
import { type OpenedGateway, openGateway } from "../gateway/index.ts";
import { policies } from "../policies/index.ts";
import { openTransport } from "../providers/index.ts";
import { listen } from "./listen.ts";
import type { Listener } from "./listener.ts";
import { logTo } from "./log.ts";
import type { RunningServer, StartOptions } from "./running-server.ts";

const lookAgainMs = 50;

/**
 * Opens everything, listens, and follows the config file.
 *
 * @throws ConfigError where the config is wrong; the system's own error where the address cannot be listened on
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { env, configPath } = options;
  const log = logTo(env.SLUICE_LOG);
  const text = configPath === undefined ? undefined : await readText(configPath);
  let config = text === undefined ? defaultConfig(env) : await checked(text, configPath as string, env);
  const transport = await openTransport();
  const opened = await openGateway({ config, folder: options.dataDir, env, log, transport });
  const { gateway } = opened;
  const host = options.host ?? config.listen.host;
  const port = options.port ?? config.listen.port;
  const listener = await listen({ gateway, host, port, hosts: () => config.hosts }).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  const take = (next: Config) => {
    opened.reload(next);
    config = next;
  };
  const watch =
    text === undefined
      ? undefined
      : watchConfig(configPath as string, text, {
          environment: env,
          policies,
          swap: take,
          report: (outcome) => {
            if (outcome.taken) log("info", "The config was read anew.", { path: configPath });
            else
              log("error", `The config was not taken; the old one keeps serving.\n${new ConfigError(outcome.issues).message}`, {
                path: configPath,
              });
          },
        });
  // Runtimes on this machine are looked for beside the first requests: the start does not wait for them.
  if (text === undefined) void findLocalRuntimes(transport).then((found) => found.length > 0 && take(withProviders(config, found)));
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}`,
    firstKeys: opened.firstKeys,
    providers: config.providers.map(({ name }) => name),
    tryModel: config.models[0]?.name ?? modelToTry(config),
    async close() {
      watch?.close();
      gateway.drain();
      // Readiness is false from here on; whoever asks is told to go elsewhere, what runs may end.
      const stopped = listener.stopAccepting();
      await untilIdle(gateway, listener, config.drainSeconds * 1000);
      gateway.cut();
      await untilIdle(gateway, listener, 1000);
      await listener.close();
      await stopped;
      await opened.close();
      await transport.close();
    },
  };
}

/** The first provider's first model, by the name that reaches it. */
function modelToTry(config: Config): string | undefined {
  const named = config.providers.find(({ models }) => models?.length);
  return named ? `${named.name}/${named.models?.[0]}` : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new ConfigError([
      {
        file: path,
        line: 0,
        column: 0,
        path: "",
        problem: code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code})`,
      },
    ]);
  }
}

async function checked(text: string, path: string, environment: StartOptions["env"]): Promise<Config> {
  const loaded = await readConfig(text, path, { environment, policies });
  if (loaded.issues) throw new ConfigError(loaded.issues);
  return loaded.config;
}

async function untilIdle(gateway: OpenedGateway["gateway"], listener: Listener, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while ((gateway.inFlight > 0 || listener.atWork > 0) && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
}
