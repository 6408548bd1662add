/**
 * How long a start takes, and what an idle gateway holds: medians over starts of this tree and of those that are named, by turns.
 *
 *     node scripts/run.mjs bench/start.ts [--starts 15] [OTHER_TREE …]
 *
 * Of each start: milliseconds from the spawn to the first good answer of GET /healthz, and to that of POST /v1/chat/completions by the
 * built-in demo, which is asked right after; CPU of the whole process until then; resident memory one second later (Linux). The data
 * folder is that of an earlier start.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { median } from "./median.ts";

const key = "sk-sluice-bench-0123456789abcdef0123456789abcdef";
const config = { providers: { demo: { type: "demo" } }, keys: [{ name: "bench", value: key }] };
const measures = ["probe_ms", "chat_ms", "cpu_ms", "rss_mb"] as const;
type Measured = Record<(typeof measures)[number], number>;

const words = process.argv.slice(2);
const named = words.indexOf("--starts");
const starts = named < 0 ? 15 : Number(words[named + 1]);
const trees = [join(import.meta.dirname, ".."), ...words.filter((_, at) => named < 0 || (at !== named && at !== named + 1))].map((path) =>
  resolve(path),
);
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-start-"));
const configFile = join(folder, "sluice.json");
writeFileSync(configFile, JSON.stringify(config));

try {
  const found = new Map(trees.map((tree): [string, Measured[]] => [tree, []]));
  for (const tree of trees) await start(tree);
  for (let round = 0; round < starts; round++) for (const tree of trees) found.get(tree)?.push(await start(tree));
  for (const [tree, all] of found) {
    const medians = measures.map((name) => `${name} ${median(all.map((each) => each[name])).toFixed(1)}`);
    process.stdout.write(`${medians.join("  ")}  (${starts} starts)  ${tree}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function start(tree: string): Promise<Measured> {
  const port = await freePort();
  const data = join(folder, String(trees.indexOf(tree)));
  mkdirSync(data, { recursive: true });
  const args = ["serve", "--config", configFile, "--port", String(port), "--data", data];
  const began = performance.now();
  const server = Bun.spawn([process.execPath, join(tree, "src/server/main.ts"), ...args], { stdout: "ignore", stderr: "inherit" });
  try {
    const url = `http://127.0.0.1:${port}`;
    await answered(server, () => fetch(`${url}/healthz`));
    const probed = performance.now();
    const body = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Hello" }] });
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    await answered(server, () => fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body }));
    const chatted = performance.now();
    const cpu_ms = cpuOf(server.pid);
    await Bun.sleep(1000);
    return { probe_ms: probed - began, chat_ms: chatted - began, cpu_ms, rss_mb: residentOf(server.pid) };
  } finally {
    server.kill("SIGKILL");
    await server.exited;
  }
}

/** Asks until there is a good answer. */
async function answered(server: { readonly exitCode: number | null }, ask: () => Promise<Response>): Promise<void> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (answer) throw new Error(`It answered with status ${answer.status}.`);
    if (server.exitCode !== null) throw new Error("The gateway ended.");
    await Bun.sleep(2);
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Of all its threads, in user and kernel mode; hundredths of a second are what the system tells. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
