import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, callerKey, families, openBench, type UpstreamName, upstreamNames } from "./bench.ts";
import { type Client, SdkError } from "./client.ts";
import { type Feature, features, type Outcome } from "./features.ts";
import { installNpm, installPython, packageVersions } from "./install.ts";
import { type Cell, type Matrix, matrixPage, printMatrix } from "./matrix.ts";
import { startPythonClients } from "./python-clients.ts";
import { modelName } from "./upstream.ts";

// Runs every client with every upstream through everything that it can do. `--write` keeps what was seen in docs/sdks.md, `--only=NAME` asks the
// clients whose names hold it, and leaves the page alone.

const root = join(import.meta.dirname, "..", "..");
const page = join(root, "docs", "sdks.md");
const npmPackages = [
  ...["openai (npm)", "@anthropic-ai/sdk (npm)", "@google/genai (npm)", "cohere-ai (npm)", "@mistralai/mistralai (npm)", "ollama (npm)"],
  ...["ai (npm)", "@langchain/openai (npm)", "@langchain/anthropic (npm)"],
];
const pythonPrograms: readonly { program: string; name: string; list?: "litellm" }[] = [
  { program: "openai_clients.py", name: "openai (PyPI)" },
  { program: "azure_clients.py", name: "openai (PyPI), AzureOpenAI" },
  { program: "anthropic_client.py", name: "anthropic (PyPI)" },
  { program: "bedrock_client.py", name: "boto3 (PyPI)" },
  { program: "google_client.py", name: "google-genai (PyPI)" },
  { program: "pydantic_ai_clients.py", name: "pydantic-ai (PyPI)" },
  { program: "litellm_clients.py", name: "litellm (PyPI)", list: "litellm" },
];

/** Python reads its packages from a cold disk, beside others that do. */
const startMs = 180_000;
/** Longer than any client takes for one thing, all its tries together. */
const patienceMs = 120_000;
const noEnd = "it came to no end within two minutes; what this client was to do next was not tried";

interface Found {
  readonly clients: readonly Client[];
  readonly skipped: Matrix["skipped"];
  close(): void;
}

async function npmClients(): Promise<Found> {
  const { missing, fresh } = installNpm();
  if (missing) return { clients: [], skipped: npmPackages.map((name) => ({ name, reason: missing })), close: () => undefined };
  // Bun has looked for the folder of the packages before it was there, and remembers that.
  if (fresh) process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
  // Not before its packages are there; and they are no packages of the project's, so it is not loaded by its name.
  const module = (await import(join(import.meta.dirname, "clients", "index.ts"))) as { clients: readonly Client[] };
  return { clients: module.clients, skipped: [], close: () => undefined };
}

async function pythonClients(): Promise<Found> {
  const installed = { sdks: installPython("sdks"), litellm: installPython("litellm") };
  const programs = pythonPrograms.map((each) => ({ ...each, ...installed[each.list ?? "sdks"] }));
  const there = programs.filter(({ missing }) => missing === undefined);
  const started = await Promise.all(
    there.map(async ({ python, program }) => {
      const clients = await inTime(startPythonClients(python, program), startMs);
      if (clients === undefined) throw new Error(`${program} did not say which clients it has within three minutes.`);
      return clients;
    }),
  );
  return {
    clients: started.flatMap(({ clients }) => clients),
    skipped: programs.flatMap(({ name, missing: reason }) => (reason ? [{ name, reason }] : [])),
    close: () => {
      for (const each of started) each.close();
    },
  };
}

let places = 0;

/** Clients of which one thing came to no end: nothing more is asked of them. */
const stuck = new Set<Client>();

async function tryCell(client: Client, upstream: UpstreamName, feature: Feature, bench: Bench): Promise<Cell> {
  const model = upstream === "demo" ? "chat" : modelName(families[upstream], feature.scenario, `c${++places}`);
  const address = {
    url: feature.wrongAddress ? `${bench.url}/v1` : bench.url,
    key: feature.wrongKey ? "sk-sluice-nobody-knows-this-one" : callerKey,
    ...((feature.once || (feature.scenario === "server-error" && !client.heedsShouldRetry)) && { retries: 0 }),
  };
  const trying = async () => {
    const outcome = await outcomeOf(client.tell(feature.ask, `${upstream}/${model}`, address));
    return feature.check(outcome, { client, upstream, bench, model });
  };
  const problems = await inTime(trying(), patienceMs);
  if (problems === undefined) stuck.add(client);
  return { client: client.name, upstream, feature: feature.title, problems: problems ?? [noEnd] };
}

async function inTime<Result>(work: Promise<Result>, mostMs: number): Promise<Result | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, mostMs, undefined);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function outcomeOf(telling: ReturnType<Client["tell"]>): Promise<Outcome> {
  try {
    return { told: await telling, error: undefined };
  } catch (error) {
    if (error instanceof SdkError) return { told: undefined, error: error.told };
    throw error;
  }
}

/** One client after another thing; the clients beside each other. */
async function tryClient(client: Client, bench: Bench): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const feature of features) {
    if (!client.asks.includes(feature.ask)) continue;
    for (const upstream of upstreamNames) {
      if (feature.applies?.(client, upstream) ?? true) cells.push(await tryCell(client, upstream, feature, bench));
      if (stuck.has(client)) return cells;
    }
  }
  return cells;
}

/** The project's own check leaves the clients out, for their packages are not the project's. */
function typeProblems(): string[] {
  const { status, stdout } = spawnSync("node", ["node_modules/typescript/bin/tsc", "-p", "test/sdks"], { cwd: root, encoding: "utf8" });
  return status === 0 ? [] : stdout.trim().split("\n");
}

function pageProblems(text: string): string[] {
  if (process.argv.includes("--write")) writeFileSync(page, text);
  const kept = existsSync(page) ? readFileSync(page, "utf8") : "";
  return kept === text ? [] : ["it tells something else than was seen: run `bun test/sdks/run.ts --write`"];
}

const npm = await npmClients();
const python = await pythonClients();
const bench = await openBench();
const only = process.argv.find((word) => word.startsWith("--only="))?.slice("--only=".length);
const clients = [...npm.clients, ...python.clients].filter(({ name }) => name.includes(only ?? ""));
const cells = (await Promise.all(clients.map((client) => tryClient(client, bench)))).flat();
python.close();
if (stuck.size === 0) await bench.close();

const skipped = [...npm.skipped, ...python.skipped];
const checks = npm.clients.length > 0 ? [{ name: "the clients fit their SDKs' types", problems: typeProblems() }] : [];
if (skipped.length === 0 && only === undefined && stuck.size === 0)
  checks.push({ name: "docs/sdks.md is fresh", problems: pageProblems(matrixPage({ clients, cells }, packageVersions())) });
const matrix: Matrix = { clients, cells, checks, skipped };
process.exitCode = [...cells, ...checks].some(({ problems }) => problems.length > 0) ? 1 : 0;
// What has no end keeps the process alive; what was said has to leave first.
process.stdout.write(printMatrix(matrix), () => {
  if (stuck.size > 0) process.exit();
});
