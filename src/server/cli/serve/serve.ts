import type { Config } from "../../../config/index.ts";
import type { RunningServer } from "../../running-server.ts";
import type { ServerFacts } from "../../workers/messages.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { startError } from "../errors/start-error.ts";
import { configOf, configPathOf, dataFolderOf, jsonLine } from "../places.ts";
import { banner } from "./banner.ts";

/** A signal to a whole process group comes again from the launcher in between: such an echo is not a second wish. */
const echoMs = 1000;
const mostWorkers = 256;

/** `sluice serve`: ends when the gateway was told to stop and has drained. */
export const serve: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const configPath = configPathOf(invocation);
  const dataFolder = dataFolderOf(invocation);
  const port = flags.whole("port");
  const host = flags.text("host");
  if (port !== undefined && port > 65_535)
    throw new CommandError(`There is no port ${port}.`, "Ports go from 0 to 65535; 0 takes a free one.");
  const started = (facts: ServerFacts) => {
    const { url, providers = [], firstKeys } = facts;
    if (flags.is("json")) terminal.write(jsonLine({ url, providers, firstKeys }));
    else terminal.write(banner({ server: facts, configPath, dataFolder, adminKeyGiven: Boolean(terminal.environment.SLUICE_ADMIN_KEY) }));
  };
  const { couldNotStart, work, workerStart } = await import("../../workers/work.ts");
  const worker = await workerStart(terminal.environment);
  const workers = workersOf(flags.text("workers"));
  if (workers !== undefined && !worker) {
    const config = await configOf(invocation);
    refuseMemory(config);
    const { supervise } = await import("../../workers/supervise.ts");
    return supervise({ workers, config, host, port, terminal, started }).catch((error) => {
      throw startError(error, port);
    });
  }
  const { startServer } = await import("../../start-server.ts");
  let server: RunningServer;
  try {
    server = await startServer({
      dataDir: dataFolder,
      env: terminal.environment,
      ...(configPath !== undefined && { configPath }),
      ...(port !== undefined && { port }),
      ...(host !== undefined && { host }),
      ...worker,
    });
  } catch (error) {
    const told = startError(error, port);
    if (!worker) throw told;
    couldNotStart(told);
    return 1;
  }
  if (worker) {
    await work(server, worker.sockets);
    return 0;
  }
  const { url, firstKeys, providers, tryModel } = server;
  started({ url, firstKeys, providers, tryModel });
  await stopSignal(terminal.writeError, server);
  return 0;
};

/** @throws CommandError where it is no number of workers, or this runtime has none */
function workersOf(text: string | undefined): number | "auto" | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (text !== "auto" && (count < 1 || count > mostWorkers))
    throw new CommandError(
      `--workers takes a number or \`auto\`, not ${JSON.stringify(text)}.`,
      `From 1 to ${mostWorkers}; \`auto\` follows the load, up to one for each core.`,
    );
  if (!("bun" in process.versions))
    throw new CommandError(
      "Several workers need Bun.",
      "`npm start` brings it; on Node run one process for each port, with a balancer before them.",
    );
  return text === "auto" ? "auto" : count;
}

/** Each worker would count for itself. */
function refuseMemory({ stores }: Config): void {
  if (stores.counters.reveal() === "memory")
    throw new CommandError(
      "Several workers cannot share counters that are kept in memory: each limit would hold once for each worker.",
      "Set `stores: { counters: sqlite }`, or leave it out.",
    );
}

/** A hangup looks at the config and its secrets anew. Resolves when the gateway has drained after a first signal; a second signal ends the process at once. */
function stopSignal(say: (text: string) => void, server: RunningServer): Promise<void> {
  return new Promise((resolve, reject) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        say("Stopping: running requests may end; press Ctrl-C again to quit at once.\n");
        server.close().then(resolve, reject);
      } else if (now - firstAt > echoMs) process.exit(130);
    };
    process.on("SIGHUP", () => void server.refresh());
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
