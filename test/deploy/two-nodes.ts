// `npm run two-nodes` as an operator starts it, on real servers: `bun test ./test/deploy/two-nodes.ts`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bringPrograms } from "../stores/bring.ts";

interface Started {
  readonly nodes: readonly [string, string];
  readonly adminKey: string;
  readonly key: string;
  /** Of everything that they keep. */
  readonly folder: string;
}

const root = join(import.meta.dirname, "../..");
let child: ChildProcess;
let started: Started;
let errors = "";

beforeAll(async () => {
  bringPrograms();
  child = spawn("npm", ["run", "--silent", "two-nodes", "--", "--json"], { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr?.on("data", (bytes) => {
    errors += bytes;
  });
  started = await new Promise<Started>((found, failed) => {
    let said = "";
    child.stdout?.on("data", (bytes) => {
      said += bytes;
      if (said.includes("\n")) found(JSON.parse(said) as Started);
    });
    child.once("exit", (code) => failed(new Error(`It ended with ${code}: ${errors}`)));
  });
}, 300_000);
afterAll(() => {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
});

async function admin(node: number, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${started.nodes[node]}/admin/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${started.adminKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: JSON.parse((await answer.text()) || "{}") };
}

async function chat(node: number, key: string) {
  const answer = await fetch(`${started.nodes[node]}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] }),
  });
  await answer.text();
  return { status: answer.status, id: answer.headers.get("x-sluice-request-id") ?? "" };
}

async function until(what: () => Promise<boolean>, withinMs: number): Promise<number> {
  const begun = performance.now();
  while (!(await what())) {
    if (performance.now() - begun > withinMs) throw new Error(`It did not come true within ${withinMs} ms.`);
    await Bun.sleep(20);
  }
  return performance.now() - begun;
}

test("both serve, and the key that was printed is good on both", async () => {
  expect(started.nodes[0]).not.toBe(started.nodes[1]);
  expect([(await chat(0, started.key)).status, (await chat(1, started.key)).status]).toEqual([200, 200]);
});

test("a key that is made on one node works on the other within a second, and is out on both within a second", async () => {
  const { body } = await admin(0, "POST", "keys", { name: "made on one" });
  const known = await until(async () => (await chat(1, body.key)).status === 200, 1_000);
  expect((await admin(1, "DELETE", `keys/${body.id}`)).status).toBe(204);
  const out = await until(async () => (await chat(0, body.key)).status === 401, 1_000);
  console.log(`known on the other node after ${known.toFixed(0)} ms, out after ${out.toFixed(0)} ms`);
});

test("one limit holds for both: of forty requests at once to both, exactly ten pass", async () => {
  const { body } = await admin(0, "POST", "keys", { name: "limited", limits: { requestsPerDay: 10 } });
  await until(async () => (await admin(1, "GET", `keys/${body.id}`)).status === 200, 1_000);
  await Bun.sleep(1_000);
  const told = await Promise.all(Array.from({ length: 40 }, (_, at) => chat(at % 2, body.key)));
  const count = (status: number) => told.filter((each) => each.status === status).length;
  expect([count(200), count(429)]).toEqual([10, 30]);
});

test("what one node answered stands in the records that the other shows", async () => {
  const { id } = await chat(0, started.key);
  const took = await until(async () => (await admin(1, "GET", `records/${id}`)).status === 200, 5_000);
  expect(took).toBeLessThan(5_000);
});

test("Ctrl-C ends all of it in order, and nothing is left", async () => {
  const { pid = 0 } = child;
  const ended = new Promise((resolve) => child.once("close", resolve));
  // A terminal tells the whole group of the processes.
  expect(processesOf(started.folder).length).toBeGreaterThanOrEqual(3);
  process.kill(-pid, "SIGINT");
  await ended;
  expect(processesOf(started.folder)).toEqual([]);
  expect(existsSync(started.folder)).toBe(false);
  expect(errors).not.toContain("ended with");
}, 60_000);

/** Command lines of all processes that name it. */
function processesOf(folder: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(folder));
}
