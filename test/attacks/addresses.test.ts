import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer } from "node:net";
import { Fault, Leaving } from "../../src/exchange/index.ts";
import { openGateway } from "../../src/gateway/index.ts";
import { openTransport } from "../../src/providers/index.ts";
import { isForbiddenAddress } from "../../src/providers/transport/forbidden-address.ts";
import { inParallel } from "../faults/promise.ts";
import { spelledHosts, spelledUrls } from "./address-spellings.ts";

const clientKey = "sk-sluice-addresses-62b9";
/** Stands for the public internet; every other address is what it is. */
const publicAddress = "127.0.0.2";
const isForbidden = (address: string) => address !== publicAddress && isForbiddenAddress(address);

/** Nobody may ever connect here: on every address of this machine, but for the one that counts as public. */
let canaries = 0;
const canary = createServer((socket) => {
  if (!socket.localAddress?.endsWith(publicAddress)) canaries++;
  socket.destroy();
});
let canaryPort = 0;

/** A web server at the address that counts as public. */
let redirect: { status: number; headers: Record<string, string> } = { status: 200, headers: {} };
let reached = 0;
const web = createHttpServer((_request, response) => {
  reached++;
  response.writeHead(redirect.status, redirect.headers);
  response.end(Buffer.from("\x89PNG\r\n\x1a\n0000", "latin1"));
});
const model = createHttpServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(
    '{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A cat."},"finish_reason":"stop"}]}',
  );
});

const listen = (server: Server | typeof canary, host: string) =>
  new Promise<number>((resolve) => server.listen(0, host, () => resolve((server.address() as { port: number }).port)));

let webPort = 0;
let modelPort = 0;
let dns: Socket;
let resolver: Resolver;
/** What a name's look-ups get, one after another; the last one for good. */
let answers: (name: string, times: number) => readonly string[] = () => [publicAddress];
const lookUps = new Map<string, number>();

beforeAll(async () => {
  canaryPort = await listen(canary, "::");
  webPort = await listen(web, publicAddress);
  modelPort = await listen(model, "127.0.0.1");
  dns = createSocket("udp4");
  dns.on("message", (query, from) => dns.send(answerTo(query), from.port, from.address));
  await new Promise<void>((resolve) => dns.bind(0, "127.0.0.1", resolve));
  resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${dns.address().port}`]);
});

afterAll(() => {
  for (const server of [canary, web, model]) server.close();
  dns.close();
});

beforeEach(() => {
  canaries = 0;
  reached = 0;
  redirect = { status: 200, headers: {} };
});

/** RFC 1035: one question, answers of type A that hold for no time at all. */
function answerTo(query: Buffer): Buffer {
  let at = 12;
  const labels: string[] = [];
  for (let length = query[at] as number; length > 0; length = query[at] as number) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  const question = query.subarray(12, at + 5);
  const name = labels.join(".");
  const times = (lookUps.get(name) ?? 0) + 1;
  lookUps.set(name, times);
  const found = query.readUInt16BE(at + 1) === 1 ? answers(name, times) : [];
  const head = Buffer.from([query[0] as number, query[1] as number, 0x81, 0x80, 0, 1, 0, found.length, 0, 0, 0, 0]);
  const records = found.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]));
  return Buffer.concat([head, question, ...records]);
}

const deadlines = { connectMs: 300, firstEventMs: 500, idleMs: 500, totalMs: 1_000 };

async function sent(transport: Awaited<ReturnType<typeof openTransport>>, url: URL): Promise<string> {
  try {
    const answer = await transport.send(
      { method: "GET", url, headers: {}, body: undefined, deadlines, privateAllowed: false },
      new Leaving(),
    );
    for await (const _ of answer.body);
    return String(answer.status);
  } catch (error) {
    return Fault.from(error).code;
  }
}

async function gatewayOver(transport: Awaited<ReturnType<typeof openTransport>>) {
  return openGateway({
    transport,
    config: {
      providers: { ollama: { baseUrl: `http://127.0.0.1:${modelPort}`, retries: 0 } },
      keys: [{ name: "addresses", value: clientKey }],
      media: { fetch: true, timeoutMs: 500 },
    },
  });
}

async function asked(gateway: Awaited<ReturnType<typeof gatewayOver>>, url: string): Promise<{ status: number; code: string }> {
  const content = [
    { type: "text", text: "What?" },
    { type: "image_url", image_url: { url } },
  ];
  const answer = await gateway.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "ollama/m", messages: [{ role: "user", content }] }),
    }),
  );
  const body = (await answer.json()) as { error?: { code: string } };
  return { status: answer.status, code: body.error?.code ?? "" };
}

describe("an address that a request names", () => {
  test("leads nowhere inside, in whatever spelling, by the system's own resolver", async () => {
    const transport = await openTransport();
    const gateway = await gatewayOver(transport);
    const urls = [...spelledHosts.map((host) => `http://${host}:${canaryPort}/a.png`), ...spelledUrls(canaryPort)];
    const wrong: unknown[] = [];
    let refusedByAddress = 0;
    await inParallel(urls, 16, async (url) => {
      const parsed = URL.parse(url);
      const code = parsed?.protocol.startsWith("http") ? await sent(transport, parsed) : "none";
      if (code === "upstream_forbidden_address") refusedByAddress++;
      // A name that the system does not know is reached by nobody.
      else if (code !== "none" && !(code === "upstream_unreachable" && parsed !== null && /[a-z]/i.test(parsed.hostname)))
        wrong.push({ url, code });
      const told = await asked(gateway, url);
      if (told.status !== 400 || told.code !== "request_media") wrong.push({ url, told });
    });
    expect(wrong).toEqual([]);
    expect(canaries).toBe(0);
    expect(refusedByAddress).toBeGreaterThan(250);
    console.log(JSON.stringify({ id: "spellings of addresses", tried: urls.length, refusedByAddress, connections: canaries }));
    await gateway.close();
    await transport.close();
  }, 120_000);

  test("is not followed to where its answer leads", async () => {
    const transport = await openTransport({ resolve: (name) => resolver.resolve4(name), isForbidden });
    const gateway = await gatewayOver(transport);
    let tried = 0;
    for (const status of [201, 300, 301, 302, 303, 305, 307, 308]) {
      for (const target of [
        `http://127.0.0.1:${canaryPort}/`,
        `//127.0.0.1:${canaryPort}/`,
        `http://[::1]:${canaryPort}/`,
        `http://2130706433:${canaryPort}/`,
        `http://redirected.test:${canaryPort}/`,
      ]) {
        tried++;
        answers = (name) => [name === "redirected.test" ? "127.0.0.1" : publicAddress];
        redirect = { status, headers: { location: target, refresh: `0;url=${target}`, "content-location": target } };
        expect(await asked(gateway, `http://public-${tried}.test:${webPort}/a.png`)).toEqual({ status: 400, code: "request_media" });
      }
    }
    expect([canaries, reached]).toEqual([0, tried]);
    await gateway.close();
    await transport.close();
  }, 60_000);

  test("is connected where its name was found to lead, whatever the name's server says the next time", async () => {
    const transport = await openTransport({ resolve: (name) => resolver.resolve4(name), isForbidden });
    const gateway = await gatewayOver(transport);
    const flips: readonly ((times: number) => readonly string[])[] = [
      (times) => [times === 1 ? publicAddress : "127.0.0.1"],
      (times) => [times % 2 === 1 ? "127.0.0.1" : publicAddress],
      () => [publicAddress, "127.0.0.1"],
      () => ["127.0.0.1", publicAddress],
      () => ["127.0.0.1"],
      () => ["0.0.0.0"],
      () => ["169.254.169.254", "127.0.0.1", "10.0.0.1"],
      (times) => (times === 1 ? [publicAddress, publicAddress] : ["127.0.0.1"]),
    ];
    let tried = 0;
    for (const flip of flips) {
      for (let round = 0; round < 8; round++) {
        const name = `rebinding-${tried++}.test`;
        answers = (_name, times) => flip(times);
        // Of the two ports one is the web's at the public address, the other the canary's everywhere.
        for (const port of [webPort, canaryPort, canaryPort]) {
          const { status } = await asked(gateway, `http://${name}:${port}/a.png`);
          expect([200, 400]).toContain(status);
        }
      }
    }
    expect(canaries).toBe(0);
    expect(reached).toBeGreaterThan(20);
    console.log(JSON.stringify({ id: "names that change", names: tried, lookUps: lookUps.size, connections: canaries }));
    await gateway.close();
    await transport.close();
  }, 60_000);
});

test("an address that a provider's answer tells is guarded as well, and never gets its key", async () => {
  const transport = await openTransport();
  const seen: string[] = [];
  const provider = createHttpServer((request, response) => {
    seen.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    const told = new URL(request.url ?? "", "http://x").searchParams.get("told") ?? told0;
    response.end(JSON.stringify({ id: "p", status: "succeeded", output: [told] }));
  });
  let told0 = "";
  const port = await listen(provider, "127.0.0.1");
  const gateway = await openGateway({
    transport,
    config: {
      providers: { replicate: { baseUrl: `http://127.0.0.1:${port}`, apiKey: "key-of-the-provider", retries: 0 } },
      keys: [{ name: "addresses", value: clientKey }],
    },
  });
  for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254", "127.0.0.1@127.0.0.1"]) {
    told0 = `http://${host}:${canaryPort}/a.png`;
    const answer = await gateway.fetch(
      new Request("http://127.0.0.1/v1/images/generations", {
        method: "POST",
        headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "replicate/a/b", prompt: "A cat", response_format: "b64_json" }),
      }),
    );
    expect({ host, status: answer.status }).toEqual({ host, status: 502 });
  }
  expect(seen.length).toBeGreaterThan(6);
  expect(canaries).toBe(0);
  await gateway.close();
  await transport.close();
  provider.close();
});
