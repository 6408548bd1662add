#!/usr/bin/env node
// `npm run two-nodes`: two gateways that share one PostgreSQL and one Valkey, until Ctrl-C. Plain JavaScript for Node 20 and later.
//
// `-- --json` prints one line of JSON. Nothing is kept.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBun, install, root, runtimeSettings } from "../toolchain.mjs";
import { ended, installedPrograms, started, startPostgres, startValkey } from "./servers.mjs";

const { values } = parseArgs({ options: { json: { type: "boolean" } } });
const programs = installedPrograms();
if (!programs) {
  const engine = spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0;
  process.stderr.write(
    engine
      ? "PostgreSQL and Valkey are not installed here. With Docker: docker compose --file deploy/compose/compose.yaml up --build\n"
      : "PostgreSQL and Valkey are needed: apt-get install postgresql valkey-server (or redis-server), or Docker for deploy/compose/compose.yaml.\n",
  );
  process.exit(1);
}
install({ dev: false });

const folder = mkdtempSync(join(tmpdir(), "sluice-two-nodes-"));
// PostgreSQL's own user has to come through.
chmodSync(folder, 0o711);
/** In the order in which they were started; they end in the other. @type {import("./servers.mjs").Running[]} */
const running = [];
let ending;

/** @param {number} code */
function end(code) {
  ending ??= (async () => {
    const nodes = running.filter(({ name }) => name.startsWith("node"));
    await Promise.all(nodes.map(ended));
    for (const server of running.filter((each) => !nodes.includes(each)).toReversed()) await ended(server);
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  })();
  return ending;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void end(0));
// npm tells its shell to stop, not us, and the shell dies without a word to anyone.
const shell = process.ppid;
setInterval(() => process.ppid === shell || end(0), 500).unref();

function watched(one) {
  running.push(one);
  one.process.once("exit", (code) => {
    if (ending) return;
    process.stderr.write(`${one.name} ended with ${code}: ${one.said()}\n`);
    void end(1);
  });
  return one;
}

async function startNode(name, environment) {
  const data = join(folder, name);
  mkdirSync(data, { mode: 0o700 });
  const words = ["run", "--no-install", join(root, "src/server/main.ts"), "serve", "--port", "0", "--json"];
  const places = ["--config", join(folder, "sluice.yaml"), "--data", join(data, "data")];
  const env = { ...runtimeSettings, ...process.env, ...environment };
  const node = watched(started(name, findBun(), [...words, ...places], "SIGTERM", { cwd: data, env, stdio: ["ignore", "pipe", "pipe"] }));
  return new Promise((found, failed) => {
    let said = "";
    node.process.stdout.on("data", (bytes) => {
      said += bytes;
      const url = /"url":"([^"]+)"/.exec(said)?.[1];
      if (url !== undefined) found(url);
    });
    node.process.once("exit", () => failed(new Error(`${name} did not start.`)));
  });
}

async function main() {
  const [postgres, valkey] = await Promise.all([startPostgres(programs, folder), startValkey(programs, folder)]);
  for (const server of [valkey, postgres]) watched(server);
  const adminKey = `sk-sluice-admin-${randomBytes(32).toString("hex")}`;
  const environment = {
    SLUICE_ADMIN_KEY: adminKey,
    SLUICE_MASTER_KEY: randomBytes(32).toString("base64"),
    STORE_URL: postgres.url,
    COUNTERS_URL: valkey.url,
  };
  const stores = ["control", "records"].map((name) => `  ${name}: "\${STORE_URL}"\n`).join("");
  const limited = "teams: { everybody: { limits: { requestsPerMinute: 600 } } }\n";
  writeFileSync(
    join(folder, "sluice.yaml"),
    `providers: { demo: {} }\nmodels: { chat: demo/chat }\n${limited}stores:\n${stores}  counters: "\${COUNTERS_URL}"\n`,
  );
  // The first makes the tables.
  const one = await startNode("node one", environment);
  const two = await startNode("node two", environment);
  const made = await fetch(`${one}/admin/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "everybody", team: "everybody" }),
  });
  const { key } = await made.json();
  if (!made.ok) throw new Error(`No key could be made: ${made.status}.`);
  // Made on the one, known to the other within a second.
  while ((await fetch(`${two}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status === 401)
    await new Promise((resolve) => setTimeout(resolve, 50));
  if (values.json) process.stdout.write(`${JSON.stringify({ nodes: [one, two], adminKey, key, folder })}\n`);
  else process.stdout.write(toldTo(one, two, adminKey, key));
}

function toldTo(one, two, adminKey, key) {
  return `Two nodes share one PostgreSQL and one Valkey:

  ${one}
  ${two}

A key, made on the first and good on both, with 600 requests a minute on both together:

  curl ${two}/v1/chat/completions -H "authorization: Bearer ${key}" \\
    -H "content-type: application/json" -d '{"model": "chat", "messages": [{"role": "user", "content": "Hello"}]}'

The admin key: ${adminKey}
Ctrl-C ends all of it, and nothing is kept.
`;
}

main().catch((error) => {
  if (ending) return;
  process.stderr.write(`${error.message}\n`);
  void end(1);
});
