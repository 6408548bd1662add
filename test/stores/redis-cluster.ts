import { RedisClient } from "bun";
import { slotCount } from "../../src/storage/valkey/cluster-slots.ts";
import { freePort } from "../free-port.ts";
import { type StoreServer, startRedis } from "./servers.ts";

export interface RedisNode extends StoreServer {
  readonly id: string;
  ask(command: string, ...words: string[]): Promise<unknown>;
}

/** Three masters that share the slots evenly, and a replica of the last. */
export interface RedisCluster {
  readonly masters: readonly [RedisNode, RedisNode, RedisNode];
  readonly replica: RedisNode;
  readonly all: readonly RedisNode[];
  /** @returns when every node says so of every other */
  untilWhole(): Promise<void>;
  remove(): Promise<void>;
}

export async function startCluster(): Promise<RedisCluster> {
  const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-config-file", "nodes.conf"];
  const buses = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  const all = await Promise.all(buses.map(async (bus) => nodeOf(await startRedis(...settings, "--cluster-port", `${bus}`))));
  const [one, two, three, replica] = all as [RedisNode, RedisNode, RedisNode, RedisNode];
  const masters = [one, two, three] as const;
  await Promise.all(
    masters.map((each, at) => {
      const [first, next] = [Math.floor((slotCount * at) / 3), Math.floor((slotCount * (at + 1)) / 3)];
      return each.ask("CLUSTER", "ADDSLOTSRANGE", `${first}`, `${next - 1}`);
    }),
  );
  for (const [at, each] of all.entries()) await each.ask("CLUSTER", "SET-CONFIG-EPOCH", `${at + 1}`);
  for (const each of [two, three, replica]) await each.ask("CLUSTER", "MEET", "127.0.0.1", `${one.port}`, `${buses[0]}`);
  await until(async () => (await Promise.all(all.map((each) => each.ask("CLUSTER", "NODES")))).every((told) => lines(told).length === 4));
  await replica.ask("CLUSTER", "REPLICATE", three.id);
  const cluster: RedisCluster = {
    masters,
    replica,
    all,
    untilWhole: () =>
      until(async () => {
        const told = await Promise.all(all.map((each) => each.ask("CLUSTER", "INFO").catch(() => "")));
        return told.every((each) => /cluster_state:ok/.test(String(each)) && /cluster_size:3/.test(String(each)));
      }),
    remove: async () => {
      await Promise.all(all.map((each) => each.remove()));
    },
  };
  await cluster.untilWhole();
  return cluster;
}

async function nodeOf(server: StoreServer): Promise<RedisNode> {
  const ask = async (command: string, ...words: string[]) => {
    const client = new RedisClient(server.url, { autoReconnect: false, connectionTimeout: 1_000 });
    try {
      await client.connect();
      return await client.send(command, words);
    } finally {
      client.close();
    }
  };
  return { ...server, ask, id: String(await ask("CLUSTER", "MYID")) };
}

function lines(told: unknown): string[] {
  return String(told).trim().split("\n");
}

/** @throws after twenty seconds */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const endsAt = performance.now() + 20_000; !(await holds()); await Bun.sleep(50)) {
    if (performance.now() > endsAt) throw new Error("it has not come to that within twenty seconds");
  }
}
