import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openGateway } from "../../src/gateway/index.ts";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { ask, askAllTheTime } from "./ask.ts";
import { type KeyedUpstream, startKeyedUpstream } from "./keyed-upstream.ts";

let upstream: KeyedUpstream;
let gateway: GatewayProcess | undefined;

beforeEach(() => {
  upstream = startKeyedUpstream();
});
afterEach(async () => {
  await gateway?.stop();
  if (gateway) removeFolder(gateway.folder);
  gateway = undefined;
  await upstream.stop();
});

const key = (name: string) => `sk-value-of-the-key-${name}`;

async function start(provider: Readonly<Record<string, unknown>>): Promise<GatewayProcess> {
  const one = { type: "openai-compatible", baseUrl: upstream.baseUrl, ...provider };
  gateway = await startGateway({ config: { providers: { one }, models: { m: "one/m" } } });
  return gateway;
}

const count = (name: string) => upstream.asked.filter((each) => each === key(name)).length;

describe("several keys of a provider", () => {
  test("share the requests by weight, and one that is refused, out of credit or limited under load fails none", async () => {
    for (const name of ["a", "b", "c", "d"]) upstream.keys.set(key(name), "accepted");
    const { port } = await start({ apiKey: key("a"), apiKeys: [{ key: key("b"), weight: 2 }, key("c"), key("d")] });
    for (let turn = 0; turn < 50; turn++) await ask(port);
    expect([count("a"), count("b"), count("c"), count("d")]).toEqual([10, 20, 10, 10]);
    const losing = (async () => {
      for (const [name, verdict] of [
        ["a", "refused"],
        ["b", "no-credit"],
        ["c", { limitedForSeconds: 60 }],
      ] as const) {
        await Bun.sleep(700);
        upstream.keys.set(key(name), verdict);
      }
      await Bun.sleep(700);
    })();
    const { asked, failed } = await askAllTheTime(port, 16, losing);
    console.log(`several keys: 3 of 4 lost under load (401, 402, 429), ${asked} requests, ${failed.length} failed`);
    expect(failed).toEqual([]);
    const tail = upstream.asked.slice(-100);
    expect(new Set(tail)).toEqual(new Set([key("d")]));
    const log = gateway?.log() ?? "";
    expect(log).toMatch(/The key #1 ….{4} of one is refused there; it rests for 5 minutes/);
    expect(log).toMatch(/The key #2 ….{4} of one is out of credit there/);
    expect(log).not.toContain("sk-value");
  }, 30_000);

  test("when all rest, tell the earliest Retry-After; refused ones alone are the gateway's own fault", async () => {
    upstream.keys.set(key("a"), { limitedForSeconds: 40 }).set(key("b"), { limitedForSeconds: 20 });
    const { port } = await start({ apiKeys: [key("a"), key("b"), key("c")] });
    const first = await ask(port);
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "20"]);
    const asked = upstream.asked.length;
    const second = await ask(port);
    expect(second.status).toBe(429);
    expect(Number(second.headers.get("retry-after"))).toBeWithin(18, 21);
    // Nobody is asked meanwhile.
    expect(upstream.asked.length).toBe(asked);
  }, 20_000);

  test("refused ones alone are 502, never 401, and the list of models says so", async () => {
    const { port } = await start({ apiKeys: [key("a"), key("b")], models: ["m"] });
    expect((await ask(port)).status).toBe(502);
    expect((await ask(port)).status).toBe(502);
    expect(upstream.asked).toEqual([key("a"), key("b")]);
    const { clientKey } = await import("../faults/gateway-process.ts");
    const list = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization: `Bearer ${clientKey}` } });
    expect(await list.json()).toMatchObject({ data: [{ id: "m", sluice: { status: "credential refused" } }, { id: "one/m" }] });
  }, 20_000);

  test("stand in the record of a request by their hints", async () => {
    upstream.keys.set(key("b"), "accepted");
    const { port } = await start({ apiKeys: [key("a"), key("b")] });
    const { headers } = await ask(port);
    expect(headers.get("x-sluice-route-reason")).not.toContain("#1");
    const folder = gateway?.folder as string;
    await gateway?.stop();
    const { records } = await readLedger(folder);
    const record = [...records.values()].at(0);
    expect(record?.detail.attempts).toMatchObject([
      { key: "#1 …ey-a", outcome: "upstream_credentials" },
      { key: "#2 …ey-b", outcome: "answered" },
    ]);
    expect(JSON.stringify(record)).not.toContain("sk-value");
  }, 20_000);
});

describe("keys of several accounts", () => {
  const body = (messages: readonly object[]) =>
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer sk-sluice-client-of-several-accounts-1" },
      body: JSON.stringify({ model: "m", messages }),
    });

  test("keep all turns of a conversation with one account, and spread the conversations", async () => {
    const names = ["red-1", "red-2", "blue-1", "blue-2"];
    for (const name of names) upstream.keys.set(key(name), "accepted");
    const apiKeys = names.map((name) => ({ key: key(name), account: name.slice(0, -2) }));
    const opened = await openGateway({
      config: {
        providers: { one: { type: "openai-compatible", baseUrl: upstream.baseUrl, apiKeys } },
        models: { m: "one/m" },
        keys: [{ name: "client", value: "sk-sluice-client-of-several-accounts-1" }],
      },
    });
    try {
      const accounts = new Map<string, number>();
      for (let conversation = 0; conversation < 40; conversation++) {
        const messages: object[] = [{ role: "user", content: `Question ${conversation}` }];
        const before = upstream.asked.length;
        for (let turn = 0; turn < 4; turn++) {
          expect((await opened.fetch(body(messages))).status).toBe(200);
          messages.push({ role: "assistant", content: "Hello." }, { role: "user", content: `And ${turn}?` });
        }
        const used = new Set(upstream.asked.slice(before).map((each) => /(red|blue)/.exec(each)?.[0] ?? ""));
        expect(used.size).toBe(1);
        const [account] = [...used] as [string];
        accounts.set(account, (accounts.get(account) ?? 0) + 1);
      }
      expect(accounts.get("red")).toBeGreaterThan(8);
      expect(accounts.get("blue")).toBeGreaterThan(8);
      expect(new Set(upstream.asked).size).toBe(4);
    } finally {
      await opened.close();
    }
  });
});
