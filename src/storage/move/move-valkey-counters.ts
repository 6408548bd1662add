import { Fault } from "../../exchange/index.ts";
import { bookPrefix, counterScripts, entryPrefix, ValkeyCounters } from "../counters/valkey-counters.ts";
import type { ValkeyClient } from "../valkey/open-valkey.ts";
import { ValkeyServer } from "../valkey/valkey-server.ts";
import { type CountersMove, countCounters, countersIn } from "./move-counters.ts";
import { type MovedCounts, type MoveMark, notEmpty, refuseOther } from "./move-target.ts";

/** A hash: `id` of the move, `counts` where it is done. */
const markKey = "sluice:move";
const timeoutMs = 5_000;
const callsAtOnce = 100;

/** Valkey or Redis that counters are moved to. */
export interface ValkeyTarget {
  /** What stands there of the move with this id. @throws Fault `object_conflict` where something else is there */
  look(id: string | undefined): Promise<MoveMark | undefined>;
  /** Each counter once, however often it is begun anew. @throws Fault `object_conflict` where the target is not empty */
  move(move: CountersMove): Promise<MovedCounts>;
  close(): void;
}

/** @throws Fault `store_unavailable` where it does not answer */
export async function openValkeyTarget(url: string): Promise<ValkeyTarget> {
  const options = { url, name: "the server of stores.counters", timeoutMs, warn: () => undefined };
  const server = new ValkeyServer(options, counterScripts);
  const wrong = await server.start();
  if (wrong !== undefined) {
    server.close();
    throw new Fault("store_unavailable", { message: "The server of stores.counters does not answer.", cause: wrong });
  }
  const atMark = (command: string, ...words: string[]) => server.call(markKey, (client) => client.send(command, [markKey, ...words]));
  const target: ValkeyTarget = {
    async look(own) {
      const [id, counts] = (await atMark("HMGET", "id", "counts")) as [string | null, string | null];
      const mark = id === null ? undefined : { id, reached: 0, counts: counts === null ? undefined : JSON.parse(counts) };
      refuseOther("counters", mark, own);
      for (const prefix of mark === undefined ? [bookPrefix, entryPrefix] : [])
        for (const each of server.servers) if (await hasAny(each, prefix)) throw notEmpty("counters", `names that begin with ${prefix}`);
      return mark;
    },
    async move(move) {
      if ((await target.look(move.id)) === undefined) await atMark("HSET", "id", move.id);
      const counters = new ValkeyCounters(server);
      const from = move.id;
      for (const page of countersIn(move)) {
        for (let first = 0; first < page.length; first += callsAtOnce) {
          const some = page.slice(first, first + callsAtOnce);
          await Promise.all(
            some.map((each) =>
              "used" in each ? counters.takeOver(each.id, { ...each, from }) : counters.swap({ ...each, version: 0, before: undefined }),
            ),
          );
        }
      }
      const counts = countCounters(move);
      await atMark("HSET", "counts", JSON.stringify(counts));
      return counts;
    },
    close: () => server.close(),
  };
  return target;
}

async function hasAny(client: ValkeyClient, prefix: string): Promise<boolean> {
  for (let cursor = "0"; ; ) {
    const [next, found] = (await client.send("SCAN", [cursor, "MATCH", `${prefix}*`, "COUNT", "1000"])) as [string, string[]];
    if (found.length > 0) return true;
    if (next === "0") return false;
    cursor = next;
  }
}
