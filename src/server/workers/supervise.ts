import { availableParallelism } from "node:os";
import type { Config } from "../../config/index.ts";
import type { Terminal } from "../cli/command-line/command.ts";
import { logTo } from "../log.ts";
import type { ServerFacts } from "./messages.ts";
import { Pace } from "./pace.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface SuperviseOptions {
  readonly workers: number | "auto";
  /** As `serve` would take it. */
  readonly config: Config;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly terminal: Terminal;
  /** Told once, when the first worker serves. */
  started(facts: ServerFacts): void;
}

/** A signal to a whole process group comes again from the launcher in between: such an echo is not a second wish. */
const echoMs = 1000;
const lookEveryMs = 1000;

/**
 * Holds the sockets and keeps workers on them, until it is told to stop. It reads no request and opens no store.
 *
 * SIGTERM and SIGINT drain, a second one kills; SIGHUP has all look at the config anew; SIGUSR2 replaces all workers.
 *
 * @returns the exit code @throws CommandError where nothing could be started; the system's own error of the address
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { workers, config, terminal } = options;
  const log = logTo(terminal.environment.SLUICE_LOG);
  const { openSockets, closeSockets } = await import("../listen-bun-shared.ts");
  const most = workers === "auto" ? availableParallelism() : workers;
  const sockets = openSockets(options.host ?? config.listen.host, options.port ?? config.listen.port, most);
  const pool = new WorkerPool({ sockets, environment: terminal.environment, log });
  const stopped = stopSignal(terminal.writeError, pool, () => closeSockets(sockets.fds));
  process.on("SIGHUP", () => pool.refresh());
  process.on("SIGUSR2", () => void pool.replaceAll());
  const started = await Promise.race([pool.start(workers === "auto" ? 1 : workers), stopped]);
  if (started) options.started(started);
  const timer = workers === "auto" ? followLoad(pool, new Pace(most)) : undefined;
  await stopped;
  clearInterval(timer);
  return 0;
}

function followLoad(pool: WorkerPool, pace: Pace): ReturnType<typeof setInterval> {
  return setInterval(() => {
    const wanted = pace.next(pool.workers.map(({ load }) => load));
    if (wanted !== pool.workers.length) void pool.resize(wanted);
  }, lookEveryMs);
}

/** Resolves when all workers are gone after a first signal; a second one kills them. */
function stopSignal(say: (text: string) => void, pool: WorkerPool, close: () => void): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        say("Stopping: running requests may end; press Ctrl-C again to quit at once.\n");
        void pool.stop().then(resolve);
        // The workers close theirs: whoever comes now is refused, and does not wait for nobody.
        close();
      } else if (now - firstAt > echoMs) {
        pool.kill();
        process.exit(130);
      }
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
