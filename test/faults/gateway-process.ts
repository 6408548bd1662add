import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage, type SettledRecord } from "../../src/storage/index.ts";

const root = join(import.meta.dir, "../..");
/** To start and to end, where a slow machine needs two: a suite says which of them hangs instead of hanging too. */
const mostSeconds = 120;
/** The virtual key of every gateway that these suites start. */
export const clientKey = "sk-sluice-fault-suites-9f3k2m7q";

export interface GatewayProcess {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  alive(): boolean;
  /** Open file descriptors. */
  descriptors(): number;
  residentBytes(): number;
  /** The most that was ever resident. */
  peakBytes(): number;
  /** Everything that the process wrote to its log. */
  log(): string;
  /** Everything that it printed. */
  printed(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, then waits for the end. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The config's document; a key, the port and the data folder are added here. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Default: a new one. */
  readonly folder?: string;
  /** More words of the command line, as `--workers 2`. */
  readonly words?: readonly string[];
  /** A module that the process loads first. */
  readonly preload?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The runtime's program. Default: the one that runs this. */
  readonly program?: string;
  /** It is killed where it has not started by then. */
  readonly startsWithinMs?: number;
  /** Over this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A folder for a config and its data, removed again by `removeFolder`. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "sluice-faults-"));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What the launcher gives the gateway's process. */
async function launcherSettings(): Promise<Record<string, string>> {
  const tools = (await import(join(root, "scripts/toolchain.mjs"))) as { runtimeSettings: Record<string, string> };
  return tools.runtimeSettings;
}

/** Starts the real gateway in a process of its own, with as many open files as the system gives. */
export async function startGateway(options: StartOptions): Promise<GatewayProcess> {
  const { config, folder = makeFolder(), port = 0, preload, program = process.execPath, env = {}, words = [] } = options;
  const { startsWithinMs = mostSeconds * 1_000 } = options;
  const configPath = join(folder, "sluice.json");
  writeFileSync(
    configPath,
    JSON.stringify({ ...config, keys: [{ name: "faults", value: clientKey }, ...((config.keys as object[]) ?? [])] }),
  );
  const first = preload === undefined ? [] : ["--preload", preload];
  const command = [program, ...first, "src/server/main.ts", "serve", ...words, "--json", "--config", configPath];
  const child = spawn(
    "sh",
    ["-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...command, "--port", `${port}`, "--data", join(folder, "data")],
    {
      cwd: root,
      env: { ...(await launcherSettings()), ...process.env, SLUICE_LOG: "warn", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
  child.stderr?.on("data", (data: Buffer) => log.push(data.toString()));
  const printed: string[] = [];
  child.stdout?.on("data", (data: Buffer) => printed.push(data.toString()));
  const url = await announced(child, log, startsWithinMs);
  return handle(child, Number(new URL(url).port), folder, log, printed);
}

function announced(child: ChildProcess, log: readonly string[], withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`The gateway has not started within ${withinMs / 1_000} s: ${log.join("")}${text}`));
    }, withinMs);
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      const url = /"url":"([^"]+)"/.exec(text)?.[1];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
    child.on("close", (code) => {
      clearTimeout(late);
      reject(new Error(`The gateway ended with ${code} at its start: ${log.join("")}${text}`));
    });
  });
}

function handle(child: ChildProcess, port: number, folder: string, log: readonly string[], printed: readonly string[]): GatewayProcess {
  const pid = child.pid ?? 0;
  const gone = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const alive = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    if (alive()) process.kill(pid, signal);
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      process.kill(pid, "SIGKILL");
    }, mostSeconds * 1_000);
    await gone;
    clearTimeout(late);
    if (isLate) throw new Error(`The gateway has not ended within ${mostSeconds} s of ${signal}: ${log.join("")}`);
  };
  const memory = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return {
    port,
    pid,
    folder,
    alive,
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
    residentBytes: () => memory("VmRSS"),
    peakBytes: () => memory("VmHWM"),
    log: () => log.join(""),
    printed: () => printed.join(""),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

export interface Ledger {
  readonly records: ReadonlyMap<string, SettledRecord>;
  /** What the sums say, which count a record that was taken twice twice. */
  readonly requests: number;
  readonly costNanos: bigint;
}

/** All that was settled in a data folder, the journal drained. @param recordsIn where they are kept; default: in the folder */
export async function readLedger(folder: string, recordsIn?: string): Promise<Ledger> {
  const storage = await openStorage({ folder: join(folder, "data"), ...(recordsIn !== undefined && { records: recordsIn }) });
  try {
    await storage.drain();
    const records = await storage.records.recent(10_000_000);
    const [sums] = await storage.records.usage({});
    return {
      records: new Map(records.map((record) => [record.id, record])),
      requests: sums?.requests ?? 0,
      costNanos: sums?.costNanos ?? 0n,
    };
  } finally {
    await storage.close();
  }
}
