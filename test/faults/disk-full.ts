/**
 * Fills the disk that the data folder is on, under load, and makes room again: a file system of a few megabytes in memory, which only
 * root may make.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { makeFolder, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
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
const gateway = await startGateway({ config: { providers: providersAt(upstream.url), prices, drainSeconds: 5 }, folder });
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

const before = await load(200);
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
rmSync(ballast);
// Nobody sends requests to a node that is not ready: it has to find by itself that there is room again.
await sleep(1_500);
const readyAgain = await readiness();
const after = await load(200);
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
]);
process.exit();
