/**
 * Fills the disk that the data folder is on, under load, and makes room again: a file system of a few megabytes in memory, which only
 * root may make.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { clientKey, makeFolder, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { conclude, report, sleep } from "./promise.ts";
import { ask, bodyFor } from "./raw-client.ts";
import { providersAt } from "./upstream-config.ts";

const folder = makeFolder();
const data = join(folder, "data");
mkdirSync(data);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", data]).status === 0;
if (!mounted) {
  removeFolder(folder);
  process.stdout.write("skipped: a full disk: making a small file system needs root\n0 passed, 0 failed, 1 skipped\n");
  process.exit();
}

const upstream = await startFaultUpstream();
const prices = { "*/*": { input: 1, output: 2 } };
const limitedKey = "sk-sluice-fault-limited-4b8e1d7c";
const adminKey = "sk-sluice-admin-fault-suites-6d2f9a1c";
const gateway = await startGateway({
  config: {
    providers: providersAt(upstream.url),
    prices,
    drainSeconds: 5,
    sessions: { limits: { requestsPerDay: 100 } },
    keys: [{ name: "limited", value: limitedKey, limits: { concurrency: 1 } }],
  },
  folder,
  env: { SLUICE_ADMIN_KEY: adminKey },
});
const whole: string[] = [];

/** So many requests, eight at a time. @returns how many answers had which status */
async function load(count: number): Promise<Readonly<Record<number, number>>> {
  const statuses: Record<number, number> = {};
  let left = count;
  const client = async () => {
    while (left-- > 0) {
      const answer = await ask({
        port: gateway.port,
        dialect: "openai-chat",
        body: bodyFor("openai-chat", "chat/ok", false),
        withinMs: 10_000,
      });
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status === 200) whole.push(answer.headers["x-sluice-request-id"] ?? "none");
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return statuses;
}

async function readiness(): Promise<readonly [number, unknown]> {
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/readyz`);
  return [answer.status, await answer.json()];
}

/** What needs more than the journal: a key that stands for a request, a session that was not counted before, an act of an operator. */
async function needing(round: string): Promise<readonly (readonly [string, number, string])[]> {
  const post = async (what: string, path: string, key: string, headers: Record<string, string>, body: string) => {
    const sent = { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers };
    const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method: "POST", headers: sent, body });
    const { code = "", error } = (await answer.json()) as { code?: string; error?: { code: string } };
    return [what, answer.status, answer.ok ? "" : (error?.code ?? code)] as const;
  };
  const said = JSON.stringify({ model: "chat/ok", messages: [{ role: "user", content: "hi" }] });
  const chat = (what: string, key: string, headers: Record<string, string>) => post(what, "/v1/chat/completions", key, headers, said);
  const outcomes = [];
  for (let at = 0; at < 5; at++) outcomes.push(await chat("session", limitedKey, { "x-sluice-session": `${round}-${at}` }));
  outcomes.push(await chat("key", clientKey, { "idempotency-key": round }));
  outcomes.push(await post("act", "/admin/v1/keys", adminKey, {}, JSON.stringify({ name: round })));
  return outcomes;
}

const before = await load(200);
const neededBefore = await needing("before");
await sleep(500);
// All that is left, to the last byte.
const ballast = join(data, "ballast");
for (const size of [1 << 20, 4096, 64]) {
  for (let filled = true; filled; ) {
    try {
      writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
    } catch {
      filled = false;
    }
  }
}
await load(200);
const askedWhileFull = upstream.seen.length;
const full = await load(200);
const readyWhileFull = await readiness();
const askedInVain = upstream.seen.length - askedWhileFull;
const neededWhileFull = await needing("full");
rmSync(ballast);
// Nobody sends requests to a node that is not ready: it has to find by itself that there is room again.
await sleep(1_500);
const readyAgain = await readiness();
const after = await load(200);
const neededAfter = await needing("after");
await gateway.stop();
const { records, requests } = await readLedger(folder);
const missing = whole.filter((id) => !records.has(id));
await upstream.close();
spawnSync("umount", ["-l", data]);
removeFolder(folder);
conclude([
  report({
    id: "disk-full-nothing-lost",
    pass: missing.length === 0 && before[200] === 200 && after[200] === 200 && records.size === requests,
    measured: { before, full, after, whole: whole.length, missing: missing.slice(0, 5), records: records.size },
    limit: { missing: 0 },
  }),
  report({
    id: "disk-full-is-not-ready",
    pass:
      isDeepStrictEqual(readyWhileFull, [503, { status: "failing", degraded: ["journal"] }]) &&
      isDeepStrictEqual(readyAgain, [200, { status: "ready" }]),
    measured: { readyWhileFull, readyAgain },
    limit: "503 while nothing can be recorded, and no longer",
  }),
  report({
    id: "disk-full-nobody-is-asked-in-vain",
    pass: askedInVain === (full[200] ?? 0) && full[503] !== undefined,
    measured: { askedInVain, full },
    limit: "only what is answered is asked",
  }),
  report({
    id: "disk-full-is-no-defect",
    pass:
      neededWhileFull.every(([, status]) => status === 503) &&
      !gateway.log().includes("gateway_failed") &&
      [...neededBefore, ...neededAfter].every(([, status]) => status === 200 || status === 201),
    measured: { neededBefore, neededWhileFull, neededAfter, log: gateway.log().slice(-500) },
    limit: "503 while it is full, and nothing of it afterwards: no place of `concurrency` is lost",
  }),
]);
process.exit();
