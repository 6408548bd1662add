import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { clientKey, type GatewayProcess, removeFolder, startGateway } from "./gateway-process.ts";

/** As many as the ruler has. */
const atOnce = 16;
const promptBytes = 200_000;
/** Compiles what all requests run. */
const youth = 1_500;
const counted = 24_000;

const answer = JSON.stringify({
  ...{ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m" },
  choices: [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 50_000, completion_tokens: 1, total_tokens: 50_001 },
});

let upstream: Server;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(answer));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  gateway = await startGateway({
    config: { providers: { here: { type: "openai-compatible", baseUrl, apiKey: "none" } } },
    // The runtime tells each collection in its log; with less memory than 16 GB it would let the heap grow by another rule.
    env: { BUN_JSC_logGC: "1", BUN_JSC_forceRAMSize: `${32 * 2 ** 30}` },
  });
}, 120_000);

afterAll(async () => {
  await gateway.stop();
  upstream.close();
  removeFolder(gateway.folder);
});

async function askMany(requests: number): Promise<void> {
  const body = JSON.stringify({ model: "here/m", messages: [{ role: "user", content: "word ".repeat(promptBytes / 5) }] });
  const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
  let left = requests;
  const client = async () => {
    while (left-- > 0) {
      const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}

test("prompts of answered requests go with the young garbage: collections of everything are rare", async () => {
  await askMany(youth);
  const before = gateway.log().length;
  await askMany(counted);
  const log = gateway.log().slice(before);
  const young = log.match(/EdenCollection/g)?.length ?? 0;
  const all = log.match(/FullCollection/g)?.length ?? 0;
  console.log(`${counted} prompts of ${promptBytes} bytes: ${young} collections of young garbage, ${all} of everything`);
  expect(young).toBeGreaterThan(20);
  // With a map of the exchanges under way it was one in nine; with places, one in thirty.
  expect(all).toBeLessThan(young / 16);
}, 120_000);
