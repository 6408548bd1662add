import { existsSync } from "node:fs";
import type { StoreConfig } from "../../../config/index.ts";
import { Fault } from "../../../exchange/index.ts";
import { openS3Bodies } from "../../../gateway/index.ts";
import type { Transport } from "../../../providers/index.ts";
import { type BodyPlace, type OpenedControl, openControl, openCounters, openRecords, openStorage } from "../../../storage/index.ts";
import type { Invocation } from "../command-line/command.ts";
import { dataFolderOf } from "../places.ts";
import type { Finding } from "./finding.ts";

/** A server of the counters is given longer than a request would: it is to be told whether it is away, or slow. */
const patientMs = 1_000;
const looks = 3;

/** Every store that the config names, each by itself: what does not answer, and what that means for requests now. */
export async function examineStores(invocation: Invocation, stores: StoreConfig, transport: Transport): Promise<readonly Finding[]> {
  const folder = dataFolderOf(invocation);
  const place = { folder, isThere: existsSync(folder) };
  const { opened, finding } = await examineControl(place, stores);
  try {
    const found = [finding, await examineRecords(place, stores, opened), await examineCounters(place, stores)];
    const data = place.isThere ? [] : [{ what: "data", ok: true, said: `${folder} is not there yet; the first start makes it` }];
    return [...data, ...found.filter((each) => each !== undefined), ...(await examineBodies(stores, invocation, transport))];
  } finally {
    opened?.close();
  }
}

/** The data folder; what is to be in one that is not there yet is not looked at. */
interface Place {
  readonly folder: string;
  readonly isThere: boolean;
}

async function examineControl(
  { folder, isThere }: Place,
  stores: StoreConfig,
): Promise<{ readonly opened?: OpenedControl; readonly finding?: Finding }> {
  const [what, where] = ["control store", stores.control.reveal()];
  if (where === "sqlite" && !isThere) return {};
  let opened: OpenedControl | undefined;
  try {
    opened = await openControl({ folder, where });
    const keys = await opened.control.keys.count();
    return { opened, finding: { what, ok: true, said: `${keys} ${keys === 1 ? "key" : "keys"}` } };
  } catch (error) {
    opened?.close();
    if (where === "sqlite") return { finding: inFolder(what, folder, error) };
    const meaning = "Nodes that run go on with what they know; acts and log-ins get 503, and no node can start.";
    return { finding: { what, ok: false, said: `${textOf(error)} ${meaning}`, mend: mendOfServer("stores.control", "PostgreSQL") } };
  }
}

/** What waits in the journal is taken over, as a start would. */
async function examineRecords({ folder, isThere }: Place, stores: StoreConfig, control?: OpenedControl): Promise<Finding | undefined> {
  const [what, where] = ["journal and records", stores.records.reveal()];
  if (where === "sqlite" && !(isThere && control)) return undefined;
  let waiting = "";
  try {
    const opened =
      isThere && control
        ? await openStorage({ folder, control, records: where, counters: "memory" })
        : await openRecords(where, folder, () => undefined);
    try {
      if ("drain" in opened) {
        waiting = `; ${(opened.backlog().bytes / 1e6).toFixed(1)} MB wait in this data folder`;
        await opened.drain();
      }
      const newest = (await opened.records.recent(1))[0];
      const last = newest === undefined ? "no request yet" : `the last request ended ${new Date(newest.startedAt).toISOString()}`;
      return { what, ok: true, said: last };
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (where === "sqlite") return inFolder(what, folder, error);
    const meaning = `Requests go on, and what they came to waits in the journals of their nodes${waiting}.`;
    return { what, ok: false, said: `${textOf(error)} ${meaning}`, mend: mendOfServer("stores.records", "PostgreSQL") };
  }
}

async function examineCounters({ folder, isThere }: Place, stores: StoreConfig): Promise<Finding | undefined> {
  const [what, where] = ["limits and budgets", stores.counters.reveal()];
  if (where === "memory") return { what, ok: true, said: "in memory: forgotten with the process" };
  if (where === "sqlite" && !isThere) return undefined;
  const server = /^postgres/.test(where) ? "PostgreSQL" : "Redis or Valkey";
  const mend = mendOfServer("stores.counters", server);
  let warned = "";
  const warn = (message: string) => {
    warned = message;
  };
  try {
    const { counters, examine, close } = await openCounters({ where, folder, timeoutMs: Math.max(patientMs, stores.timeoutMs), warn });
    try {
      const fastest = await fastestOf(() => counters.get("doctor"));
      if (where === "sqlite") return { what, ok: true, said: "on this machine" };
      const { masters = 0, misgiving } = (await examine?.()) ?? {};
      const said = `${server}${masters > 0 ? `, a cluster of ${masters} masters,` : ""} answers after ${fastest.toFixed(1)} ms`;
      if (misgiving) return { what, ok: false, said: `${said}, and ${misgiving.said}.`, mend: misgiving.mend };
      if (fastest <= stores.timeoutMs) return { what, ok: true, said };
      const late = `${said}, and a call may take ${stores.timeoutMs}: for requests it is away. ${meaningOfLoss(stores)}`;
      return { what, ok: false, said: late, mend: "Bring it nearer, or raise `stores.timeoutMs`: a request may have to wait so long." };
    } finally {
      close();
    }
  } catch (error) {
    if (where === "sqlite") return inFolder(what, folder, error);
    const why = /\([\w ]+\)$/.exec(warned)?.[0];
    return { what, ok: false, said: `${server} does not answer${why ? ` ${why}` : ""}. ${meaningOfLoss(stores)}`, mend };
  }
}

async function fastestOf(look: () => unknown): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let each = 0; each < looks; each++) {
    const began = performance.now();
    await look();
    fastest = Math.min(fastest, performance.now() - began);
  }
  return fastest;
}

function meaningOfLoss({ onLoss: { limits, budgets, localShare } }: StoreConfig): string {
  const words = {
    refuse: "are refused with 503",
    allow: "pass, and are counted when it is back",
    "local-share": `pass up to ${Number((localShare * 100).toFixed(2))} % of each limit in each process, and are counted when it is back`,
  };
  const [under, over] = [words[limits], words[budgets]];
  const rules =
    limits === budgets ? `requests under limits and budgets ${under}` : `requests under limits ${under}, those under budgets ${over}`;
  return `What was granted is used up first; then ${rules} (\`stores.onLoss\`).`;
}

/** By a body that is none: it is written, read and removed. Bodies on the disk have their place in the data folder. */
async function examineBodies({ bodies }: StoreConfig, { terminal }: Invocation, transport: Transport): Promise<readonly Finding[]> {
  if (bodies.kind === "disk") return [];
  const what = "store of bodies";
  const place: BodyPlace = { startedAt: Date.now(), owner: "installation", id: "doctor" };
  try {
    const store = openS3Bodies(bodies, terminal.environment, transport);
    await store.put(place, new Uint8Array(1));
    const isKept = (await store.get(place)) !== undefined;
    await store.remove(place);
    if (isKept) return [{ what, ok: true, said: `the bucket ${bodies.bucket} keeps, gives back and removes` }];
    return [{ what, ok: false, said: `the bucket ${bodies.bucket} did not give back what it had taken`, mend: bucketMend }];
  } catch (error) {
    const meaning = "Requests go on; their bodies wait in the data folder, up to `waitingBytes`.";
    return [{ what, ok: false, said: `the bucket ${bodies.bucket}: ${textOf(error)} ${meaning}`, mend: bucketMend }];
  }
}

const bucketMend =
  "Check `stores.bodies.s3` in the config, and that its credential may s3:PutObject, s3:GetObject and s3:DeleteObject below `prefix`.";

function mendOfServer(path: string, server: string): string {
  return `Check \`${path}\` in the config, and that ${server} runs and lets this machine in.`;
}

function inFolder(what: string, folder: string, error: unknown): Finding {
  return { what, ok: false, said: textOf(error), mend: `Check that ${folder} belongs to you, and that its disk has room.` };
}

/** As a sentence. Messages of clients may hold addresses with passwords: only the gateway's own are told. */
function textOf(error: unknown): string {
  const text = error instanceof Fault || error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
