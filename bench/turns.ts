/**
 * What a request or a streamed chunk costs in this tree and in another one, by turns: what the machine does meanwhile, it does to both.
 *
 *     node scripts/run.mjs bench/turns.ts OTHER_TREE [--loads 1k,c64,16k,200k,burst] [--rounds 10] [--bun] [--young]
 *
 * Two gateways of each tree, all on the first core; the ruler's upstream and load on the second (`bench/run` builds them). Each load runs
 * for a second against one after the other, after four seconds for all. Prints, for each gateway, processor time a request in
 * microseconds (the scheduler's count, all threads), its median, least and most, and the median of its ratios to the other tree's in the
 * same rounds. `--bun` adds the ruler's bare Bun proxy. `--young` measures 1,000 slow streams instead, each time of a process that has
 * just started and has met nothing but the second of short streams that the ruler sends first: microseconds a chunk.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./median.ts";

interface Runner {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly model: string;
  end(): Promise<void>;
}

const key = "sk-sluice-bench-0123456789abcdef0123456789abcdef";
const loads: Readonly<Record<string, readonly string[]>> = {
  "1k": ["-prompt", "1024", "-c", "16", "-d", "1s"],
  c64: ["-c", "64", "-d", "1s"],
  "16k": ["-prompt", "16384", "-c", "16", "-d", "1s"],
  "200k": ["-prompt", "200000", "-c", "16", "-d", "1s"],
  burst: ["-stream", "64", "-c", "32", "-d", "1s"],
};

const here = resolve(import.meta.dirname, "..");
const work = join(here, ".cache/bench");
const options = {
  loads: { type: "string", default: Object.keys(loads).join() },
  rounds: { type: "string", default: "10" },
  bun: { type: "boolean", default: false },
  young: { type: "boolean", default: false },
} as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const other = positionals[0];
const wanted = values.loads.split(",");
if (other === undefined || !wanted.every((name) => name in loads)) {
  process.stderr.write(`usage: bench/turns.ts OTHER_TREE [--loads ${Object.keys(loads).join()}] [--rounds N] [--bun] [--young]\n`);
  process.exit(2);
}
if (!existsSync(join(work, "bin/loadgen"))) {
  process.stderr.write("bench: no load generator yet: `bench/run --quick` builds it.\n");
  process.exit(2);
}
const trees = [resolve(other), here];
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-turns-"));
let ports = 9310;

function spawned(core: number, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = { ...process.env, ...env };
  return Bun.spawn(["taskset", "-c", String(core), ...command], { env: all, stdout: "ignore", stderr: "ignore" });
}

async function started(name: string, child: Bun.Subprocess, port: number, model: string): Promise<Runner> {
  const url = `http://127.0.0.1:${port}`;
  const end = async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
  const runner = { name, pid: child.pid, url, model, end };
  for (let tries = 0; tries < 500; tries++) {
    const answer = await asked(runner).catch(() => undefined);
    if (answer?.ok) return runner;
    if (child.exitCode !== null) break;
    await Bun.sleep(20);
  }
  await end();
  throw new Error(`${name} gives no answer.`);
}

async function asked({ url, model }: Pick<Runner, "url" | "model">): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: `${model}mock`, messages: [{ role: "user", content: "Hello" }] });
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  await answer.arrayBuffer();
  return answer;
}

/** What the launcher of a tree gives its gateway; older ones gave this and do not tell. */
async function settingsOf(tree: string): Promise<Readonly<Record<string, string>>> {
  const { runtimeSettings } = (await import(join(tree, "scripts/toolchain.mjs"))) as { runtimeSettings?: Record<string, string> };
  return runtimeSettings ?? { BUN_CONFIG_MAX_HTTP_REQUESTS: "65000" };
}

async function gateway(tree: string, name: string): Promise<Runner> {
  const port = ports++;
  const args = ["serve", "--config", join(tree, "bench/sluice.yaml"), "--port", String(port), "--data", join(folder, String(port))];
  const command = [process.execPath, join(tree, "src/server/main.ts"), ...args];
  return started(name, spawned(0, command, await settingsOf(tree)), port, "mock/");
}

function bareBun(): Promise<Runner> {
  const port = ports++;
  const env = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65000", PORT: String(port), UPSTREAM: "http://127.0.0.1:9100" };
  return started("bare Bun", spawned(0, [process.execPath, join(work, "peers/js-floors/bun-serve.mjs")], env), port, "a/");
}

/** Of all threads that live, in microseconds. */
function processorTime(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanos / 1000;
}

interface Told {
  readonly ok: number;
  readonly errors: number;
  readonly chunks: number;
}

async function load({ url, model }: Runner, upstream: string, args: readonly string[]): Promise<Told> {
  const target = ["-url", `${url}/v1/chat/completions`, "-model", `${model}${upstream}`, "-H", `authorization: Bearer ${key}`];
  const child = Bun.spawn(["taskset", "-c", "1", join(work, "bin/loadgen"), ...target, ...args], { stdout: "pipe", stderr: "ignore" });
  return JSON.parse(await new Response(child.stdout).text()) as Told;
}

async function measured(runner: Runner, upstream: string, args: readonly string[], of: "ok" | "chunks"): Promise<number> {
  const before = processorTime(runner.pid);
  const told = await load(runner, upstream, args);
  if (told.errors > 0) throw new Error(`${runner.name}: ${told.errors} errors`);
  return (processorTime(runner.pid) - before) / told[of];
}

function print(what: string, found: ReadonlyMap<string, readonly number[]>): void {
  const base = [...found.values()][0] ?? [];
  for (const [name, all] of found) {
    const ratio = median(all.map((each, round) => each / (base[round] ?? Number.NaN)));
    const range = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    process.stdout.write(`${what}  ${name}: ${median(all).toFixed(1)} µs (${range}), ${ratio.toFixed(2)} x the first\n`);
  }
}

const rounds = Number(values.rounds);
const upstream = spawned(1, [join(work, "bin/mock")]);
const running: Runner[] = [];
try {
  await Bun.sleep(400);
  if (values.young) {
    const found = new Map(trees.map((tree): [string, number[]] => [tree, []]));
    for (let round = 0; round < rounds; round++) {
      for (const tree of trees) {
        const runner = await gateway(tree, tree);
        running.push(runner);
        await load(runner, "mock-s64", ["-stream", "64", "-c", "4", "-d", "1s"]);
        await load(runner, "mock", ["-c", "4", "-d", "500ms"]);
        await Bun.sleep(500);
        const slow = ["-stream", "30", "-hold", "1000", "-ramp", "1s", "-late", "400ms", "-timeout", "90s"];
        found.get(tree)?.push(await measured(runner, "mock-s30-d200", slow, "chunks"));
        await runner.end();
      }
    }
    print("young, 1,000 slow streams", found);
  } else {
    for (const turn of ["first", "second"]) for (const tree of trees) running.push(await gateway(tree, `${tree} (${turn})`));
    if (values.bun) running.push(await bareBun());
    for (const runner of running) {
      await load(runner, "mock", ["-prompt", "1024", "-c", "16", "-d", "4s"]);
      await load(runner, "mock-s64", ["-stream", "64", "-c", "8", "-d", "1s"]);
      if (wanted.includes("200k")) await load(runner, "mock", ["-prompt", "200000", "-c", "16", "-d", "3s"]);
    }
    for (const name of wanted) {
      const found = new Map(running.map((runner): [string, number[]] => [runner.name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const runner of round % 2 === 0 ? running : running.toReversed()) {
          const args = loads[name] as readonly string[];
          found.get(runner.name)?.push(await measured(runner, name === "burst" ? "mock-s64" : "mock", args, "ok"));
        }
      }
      print(name, found);
    }
  }
} finally {
  for (const runner of running) await runner.end();
  upstream.kill();
  await upstream.exited;
  rmSync(folder, { recursive: true, force: true });
}
