/**
 * Bodies under pressure: a process that is killed while it writes them, a full disk, and more slow streams than there is memory for.
 *
 * `--kills N` (8), `--streams N` (1,000).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { conclude, numberOption, type Promised, randomFrom, report, sleep, until } from "../faults/promise.ts";
import { ask, bodyFor } from "../faults/raw-client.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { begunIn, readBodies } from "./kept-bodies.ts";
import { startPacedUpstream } from "./paced-upstream.ts";

const kills = numberOption("kills", 8);
const streams = numberOption("streams", 1_000);
const chat = (model: string, stream: boolean, text?: string) =>
  ({ dialect: "openai-chat", body: bodyFor("openai-chat", model, stream, text) }) as const;

/** Whatever was kept is what was asked and answered; whatever was not is not there at all. */
async function killed(): Promise<readonly Promised[]> {
  const upstream = await startFaultUpstream();
  const folder = makeFolder();
  const config = { providers: providersAt(upstream.url), records: { bodies: {} } };
  const random = randomFrom(kills);
  const answers = new Map<string, { readonly asked: string; readonly answered: Buffer }>();
  for (let round = 0; round < kills; round++) {
    const gateway = await startGateway({ config, folder });
    let killed = false;
    const clients = Array.from({ length: 16 }, async (_, client) => {
      for (let count = 0; !killed; count++) {
        const request = chat(
          "chat/big-200000",
          count % 2 === 0,
          `round ${round}, client ${client}, request ${count}, ${"y".repeat(50_000)}`,
        );
        const { status, headers, body, whole } = await ask({ port: gateway.port, ...request, withinMs: 10_000 });
        const id = headers["x-sluice-request-id"];
        if (status === 200 && whole && id !== undefined) answers.set(id, { asked: JSON.stringify(request.body), answered: body });
      }
    });
    await sleep(300 + random() * 700);
    await gateway.kill();
    killed = true;
    await Promise.all(clients);
  }
  await upstream.close();
  const { records } = await readLedger(folder);
  const data = join(folder, "data");
  const { whole, unopened } = await readBodies(data);
  const wrong = [...answers].filter(([id, { asked, answered }]) => {
    const body = whole.get(id);
    return body && !(Buffer.from(body.request.bytes).toString() === asked && Buffer.from(body.answer.bytes).equals(answered));
  });
  const [answered, kept] = [answers.size, [...answers.keys()].filter((id) => whole.has(id)).length];
  const begun = begunIn(data).length;
  removeFolder(folder);
  return [
    report({
      id: "bodies-killed-none-half",
      pass: unopened.length === 0 && wrong.length === 0,
      measured: { unopened, wrong: wrong.length, begun },
      limit: 0,
    }),
    // Of those whose answers were there some milliseconds before the end nothing is lost: sixteen at a time are on their way.
    report({
      id: "bodies-killed-few-lost",
      pass: answered > 0 && answered - kept <= kills * 64,
      measured: { kills, records: records.size, answered, kept },
      limit: { lost: kills * 64 },
    }),
  ];
}

/** The disk of the bodies is full, that of the journal is not. */
async function full(): Promise<readonly Promised[]> {
  const folder = makeFolder();
  const bodies = join(folder, "data", "bodies");
  mkdirSync(bodies, { recursive: true });
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", bodies]).status !== 0) {
    removeFolder(folder);
    process.stdout.write("skipped: bodies on a full disk: making a small file system needs root\n");
    return [];
  }
  const upstream = await startFaultUpstream();
  const gateway = await startGateway({ config: { providers: providersAt(upstream.url), records: { bodies: {} } }, folder });
  const load = async (count: number) => {
    const ids: string[] = [];
    for (let sent = 0; sent < count; sent++) {
      const { status, headers } = await ask({ port: gateway.port, ...chat("chat/ok", false) });
      if (status === 200) ids.push(headers["x-sluice-request-id"] ?? "");
    }
    return ids;
  };
  const before = await load(20);
  await sleep(200);
  const ballast = join(bodies, "ballast");
  for (const size of [1 << 16, 64])
    for (let filled = true; filled; )
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
      } catch {
        filled = false;
      }
  await load(20);
  await until(() => gateway.log().includes("Bodies cannot be kept"), 5_000);
  const during = await load(50);
  rmSync(ballast);
  await until(() => gateway.log().includes("Bodies can be kept again"), 30_000);
  const after = await load(20);
  await gateway.stop();
  const { records } = await readLedger(folder);
  const { whole, unopened } = await readBodies(join(folder, "data"));
  await upstream.close();
  const told = (ids: readonly string[]) => new Set(ids.map((id) => JSON.stringify(records.get(id)?.detail.body)));
  const [beforeTold, duringTold, afterTold] = [told(before), told(during), told(after)];
  spawnSync("umount", ["-l", bodies]);
  removeFolder(folder);
  const yes = '{"kept":true}';
  const no = '{"kept":false,"why":"the disk is full"}';
  return [
    report({
      id: "bodies-full-disk",
      pass:
        [before, during, after].map(({ length }) => length).join() === "20,50,20" &&
        [beforeTold, duringTold, afterTold].map((each) => [...each].join()).join(" ") === [yes, no, yes].join(" ") &&
        [...before, ...after].every((id) => whole.has(id)) &&
        unopened.length === 0,
      measured: { before: [...beforeTold], during: [...duringTold], after: [...afterTold], whole: whole.size, unopened: unopened.length },
      limit: { answered: [20, 50, 20], lost: 0 },
    }),
  ];
}

/** More is streamed at a time than may be in memory. */
async function slow(): Promise<readonly Promised[]> {
  const megabyte = 1024 * 1024;
  const memoryBytes = 16 * megabyte;
  const [pieces, pieceBytes] = [12, 16_384];
  const upstream = await startPacedUpstream(pieces, pieceBytes, 400);
  const providers = { slow: { type: "openai-compatible", baseUrl: upstream.url, apiKey: "k", allowPrivateNetwork: true } };
  const grown: number[] = [];
  const measured: Record<string, unknown> = {};
  let pass = true;
  for (const records of [{}, { bodies: { memoryBytes } }]) {
    const gateway = await startGateway({ config: { providers, records, drainSeconds: 2 } });
    await Promise.all(Array.from({ length: 50 }, () => ask({ port: gateway.port, ...chat("slow/m", true), withinMs: 30_000 })));
    const before = gateway.residentBytes();
    const answers = await Promise.all(
      Array.from({ length: streams }, async (_, at) => {
        await sleep(at);
        return ask({ port: gateway.port, ...chat("slow/m", true), withinMs: 60_000 });
      }),
    );
    grown.push(gateway.peakBytes() - before);
    await gateway.stop();
    const { records: settled } = await readLedger(gateway.folder);
    pass &&= answers.every(({ whole, body, status }) => status === 200 && whole && body.length > pieces * pieceBytes);
    if ("bodies" in records) {
      const { whole, unopened } = await readBodies(join(gateway.folder, "data"));
      const sides = answers.map(({ headers, body }) => ({ answer: whole.get(headers["x-sluice-request-id"] ?? "")?.answer, body }));
      const kept = sides.filter(({ answer }) => answer !== undefined);
      const honest = kept.every(({ answer, body }) => {
        const bytes = Buffer.from(answer?.bytes ?? []);
        return (
          bytes.equals(body.subarray(0, bytes.length)) && answer?.length === body.length && answer.truncated === bytes.length < body.length
        );
      });
      const refused = answers.filter(
        ({ headers }) => settled.get(headers["x-sluice-request-id"] ?? "")?.detail.body?.kept === false,
      ).length;
      Object.assign(measured, { kept: kept.length, truncated: kept.filter(({ answer }) => answer?.truncated).length, refused });
      pass &&= honest && unopened.length === 0 && kept.length + refused === streams;
    }
    removeFolder(gateway.folder);
  }
  upstream.close();
  const [off = 0, on = 0] = grown;
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  return [
    report({
      id: "bodies-slow-streams-memory",
      pass: pass && on - off < memoryBytes + 64 * megabyte,
      measured: { streams, offMB: mb(off), onMB: mb(on), streamedMB: mb(streams * pieces * pieceBytes), ...measured },
      limit: { moreMB: mb(memoryBytes + 64 * megabyte) },
    }),
  ];
}

conclude([...(await killed()), ...(await full()), ...(await slow())]);
