import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient, SQL } from "bun";
import { freePort } from "../free-port.ts";
import { bringPrograms } from "./bring.ts";

/** A real server that can be ended, hung and started again with what it has kept. */
export interface StoreServer {
  readonly url: string;
  readonly port: number;
  /** Where it keeps everything. */
  readonly folder: string;
  /** SIGTERM, or what makes it go at once. */
  stop(): Promise<void>;
  /** SIGKILL to all its processes. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP to all its processes. */
  hang(): void;
  resume(): void;
  /** Ends it, and removes what it has kept. */
  remove(): Promise<void>;
}

/** @param settings more of them, as on its command line */
export async function startRedis(...settings: string[]): Promise<StoreServer> {
  const { redis } = bringPrograms();
  const folder = mkdtempSync(join(tmpdir(), "sluice-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const words = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  return running(redis, [...words, "--appendfsync", "no", ...settings], { url, port, folder, endsBy: "SIGTERM" }, async () => {
    const client = new RedisClient(url, { autoReconnect: false, connectionTimeout: 500 });
    try {
      await client.connect();
      await client.send("PING", []);
    } finally {
      client.close();
    }
  });
}

/** PostgreSQL refuses to run as root: then it is the user of Debian's package who runs it. */
export async function startPostgres(): Promise<StoreServer> {
  const { postgres } = bringPrograms();
  const folder = mkdtempSync(join(tmpdir(), "sluice-postgres-"));
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  if (isRoot) spawnSync("chown", ["postgres", folder]);
  chmodSync(folder, 0o755);
  const asUser = (program: string, ...words: string[]): [string, string[]] =>
    isRoot ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, ...words]] : [program, words];
  const data = join(folder, "data");
  const made = spawnSync(...asUser(join(postgres, "initdb"), "-D", data, "-A", "trust", "-U", "sluice", "--no-sync"), { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const settings = ["listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, "fsync=off"].flatMap((each) => ["-c", each]);
  const url = `postgres://sluice@127.0.0.1:${port}/postgres`;
  const [program, words] = asUser(join(postgres, "postgres"), "-D", data, "-p", `${port}`, ...settings);
  return running(program, words, { url, port, folder, endsBy: "SIGINT" }, async () => {
    const sql = new SQL(url, { max: 1, connectionTimeout: 1 });
    try {
      await sql.unsafe("SELECT 1");
    } finally {
      void sql.close({ timeout: 0 });
    }
  });
}

interface Place {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly endsBy: "SIGTERM" | "SIGINT";
}

function lastWords(folder: string): string {
  return readFileSync(join(folder, "said.txt"), "utf8").trim().split("\n").slice(-5).join(" / ");
}

/** A process of a connection may have ended since it was listed. */
function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function running(program: string, words: readonly string[], place: Place, answers: () => Promise<void>): Promise<StoreServer> {
  const { url, port, folder, endsBy } = place;
  let child: ChildProcess | undefined;
  const signal = (name: NodeJS.Signals) => {
    for (const pid of child?.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]) sendSignal(pid, name);
  };
  const server: StoreServer = {
    url,
    port,
    folder,
    async start() {
      const said = openSync(join(folder, "said.txt"), "a");
      child = spawn(program, words, { stdio: ["ignore", said, said] });
      closeSync(said);
      for (let tries = 0; ; tries++) {
        try {
          return await answers();
        } catch (error) {
          if (child.exitCode !== null) throw new Error(`${program} has ended (${child.exitCode}): ${lastWords(folder)}`, { cause: error });
          if (tries === 200) throw error;
          await Bun.sleep(50);
        }
      }
    },
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child.kill(endsBy);
      await gone;
    },
    async kill() {
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      signal("SIGKILL");
      await gone;
    },
    hang: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    async remove() {
      signal("SIGCONT");
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
