// Two nodes, each with a data folder of its own, on one real PostgreSQL: `bun test ./test/stores/nodes.ts`.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { freshGateway, type GatewayProcess, stopAll } from "../gitops/gateway-process.ts";
import { databasesOf } from "./postgres-databases.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

setDefaultTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "sluice-nodes-"));
const masterKey = randomBytes(32).toString("base64");
let server: StoreServer;
let databases: ReturnType<typeof databasesOf>;
let controlUrl: string;
let nodes: [GatewayProcess, GatewayProcess];

const configOf = (name: string) => join(folder, name, "sluice.yaml");

function prepare(name: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  writeFileSync(configOf(name), "stores: { control: '${CONTROL_URL}' }\nproviders: { demo: {} }\n");
}

function start(name: string, environment: Record<string, string> = {}): Promise<GatewayProcess> {
  prepare(name);
  return freshGateway(join(folder, name), configOf(name), "", { CONTROL_URL: controlUrl, SLUICE_MASTER_KEY: masterKey, ...environment });
}

/** Runs the command line as a process of its own, beside the gateway of this name. */
async function sluice(name: string, words: readonly string[], environment: Record<string, string> = {}) {
  prepare(name);
  const main = join(import.meta.dirname, "../../src/server/main.ts");
  const data = ["--data", join(folder, name, "data"), "--config", configOf(name)];
  const child = Bun.spawn([process.execPath, main, ...words, ...data], {
    cwd: join(folder, name),
    env: { PATH: process.env.PATH ?? "", CONTROL_URL: controlUrl, SLUICE_MASTER_KEY: masterKey, ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { code, out, errors };
}

beforeAll(async () => {
  server = await startPostgres();
  databases = databasesOf(server);
  controlUrl = await databases.make();
  const sql = new SQL(controlUrl, { max: 1 });
  await sql.unsafe("CREATE USER guest");
  await sql.close();
  nodes = [await start("one"), await start("other")];
}, 300_000);
afterAll(async () => {
  await stopAll();
  await databases.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

async function status({ url }: GatewayProcess, key: string, model = "demo/echo"): Promise<number> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "x" }] }),
  });
  await answer.text();
  return answer.status;
}

/** @returns after how many milliseconds it is so */
async function until(isSo: () => Promise<boolean>, mostMs = 20_000): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > mostMs) throw new Error(`Not so within ${mostMs} ms.`);
    await Bun.sleep(20);
  }
  return Math.round(performance.now() - began);
}

const ready = async ({ url }: GatewayProcess) => (await (await fetch(`${url}/readyz`)).json()) as { status: string; degraded?: string[] };

test("a key that is made at one node works at the other within a second, and is out within a second", async () => {
  const [one, other] = nodes;
  const [made, out]: number[][] = [[], []];
  for (let turn = 0; turn < 10; turn++) {
    const { body } = await one.ask("POST", "/keys", { name: `turn-${turn}` });
    made?.push(await until(async () => (await status(other, body.key)) === 200));
    expect((await other.ask("DELETE", `/keys/${body.id}`)).status).toBe(204);
    expect(await status(other, body.key)).toBe(401);
    out?.push(await until(async () => (await status(one, body.key)) === 401));
  }
  console.log(`10 keys: known at the other node after at most ${Math.max(...made!)} ms, out after at most ${Math.max(...out!)} ms`);
  expect(Math.max(...made!, ...out!)).toBeLessThan(1_000);
});

test("a config that is applied at one node is served by both, and of two who apply at once one wins", async () => {
  const [one, other] = nodes;
  const { body } = await one.ask("POST", "/keys", { name: "config" });
  for (let turn = 1; turn <= 8; turn++) {
    const seen = (await one.ask("GET", "/config")).etag as string;
    const [left, right] = await Promise.all(
      nodes.map((node, at) =>
        node.ask(
          "POST",
          "/config/apply",
          { owner: `o${at}`, objects: { models: { [`m${turn}-${at}`]: "demo/echo" } } },
          { "if-match": seen },
        ),
      ),
    );
    expect([turn, [left?.status, right?.status].toSorted()]).toEqual([turn, [200, 412]]);
    const winner = `m${turn}-${left?.status === 200 ? 0 : 1}`;
    for (const node of nodes) await until(async () => (await status(node, body.key, winner)) === 200, 1_000);
    await until(async () => (await other.ask("GET", "/config")).etag === (await one.ask("GET", "/config")).etag);
  }
});

test("the command line acts on the shared store from any folder, and the audit log of all of them is one whole chain", async () => {
  const made = await sluice("third", ["keys", "create", "by-hand", "--json"]);
  expect([made.code, made.errors]).toEqual([0, ""]);
  const { key } = JSON.parse(made.out) as { key: string };
  for (const node of nodes) await until(async () => (await status(node, key)) === 200);
  for (const name of ["one", "other", "third"]) {
    const verified = await sluice(name, ["audit", "verify"]);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("The audit log is whole")]);
  }
});

test("credentials that one node seals are opened by the other", async () => {
  expect((await nodes[0].ask("POST", "/credentials", { name: "shared", value: "a-value-that-is-long-enough" })).status).toBe(201);
  const listed = await nodes[1].ask("GET", "/credentials");
  expect(listed.body.data.map(({ name }: { name: string }) => name)).toEqual(["shared"]);
  const next = randomBytes(32).toString("base64");
  // The three that nodes hash and sign with are among them.
  for (const keys of [`${next},${masterKey}`, `${masterKey},${next}`]) {
    const rekeyed = await sluice("third", ["vault", "rekey", "--json"], { SLUICE_MASTER_KEY: keys });
    expect([rekeyed.code, rekeyed.code === 0 || rekeyed.out]).toEqual([0, true]);
    expect(JSON.parse(rekeyed.out).rewrapped).toBe(4);
  }
});

test("a node with another master key does not start, and says what it needs", async () => {
  const refused = await sluice("stranger", ["serve", "--port", "0", "--json"], { SLUICE_MASTER_KEY: randomBytes(32).toString("base64") });
  expect(refused.code).not.toBe(0);
  expect(refused.out).toContain("set the same SLUICE_MASTER_KEY for each");
});

test("a node that began with a master key of its own is warned, and hands over", async () => {
  const CONTROL_URL = await databases.make();
  // As if nothing had been set.
  const own = { CONTROL_URL, SLUICE_MASTER_KEY: "" };
  // It ends where it would listen: behind all that it makes.
  const began = await sluice("began", ["serve", "--port", new URL(nodes[0].url).port, "--json"], own);
  expect([began.out.includes("is taken"), began.errors]).toEqual([true, expect.stringContaining("SLUICE_MASTER_KEY is not set")]);
  const refused = await sluice("joins", ["serve", "--port", "0", "--json"], { CONTROL_URL });
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("run `sluice vault rekey`")]);
  expect(refused.out).not.toContain("vault rm");
  expect((await sluice("began", ["vault", "rekey"], { CONTROL_URL })).code).toBe(0);
  const joined = await start("joins", { CONTROL_URL });
  expect((await ready(joined)).status).toBe("ready");
  await joined.end("SIGTERM");
});

test.each([
  ["a database that is not there", (url: string) => url.replace(/[^/]+$/, "nowhere"), "no database of the name in the URL"],
  ["a user who may make nothing", (url: string) => url.replace("sluice@", "guest@"), "GRANT CREATE ON DATABASE"],
] as const)("a start with %s says what to do, and shows no URL", async (_what, wrong, said) => {
  const CONTROL_URL = wrong(await databases.make());
  const refused = await sluice("wrong", ["serve", "--port", "0", "--json"], { CONTROL_URL });
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining(said)]);
  expect(`${refused.out}${refused.errors}`).not.toContain(CONTROL_URL);
});

const known = async () => (await nodes[0].ask("POST", "/keys", { name: `known-${randomBytes(4).toString("hex")}` })).body;
const timed = async <Result>(work: Promise<Result>): Promise<readonly [Result, number]> => {
  const began = performance.now();
  return [await work, performance.now() - began];
};

test.each(["stopped", "hung"] as const)(
  "while PostgreSQL is %s, what is known goes on, acts are refused in time, and all is caught up afterwards",
  async (how) => {
    const [one, other] = nodes;
    const { key, id } = await known();
    const soon = await known();
    for (const node of nodes) for (const each of [key, soon.key]) await until(async () => (await status(node, each)) === 200);
    if (how === "stopped") await server.stop();
    else server.hang();
    try {
      const acts: number[] = [];
      let calls = 0;
      for (const until = performance.now() + 8_000; performance.now() < until; ) {
        for (const node of nodes) {
          const [answer, ms] = await timed(status(node, key));
          expect([answer, ms < 1_000 || ms]).toEqual([200, true]);
          calls++;
        }
        const [act, ms] = await timed(one.ask("POST", "/keys", { name: "not-now" }));
        expect([act.status, act.body.code]).toEqual([503, "store_unavailable"]);
        acts.push(ms);
        await Bun.sleep(100);
      }
      for (const node of nodes) expect(await ready(node)).toEqual({ status: "ready", degraded: ["control"] });
      // Once it is known to be away, nobody waits.
      expect(Math.max(...acts)).toBeLessThan(6_000);
      expect(acts.at(-1)).toBeLessThan(500);
      if (how === "stopped") {
        const began = performance.now();
        const refused = await sluice("late", ["serve", "--port", "0", "--json"]);
        expect([refused.code !== 0, performance.now() - began < 15_000]).toEqual([true, true]);
        expect(refused.out).toContain("The PostgreSQL of `stores.control` does not answer");
        expect(`${refused.out}${refused.errors}`).not.toContain(controlUrl);
      }
      console.log(
        `${how}: ${calls} calls with a known key answered, ${acts.length} acts refused, the slowest after ${Math.round(Math.max(...acts))} ms, the last after ${Math.round(acts.at(-1) ?? 0)} ms`,
      );
    } finally {
      if (how === "stopped") await server.start();
      else server.resume();
    }
    const backMs = await until(async () => (await one.ask("DELETE", `/keys/${soon.id}`)).status === 204);
    const outMs = await until(async () => (await status(other, soon.key)) === 401);
    await until(async () => (await ready(other)).degraded === undefined);
    expect([await status(other, key), (await other.ask("DELETE", `/keys/${id}`)).status]).toEqual([200, 204]);
    console.log(`${how}: acts were taken ${backMs} ms after it was back; a revocation held at the other node ${outMs} ms later`);
    expect(outMs).toBeLessThan(1_000);
    expect((await sluice("one", ["audit", "verify"])).code).toBe(0);
  },
);
