// What nginx and HAProxy take for requests, and what Sluice does: directly beside them, and behind them.
//   bun test/attacks/smuggling-fronts.ts [--count MUTATIONS] [--seed N]
import { connect } from "node:net";
import { listen } from "../../src/server/listen.ts";
import { conclude, inParallel, numberOption, randomFrom, report, sleep } from "../faults/promise.ts";
import { crookedRequests, crookedSeeds, second } from "./crooked-requests.ts";
import { bringFronts, type Front, startHaproxy, startNginx } from "./fronts.ts";
import { openListener, RequestLog, type Seen } from "./seen-requests.ts";

const lanes = 8;
const quietMs = 25;
const count = numberOption("count", 3_000);
const seed = numberOption("seed", 20_261_121);

/** A listener of ours behind each front, for each lane: cases in one lane come one after another. */
interface Lane {
  readonly log: RequestLog;
  readonly port: number;
  close(): Promise<void>;
}

async function openLane(): Promise<Lane> {
  const log = new RequestLog();
  const listener = await listen({ gateway: log, host: "127.0.0.1", port: 0, rules: () => ({ hosts: [] }) });
  return { log, port: listener.port, close: () => listener.close() };
}

/** Sends bytes and waits until the front has closed the connection, or says nothing more. */
function send(path: string, bytes: Buffer, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let timer = setTimeout(end, patienceMs);
    function end(): void {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    }
    socket.on("data", () => {
      clearTimeout(timer);
      timer = setTimeout(end, patienceMs);
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(bytes);
  });
}

interface Defect {
  readonly front: string;
  readonly what: string;
  readonly text: string;
  readonly direct: readonly Seen[];
  readonly behind: readonly Seen[];
}

/** The same request, though one may have been asked by its whole address, and a front cuts off what a path does not hold. */
function isSame(direct: Seen, behind: Seen): boolean {
  return (
    direct.method === behind.method && direct.body === behind.body && direct.target === behind.target.replace(/^https?:\/\/[^/?]*/i, "")
  );
}

function judge(front: string, text: string, direct: readonly Seen[], behind: readonly Seen[]): Defect | undefined {
  const defect = (what: string): Defect => ({ front, what, text, direct, behind });
  if (behind.some((request) => request.front === undefined)) return defect("a request that the front did not pass on as one");
  const both = Math.min(direct.length, behind.length);
  for (let at = 0; at < both; at++) {
    if (!isSame(direct[at] as Seen, behind[at] as Seen)) return defect("both accept, and see different requests");
  }
  return undefined;
}

async function tried(front: Front, lanesOf: readonly Lane[], cases: readonly string[]): Promise<void> {
  const silent = await Promise.all(lanesOf.map(() => openListener()));
  const defects: Defect[] = [];
  let [bothTook, weTook, theyTook] = [0, 0, 0];
  const look = async (lane: number, text: string, patienceMs: number) => {
    const { log } = lanesOf[lane] as Lane;
    log.begin();
    const { seen } = log;
    await send(front.sockets[lane] as string, Buffer.from(text, "latin1"), patienceMs);
    const direct = await (silent[lane] as (typeof silent)[number]).read(text, () => text.length);
    return { direct, behind: [...seen], defect: judge(front.name, text, direct, seen) };
  };
  const shares = Array.from({ length: lanes }, (_, lane) => cases.filter((_, index) => index % lanes === lane));
  await inParallel(shares, lanes, async (share, lane) => {
    for (const text of share) {
      let { direct, behind, defect } = await look(lane, text, quietMs);
      // What came late from the case before is no defect: it must show again, and slowly.
      for (let again = 0; defect && again < 2; again++) {
        await sleep(100);
        ({ direct, behind, defect } = await look(lane, text, 400));
      }
      if (defect) defects.push(defect);
      if (direct.length > 0 && behind.length > 0) bothTook++;
      else if (direct.length > 0) weTook++;
      else if (behind.length > 0) theyTook++;
    }
  });
  for (const listener of silent) await listener.close();
  for (const defect of defects.slice(0, 20)) console.log(JSON.stringify(defect));
  const measured = {
    front: front.version,
    cases: cases.length,
    disagreements: defects.length,
    bothTook,
    onlyWe: weTook,
    onlyThey: theyTook,
    seed,
  };
  promises.push(
    report({
      id: `smuggling past ${front.name}`,
      pass: defects.length === 0 && bothTook > cases.length / 20,
      measured,
      limit: { disagreements: 0 },
    }),
  );
}

const missing = bringFronts();
if (missing !== undefined) {
  console.log(`skipped: nginx and HAProxy: ${missing}\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}

const promises: ReturnType<typeof report>[] = [];
const random = randomFrom(seed);
const { composed, damaged } = crookedRequests(random);
const seeds = crookedSeeds();
const last = second.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
const cases = [...seeds, ...Array.from({ length: count }, (_, index) => (index % 3 === 2 ? damaged() : composed()))].map(
  (text) => text + last,
);
console.log(`${seeds.length} seeds and ${count} mutations, seed ${seed}`);

const opened = await Promise.all(Array.from({ length: lanes }, openLane));
const ports = opened.map(({ port }) => port);
for (const start of [() => startNginx(ports, true), () => startNginx(ports, false), () => startHaproxy(ports)]) {
  const front = await start();
  await tried(front, opened, cases);
  await front.stop();
}
for (const lane of opened) await lane.close();
conclude(promises);
process.exit();
