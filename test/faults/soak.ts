/**
 * A gateway that serves for a long time, with everything that goes wrong in between: what is held when nobody needs it any more must
 * not grow. Whole and broken streams, translation, clients that leave, refusals, kept answers, repeats, keys made and revoked, configs
 * reloaded; memory is looked at after a collection, so that the collector's mood is not taken for a leak.
 *
 * `--minutes N` (1), `--rate N` requests a second (100), `--seed N`; `--long` is an hour.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { clientKey, type GatewayProcess, makeFolder, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { conclude, isLong, numberOption, percentile, randomFrom, report, sleep, until } from "./promise.ts";
import { ask, bodyFor } from "./raw-client.ts";
import { type Case, crossCases, modelOf, nativeCases } from "./scenarios.ts";
import { crossPairs, dialects, providerFor, providersAt } from "./upstream-config.ts";

const minutes = numberOption("minutes", isLong() ? 60 : 1);
const rate = numberOption("rate", 100);
const seed = numberOption("seed", Date.now() % 1_000_000);
const ownerKey = "sk-sluice-admin-soak-0123456789abcdef0123456789abcdef";
/** Of the time, so much is a young process: caches fill, code is compiled. */
const youngShare = 0.4;
/** Requests before the first look, so many at once: a minute has too few for a process to grow up. */
const youth = 4_000;
const atOnce = 40;
const looks = Math.max(24, minutes * 2);
/** Promise 31 asks for it in a day's soak. */
const mostAnHour = 2 ** 20;
/** A shorter one only says that nothing grows much: code that is compiled for the first time is memory too. */
const isSteady = minutes >= 30;
const mostGrown = 10 * 2 ** 20;
/** Longer than this process is ever late on a busy machine. */
const timeouts = { connectMs: 5_000, firstEventMs: 6_000, idleMs: 6_000, totalMs: 30_000 };

interface Look {
  readonly atMs: number;
  /** Reachable, after a collection. */
  readonly heap: number;
  /** Anonymous memory of the process, swapped or not. */
  readonly anonymous: number;
  readonly descriptors: number;
  readonly objects: Readonly<Record<string, number>>;
}

interface Kind {
  /** Of all requests; together they are 1. */
  readonly share: number;
  readonly name: string;
  run(): Promise<void>;
}

/** Requests of every kind, one after another by chance. */
class Traffic {
  readonly counts: Record<string, number> = {};
  readonly wrong: string[] = [];
  readonly #port: number;
  readonly #random: () => number;
  readonly #faults: readonly Case[] = [...nativeCases(), ...crossCases(crossPairs)];
  readonly #kinds: readonly Kind[] = [
    { share: 0.5, name: "own dialect", run: () => this.#good(false) },
    { share: 0.12, name: "translated", run: () => this.#good(true) },
    { share: 0.08, name: "kept answers", run: () => this.#kept() },
    { share: 0.1, name: "faults", run: () => this.#fault() },
    { share: 0.07, name: "left in a stream", run: () => this.#leave() },
    { share: 0.06, name: "refused", run: () => this.#refused() },
    { share: 0.04, name: "repeats", run: () => this.#repeat() },
    { share: 0.03, name: "other pages", run: () => this.#pages() },
  ];

  constructor(port: number, random: () => number) {
    this.#port = port;
    this.#random = random;
  }

  async one(): Promise<void> {
    let left = this.#random();
    for (const { share, name, run } of this.#kinds) {
      left -= share;
      if (left >= 0) continue;
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      await run().catch((error: Error) => this.wrong.push(`${name}: ${error.message}`));
      return;
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  async #good(across: boolean): Promise<void> {
    const own = this.#pick(dialects);
    const [dialect, upstream] = across ? this.#pick(crossPairs) : [own, own];
    const stream = this.#random() < 0.5;
    const body = bodyFor(dialect, `${providerFor[upstream]}/${this.#pick(["ok", "tools"])}`, stream);
    const answer = await ask({ port: this.#port, dialect, body });
    const { kind } = readAnswer({ client: dialect, stream }, answer);
    if (kind !== "success")
      throw new Error(`${dialect} over ${upstream}: ${kind} ${answer.status} ${answer.body.toString().slice(0, 200)}`);
  }

  async #kept(): Promise<void> {
    const body = bodyFor("openai-chat", "kept", false, `question ${Math.floor(this.#random() * 400)}`);
    this.#expect(200, (await ask({ port: this.#port, dialect: "openai-chat", body })).status);
  }

  async #fault(): Promise<void> {
    const one = this.#pick(this.#faults);
    const answer = await ask({
      port: this.#port,
      dialect: one.client,
      body: bodyFor(one.client, modelOf(one), one.stream),
      withinMs: 60_000,
    });
    if (answer.ended === "never") throw new Error(`${modelOf(one)} was never answered`);
  }

  async #leave(): Promise<void> {
    const dialect = this.#pick(dialects);
    const body = bodyFor(dialect, `${providerFor[dialect]}/${this.#pick(["stall-4", "big-3000000", "slow-300"])}`, true);
    await ask({ port: this.#port, dialect, body, leavesAt: /data:/, withinMs: 150 });
  }

  async #refused(): Promise<void> {
    const [status, body, key]: [number, unknown, string] = this.#pick([
      [401, bodyFor("openai-chat", "chat/ok", false), `sk-sluice-nobody-${Math.floor(this.#random() * 1e9)}`],
      [404, bodyFor("openai-chat", `nowhere-${Math.floor(this.#random() * 1e9)}`, false), clientKey],
      [400, { model: "chat/ok", messages: "none" }, clientKey],
      [400, [], clientKey],
    ]);
    const headers = { authorization: `Bearer ${key}` };
    this.#expect(status, (await ask({ port: this.#port, dialect: "openai-chat", body: body as Record<string, unknown>, headers })).status);
  }

  async #repeat(): Promise<void> {
    const name = `once-${Math.floor(this.#random() * 1e6)}`;
    const one = () =>
      fetch(`http://127.0.0.1:${this.#port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json", "idempotency-key": name },
        body: JSON.stringify(bodyFor("openai-chat", "chat/ok", false, name)),
      });
    const [first, second] = [await one(), await one()];
    this.#expect(200, first.status);
    if ((await first.text()) !== (await second.text())) throw new Error("the second answer is another");
  }

  async #pages(): Promise<void> {
    const path = this.#pick(["/v1/models", "/readyz", "/healthz", "/nothing-here"]);
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, { headers: { authorization: `Bearer ${clientKey}` } });
    await answer.bytes();
    this.#expect(path === "/nothing-here" ? 404 : 200, answer.status);
  }

  #expect(wanted: number, status: number): void {
    if (status !== wanted) throw new Error(`${status} instead of ${wanted}`);
  }
}

/** Keys are made, used and revoked. */
async function turnKeys(port: number, count: number): Promise<void> {
  const tell = (method: string, path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${port}/admin/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${ownerKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const made = await tell("POST", "keys", { name: `soak ${count}`, limits: { requestsPerMinute: 100 } });
  const { id, key } = (await made.json()) as { id: string; key: string };
  if (made.status !== 201) throw new Error(`a key was not made: ${made.status}`);
  const body = bodyFor("openai-chat", "chat/ok", false);
  const used = await ask({ port, dialect: "openai-chat", body, headers: { authorization: `Bearer ${key}` } });
  if (used.status !== 200) throw new Error(`a new key: ${used.status} ${used.body}`);
  const revoked = await tell("DELETE", `keys/${id}`);
  await revoked.bytes();
  if (!revoked.ok) throw new Error(`a key was not revoked: ${revoked.status}`);
}

async function look(gateway: GatewayProcess, heapFile: string): Promise<Look> {
  rmSync(heapFile, { force: true });
  process.kill(gateway.pid, "SIGUSR2");
  if (!(await until(() => existsSync(heapFile), 10_000))) throw new Error("the process did not count its heap");
  const { bytes, objects } = JSON.parse(readFileSync(heapFile, "utf8"));
  const status = readFileSync(`/proc/${gateway.pid}/status`, "utf8");
  const held = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    atMs: performance.now(),
    heap: bytes,
    anonymous: held("RssAnon") + held("VmSwap"),
    descriptors: gateway.descriptors(),
    objects,
  };
}

/** Least squares, as bytes an hour, with what half of a 95 % interval is wide. */
function slope(looks: readonly Look[], value: (look: Look) => number): { anHour: number; give: number } {
  const count = looks.length;
  const hours = looks.map(({ atMs }) => atMs / 3_600_000);
  const values = looks.map(value);
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / count;
  const [middle, level] = [mean(hours), mean(values)];
  const spread = hours.reduce((sum, hour) => sum + (hour - middle) ** 2, 0);
  const anHour = hours.reduce((sum, hour, at) => sum + (hour - middle) * ((values[at] as number) - level), 0) / spread;
  const residue = hours.reduce((sum, hour, at) => sum + ((values[at] as number) - level - anHour * (hour - middle)) ** 2, 0);
  return { anHour, give: 2 * Math.sqrt(residue / (count - 2) / spread) };
}

const megabytes = (bytes: number) => Math.round((bytes / 2 ** 20) * 100) / 100;

async function main(): Promise<void> {
  process.stdout.write(`seed ${seed}: ${minutes} minutes, ${rate} requests a second\n`);
  const upstream = await startFaultUpstream();
  const folder = makeFolder();
  const heapFile = join(folder, "heap.json");
  const config = {
    providers: providersAt(upstream.url, { timeouts }),
    models: { kept: { targets: ["chat/ok"], cache: { ttlSeconds: 2 } } },
    prices: { "*/*": { input: 1, output: 2 } },
    // Each repeat brings a key, which stands for a day: an hour's are more than a caller has by default.
    idempotency: { maxKeysPerCaller: 100_000 },
    drainSeconds: 5,
  };
  const env = { SLUICE_ADMIN_KEY: ownerKey, SLUICE_HEAP_FILE: heapFile, SLUICE_LOG: "error" };
  const preload = join(import.meta.dir, "heap-on-signal.ts");
  const gateway = await startGateway({ config, folder, preload, env });
  const traffic = new Traffic(gateway.port, randomFrom(seed));
  const configPath = join(folder, "sluice.json");
  const configText = readFileSync(configPath, "utf8");
  // A process that is grown up is looked at: it has made what it makes once.
  const warming = new Traffic(gateway.port, randomFrom(seed + 1));
  const warm = async () => {
    for (let count = 0; count < youth / atOnce; count++) await warming.one();
  };
  await Promise.all(Array.from({ length: atOnce }, warm));
  let reloads = 0;
  let keys = 0;
  const underWay = new Set<Promise<void>>();
  const start = (work: Promise<void>) => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const timers = [
    setInterval(() => underWay.size < 500 && start(traffic.one()), 1_000 / rate),
    setInterval(() => start(turnKeys(gateway.port, keys++).catch((error: Error) => void traffic.wrong.push(error.message))), 10_000),
    setInterval(() => writeFileSync(configPath, configText.replace('"drainSeconds":5', `"drainSeconds":${5 + (reloads++ % 2)}`)), 7_000),
    // What was asked of the upstream is of no use here.
    setInterval(() => upstream.seen.splice(0), 1_000),
  ];
  const seenAt: Look[] = [];
  for (let count = 0; count < looks; count++) {
    await sleep((minutes * 60_000) / looks);
    seenAt.push(await look(gateway, heapFile));
    const { heap, anonymous, descriptors } = seenAt.at(-1) as Look;
    if (isLong() || minutes >= 10)
      process.stdout.write(
        `${new Date().toISOString()} heap ${megabytes(heap)} anonymous ${megabytes(anonymous)} descriptors ${descriptors}\n`,
      );
  }
  for (const timer of timers) clearInterval(timer);
  await Promise.all(underWay);
  // Upstreams' connections rest for some seconds; then all that is left is what was there at the beginning.
  await sleep(2_000);
  const last = await look(gateway, heapFile);
  judge(traffic, seenAt, last, { reloads, keys });
  await gateway.stop();
  await upstream.close();
  removeFolder(folder);
}

function judge(traffic: Traffic, all: readonly Look[], last: Look, acts: { reloads: number; keys: number }): void {
  const grown = all.slice(Math.floor(all.length * youngShare));
  const [first, end] = [grown[0] as Look, grown.at(-1) as Look];
  const promised = (["heap", "anonymous"] as const).map((name) => {
    const { anHour, give } = slope(grown, (look) => look[name]);
    const measured = { first: megabytes(first[name]), last: megabytes(end[name]), anHour: megabytes(anHour), give: megabytes(give) };
    // Chance gives some, and takes some.
    return isSteady
      ? report({ id: `soak-${name}`, pass: anHour - give <= mostAnHour, measured, limit: { anHour: megabytes(mostAnHour) } })
      : report({ id: `soak-${name}`, pass: end[name] - first[name] <= mostGrown, measured, limit: { grown: megabytes(mostGrown) } });
  });
  const more = Object.entries(end.objects)
    .map(([name, count]) => ({ name, before: first.objects[name] ?? 0, count }))
    .filter(({ before, count }) => count > before * 1.2 + 500)
    .map(({ name, before, count }) => `${name}: ${before} to ${count}`);
  promised.push(report({ id: "soak-objects", pass: more.length === 0, measured: more, limit: "no kind a fifth and 500 more" }));
  const gained = Object.entries(end.objects)
    .map(([name, count]) => ({ name, more: count - (first.objects[name] ?? 0) }))
    .sort((one, other) => other.more - one.more);
  process.stdout.write(
    `most of what came to stay: ${gained
      .slice(0, 8)
      .map(({ name, more: grown }) => `${grown} ${name}`)
      .join(", ")}\n`,
  );
  const descriptors = {
    young: percentile(
      grown.slice(0, 5).map((look) => look.descriptors),
      0.5,
    ),
    last: last.descriptors,
  };
  promised.push(
    report({ id: "soak-descriptors", pass: last.descriptors <= descriptors.young + 5, measured: descriptors, limit: "young + 5" }),
  );
  const asked = Object.values(traffic.counts).reduce((sum, count) => sum + count, 0);
  promised.push(
    report({
      id: "soak-answers",
      pass: traffic.wrong.length === 0 && asked > minutes * 60 * rate * 0.5,
      measured: { asked, ...traffic.counts, ...acts, wrong: traffic.wrong.length, as: traffic.wrong.slice(0, 5) },
      limit: { wrong: 0 },
    }),
  );
  conclude(promised);
}

await main();
