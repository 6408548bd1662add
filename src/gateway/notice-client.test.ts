import { expect, test } from "bun:test";
import { openGateway } from "./opening/open-gateway.ts";
import { WebRequest } from "./web/web.ts";

const key = "sk-sluice-clients-0123456789abcdef0123456789abcdef";
const config = (clientAddress?: string) => ({
  providers: { demo: {} },
  keys: [{ name: "a", value: key }],
  ...(clientAddress !== undefined && { records: { clientAddress } }),
});

async function asked(opened: Awaited<ReturnType<typeof openGateway>>, peer: string | undefined, credential = key): Promise<unknown> {
  const body = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "hi" }] });
  const headers = { authorization: `Bearer ${credential}`, "content-type": "application/json" };
  const request = new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body });
  for await (const _ of opened.gateway.answer(new WebRequest(request, peer)));
  await opened.storage.drain();
  const [record] = await opened.storage.records.recent(1);
  return record?.detail.client;
}

test("records say where a request came from as far as the config wants it, refusals too, and by default not at all", async () => {
  const opened = await openGateway({ config: config() });
  expect(await asked(opened, "192.0.2.77")).toBeUndefined();
  for (const [what, peer, client] of [
    ["whole", "192.0.2.77", "192.0.2.77"],
    ["network", "192.0.2.77", "192.0.2.0/24"],
    ["network", "2001:db8:1:2::9", "2001:db8:1::/48"],
    // A trusted proxy that named no address.
    ["whole", undefined, undefined],
    ["network", undefined, undefined],
    ["none", "192.0.2.77", undefined],
  ] as const) {
    const other = await openGateway({ config: config(what) });
    expect([what, await asked(other, peer)]).toEqual([what, client]);
    expect([what, await asked(other, peer, "sk-sluice-wrong-key")]).toEqual([what, client]);
    await other.close();
  }
  await opened.close();
});
