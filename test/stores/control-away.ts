// What leads from one of two nodes to the PostgreSQL with control is spoilt in every way: `bun test ./test/stores/control-away.ts`.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { freshGateway, type GatewayProcess, stopAll, type Told } from "../gitops/gateway-process.ts";
import { type StoreServer, startPostgres } from "./servers.ts";
import { type SpoiltWay, startToxiproxy, type Toxiproxy } from "./toxiproxy.ts";

setDefaultTimeout(120_000);

const spoiltMs = 6_000;
/**
 * A known key waits for no store; an act is refused in so long where the way is dead; where it is only slow, each of the four steps of an
 * act has five seconds. So soon after the return a revocation of meanwhile holds.
 */
const mostMs = { call: 1_000, act: 6_000, slowAct: 25_000, caughtUp: 5_000 };

const folder = mkdtempSync(join(tmpdir(), "sluice-control-away-"));
const environment = { SLUICE_MASTER_KEY: randomBytes(32).toString("base64") };
let server: StoreServer;
let proxies: Toxiproxy;
let way: SpoiltWay;
let sql: SQL;
let spoilt: GatewayProcess;
let other: GatewayProcess;

const configOf = (name: string) => join(folder, name, "sluice.yaml");

function start(name: string, control: string): Promise<GatewayProcess> {
  mkdirSync(join(folder, name));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  writeFileSync(configOf(name), "stores: { control: '${CONTROL_URL}' }\nproviders: { demo: {} }\n");
  return freshGateway(join(folder, name), configOf(name), "", { CONTROL_URL: control, ...environment });
}

beforeAll(async () => {
  [server, proxies] = await Promise.all([startPostgres(), startToxiproxy()]);
  way = await proxies.to(server.port);
  sql = new SQL(server.url, { max: 1 });
  other = await start("other", server.url);
  spoilt = await start("spoilt", server.url.replace(`:${server.port}`, `:${way.port}`));
}, 300_000);
afterAll(async () => {
  await stopAll();
  await sql.close();
  await proxies.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

async function status({ url }: GatewayProcess, key: string): Promise<number> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "demo/echo", messages: [{ role: "user", content: "x" }] }),
  });
  await answer.text();
  return answer.status;
}

/** @returns after how many milliseconds it is so */
async function until(isSo: () => Promise<boolean>, mostMs: number): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > mostMs) throw new Error(`Not so within ${mostMs} ms.`);
    await Bun.sleep(20);
  }
  return Math.round(performance.now() - began);
}

interface Act {
  readonly kind: "make" | "rotate" | "revoke";
  readonly name: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly ms: number;
}

/** Makes a key, puts another in the place of one, and revokes one, in turn. */
async function acting(name: string, turn: number, revoked: readonly Told[]): Promise<Act> {
  const kind = (["make", "rotate", "revoke"] as const)[turn % 3] as Act["kind"];
  const began = performance.now();
  const acted = async (of: string, asked: Promise<Told>): Promise<Act> => {
    const { status, body } = await asked;
    return { kind, name: of, status, code: body?.code, ms: performance.now() - began };
  };
  if (kind === "make") return acted(`${name} ${turn}`, spoilt.ask("POST", "/keys", { name: `${name} ${turn}` }));
  const going = revoked[turn]?.body;
  if (kind === "revoke") return acted(going.name, spoilt.ask("DELETE", `/keys/${going.id}`));
  const [turning] = await sql`SELECT id FROM sluice.keys WHERE name = ${`${name} turns`} AND revoked_at IS NULL`;
  return acted(`${name} turns`, spoilt.ask("POST", `/keys/${turning.id}/rotate`, {}));
}

const done = { make: 201, rotate: 201, revoke: 204 };

/**
 * Nothing is half done: what was answered is there, and all that is there was asked for in the log.
 * @returns how many keys were made although nobody heard of it
 */
async function expectWhole(acts: readonly Act[]): Promise<number> {
  const kept = new Map<string, { working: number; all: number }>();
  for (const { name, working, all } of await sql.unsafe(
    "SELECT name, count(*)::int AS all, count(*) FILTER (WHERE revoked_at IS NULL OR revoked_at > extract(epoch FROM now()) * 1000)::int AS working FROM sluice.keys GROUP BY name",
  ))
    kept.set(name, { working, all });
  const lines = (await sql.unsafe("SELECT line FROM sluice.audit")).map(({ line }: { line: string }) => JSON.parse(line));
  const asked = new Set(
    lines
      .filter(({ operation, outcome }: Record<string, string>) => operation === "keys.create" && outcome === "asked")
      .map((line: { body: { name: string } }) => line.body.name),
  );
  for (const { kind, name, status } of acts) {
    const { working, all } = kept.get(name) ?? { working: 0, all: 0 };
    const isDone = status === done[kind];
    if (kind === "make") expect([name, working, all]).toEqual([name, isDone ? 1 : working, Math.min(all, 1)]);
    if (kind === "make" && all > 0) expect([name, asked.has(name)]).toEqual([name, true]);
    // Never none, and never the old one beside the new one.
    if (kind === "rotate") expect([name, working]).toEqual([name, 1]);
    if (kind === "revoke") expect([name, all, isDone ? working : 0]).toEqual([name, 1, 0]);
  }
  const rotated = acts.filter(({ kind, status }) => kind === "rotate" && status === done.rotate);
  if (rotated[0] !== undefined) expect(kept.get(rotated[0].name)?.all).toBeGreaterThan(rotated.length);
  return acts.filter(({ kind, name, status }) => kind === "make" && status !== done.make && kept.has(name)).length;
}

async function auditIsWhole(): Promise<boolean> {
  const main = join(import.meta.dirname, "../../src/server/main.ts");
  const words = ["audit", "verify", "--data", join(folder, "other", "data"), "--config", configOf("other")];
  const env = { PATH: process.env.PATH ?? "", CONTROL_URL: server.url, ...environment };
  return (await Bun.spawn([process.execPath, main, ...words], { env, stdout: "ignore", stderr: "ignore" }).exited) === 0;
}

const isReady = async () => ((await (await fetch(`${spoilt.url}/readyz`)).json()) as { degraded?: string[] }).degraded === undefined;

type Toxic = Parameters<SpoiltWay["spoil"]>;

interface Spoilt {
  /** The same all the time, or another place every so often. */
  readonly toxic: (round: number) => Toxic;
  readonly everyMs?: number;
  /** How many acts are done meanwhile. */
  readonly acts: "none" | "some" | "many" | "all";
  /** The node has still to read what the other has written. */
  readonly behind?: true;
}

const ways: Readonly<Record<string, Spoilt>> = {
  "two seconds late": { toxic: () => ["latency", { latency: 2_000 }], acts: "none" },
  "in a black hole": { toxic: () => ["timeout", { timeout: 0 }], acts: "none" },
  resetting: { toxic: () => ["reset_peer", { timeout: 0 }], acts: "none" },
  "resetting after a while": { toxic: (round) => ["reset_peer", { timeout: 50 + 29 * (round % 10) }], everyMs: 500, acts: "some" },
  "cut off somewhere": { toxic: (round) => ["limit_data", { bytes: 1_200 + ((round * 2_377) % 5_000) }], everyMs: 200, acts: "many" },
  // Sixty keys that it has not read yet are more than comes through.
  "cut off before it has caught up": { toxic: () => ["limit_data", { bytes: 6_000 }], acts: "many", behind: true },
  "a third of a second late": { toxic: () => ["latency", { latency: 333 }], acts: "some" },
  "a kilobyte a second": { toxic: () => ["bandwidth", { rate: 1 }], acts: "some" },
  "in slices of some bytes": { toxic: () => ["slicer", { average_size: 16, size_variation: 8, delay: 200 }], acts: "all" },
};

describe("the way to control is", () => {
  test.each(Object.entries(ways))(
    "%s: known keys go on, acts come to an end in time and are never half done",
    async (name, { toxic, everyMs, acts, behind }) => {
      const make = (of: string) => other.ask("POST", "/keys", { name: `${name} ${of}` });
      const [stays, soon] = [await make("stays"), await make("soon")];
      await make("turns");
      const known = async ({ body }: Told) => void (await until(async () => (await status(spoilt, body.key)) === 200, 5_000));
      for (const each of [stays, soon]) await known(each);
      // Where it is to be behind nothing comes through from here on.
      if (behind) await way.spoil("timeout", { timeout: 0 });
      const revoked = await Promise.all(Array.from({ length: 60 }, (_, at) => make(`goes ${at}`)));
      if (behind) await way.heal();
      else for (const each of revoked) await known(each);

      await way.spoil(...toxic(0));
      let isSpoilt = true;
      const respoilt = (async () => {
        for (let round = 1; everyMs !== undefined && isSpoilt; round++) {
          await Bun.sleep(everyMs);
          await way.heal();
          await way.spoil(...toxic(round));
        }
      })();
      const asked: Act[] = [];
      const calls: number[] = [];
      expect((await other.ask("DELETE", `/keys/${soon.body.id}`)).status).toBe(204);
      for (const end = performance.now() + spoiltMs; performance.now() < end && asked.length < revoked.length; ) {
        const calling = performance.now();
        expect(await status(spoilt, stays.body.key)).toBe(200);
        calls.push(performance.now() - calling);
        asked.push(await acting(name, asked.length, revoked));
        await Bun.sleep(50);
      }
      isSpoilt = false;
      await respoilt;
      await way.heal();

      const caughtUpMs = await until(async () => (await status(spoilt, soon.body.key)) === 401, mostMs.caughtUp);
      await until(isReady, mostMs.caughtUp);
      const unheard = await expectWhole(asked);
      const worked = asked.filter(({ kind, status }) => status === done[kind]);
      const slowest = Math.round(Math.max(...asked.map(({ ms }) => ms)));
      console.log(
        `${name}: ${calls.length} calls, the slowest ${Math.round(Math.max(...calls))} ms; of ${asked.length} acts ${worked.length} done, ${unheard} more keys made unheard, the slowest ${slowest} ms, the last ${Math.round(asked.at(-1)?.ms ?? 0)} ms; a revocation held ${caughtUpMs} ms after`,
      );
      expect(asked.filter(({ kind, status, code }) => status !== done[kind] && code !== "store_unavailable")).toEqual([]);
      if (acts === "none") expect([worked.length, unheard]).toEqual([0, 0]);
      if (acts === "all") expect([worked.length, unheard]).toEqual([asked.length, 0]);
      // Unheard only where the answer to the act itself was lost: the rest is told on another connection.
      if (acts === "many") expect([worked.length >= asked.length / 3, unheard <= worked.length / 4]).toEqual([true, true]);
      expect(Math.max(...calls)).toBeLessThan(mostMs.call);
      expect(slowest).toBeLessThan(acts === "none" ? mostMs.act : mostMs.slowAct);
      // Once it is known to be away, nobody waits.
      if (acts === "none") expect(asked.at(-1)?.ms).toBeLessThan(500);
      await expectWhole(asked);
      const again = await spoilt.ask("POST", "/keys", { name: `${name} afterwards` });
      expect([again.status, await auditIsWhole()]).toEqual([201, true]);
      await until(async () => (await status(other, again.body.key)) === 200, mostMs.caughtUp);
    },
  );
});
