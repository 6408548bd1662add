import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import { clientKey, type GatewayProcess, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { type Message, RawConnection } from "../faults/raw-connection.ts";

const adminKey = "sk-sluice-admin-spoofing-0c7b1e93aa5d4f28";
const spoofed = "spoofed-7f3a";

/** What clients, proxies and other gateways say of who asks, from where, and of the connection. */
const spoofs: readonly (readonly [string, string])[] = [
  ...["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix"],
  ...["X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "Client-IP", "True-Client-IP"],
  ...["CF-Connecting-IP", "CF-IPCountry", "Fastly-Client-IP", "Fly-Client-IP", "X-Azure-ClientIP", "X-Envoy-External-Address"],
  ...["X-Envoy-Original-Path", "X-Forwarded-Client-Cert", "X-SSL-Client-Cert", "X-SSL-Client-Verify", "X-Client-Verify", "X-Client-DN"],
  ...["X-Sluice-Request-Id", "X-Sluice-Model", "X-Sluice-Provider", "X-Sluice-Cost-Usd", "X-Sluice-User", "X-Sluice-Team", "X-Sluice-Key"],
  ...["X-Sluice-Overhead-Ms", "X-Sluice-Warning", "X-Sluice-Policy", "X-Sluice-Route-Reason", "X-Request-Id", "Request-Id"],
  ...[
    "X-User",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Auth-Request-User",
    "X-Remote-User",
    "X-Amzn-Oidc-Data",
    "X-Goog-IAP-JWT-Assertion",
  ],
  ...["X-Api-Key-Id", "OpenAI-Organization", "OpenAI-Project", "X-Goog-User-Project", "X-Amz-Security-Token", "X-Amz-Target"],
  ...["Proxy-Authorization", "Proxy-Connection", "Proxy-Authenticate", "Keep-Alive", "Trailer", "TE", "Upgrade", "Via", "Max-Forwards"],
  ...[
    "Cookie",
    "Origin-Agent-Cluster",
    "Sec-Fetch-Site",
    "X_Forwarded_For",
    "X_Sluice_User",
    "X-Forwarded-For-Original",
    "Content-Encoding-Original",
  ],
].map((name) => [name, `${spoofed}-${name.toLowerCase()}`] as const);
const more: readonly (readonly [string, string])[] = [
  ["Forwarded", `for=${spoofed};by=10.0.0.1;host=${spoofed};proto=https`],
  ["Connection", "authorization, x-sluice-strict, content-type"],
  ["Connection", `keep-alive, ${spoofed}`],
  ["X-Forwarded-For", "127.0.0.1"],
  ["X-Forwarded-For", "10.0.0.1, 127.0.0.1"],
];

/** What a request to a provider may hold beside what the config adds. */
const own = [
  "accept",
  "accept-encoding",
  "authorization",
  "content-length",
  "content-type",
  "host",
  "user-agent",
  "x-api-key",
  "x-goog-api-key",
  "anthropic-version",
];

const upstreamHeads: string[][] = [];
const hostileAnswer = {
  "content-type": "application/json",
  "x-sluice-cost-usd": spoofed,
  "x-sluice-model": spoofed,
  "x-sluice-request-id": spoofed,
  "x-request-id": spoofed,
  "set-cookie": `session=${spoofed}`,
  "access-control-allow-origin": "*",
  "x-accel-redirect": `/${spoofed}`,
  "x-sendfile": `/${spoofed}`,
  location: `https://${spoofed}.example/`,
  server: spoofed,
  via: spoofed,
  "clear-site-data": '"*"',
  "strict-transport-security": "max-age=0",
  "content-security-policy": "default-src *",
  link: `<https://${spoofed}.example>; rel=preload`,
  refresh: `0;url=https://${spoofed}.example`,
  "www-authenticate": `Basic realm=${spoofed}`,
  "proxy-authenticate": `Basic realm=${spoofed}`,
  "alt-svc": `h3="${spoofed}.example:443"`,
};
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, input_tokens: 1, output_tokens: 1 };
const upstream = createServer((request, response) => {
  upstreamHeads.push(request.rawHeaders);
  const body = request.url?.endsWith("/messages")
    ? { id: "m", type: "message", role: "assistant", model: "m", content: [{ type: "text", text: "hi" }], stop_reason: "end_turn", usage }
    : {
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
        usage,
      };
  response.writeHead(200, hostileAnswer);
  response.end(JSON.stringify(body));
});

let open: GatewayProcess;
let behind: GatewayProcess;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(upstream.address() as { port: number }).port}`;
  const providers = {
    chat: { type: "openai-compatible", baseUrl: `${url}/v1`, apiKey: "upstream-key-of-spoofing", retries: 0 },
    messages: { type: "anthropic", baseUrl: url, apiKey: "upstream-key-of-spoofing", retries: 0 },
  };
  const env = { SLUICE_ADMIN_KEY: adminKey };
  open = await startGateway({ config: { providers }, env });
  behind = await startGateway({ config: { providers, trustedProxies: ["127.0.0.1"] }, env });
});

afterAll(async () => {
  for (const gateway of [open, behind]) {
    await gateway.stop();
    removeFolder(gateway.folder);
  }
  upstream.close();
});

async function ask(gateway: GatewayProcess, line: string, headers: readonly (readonly [string, string])[], body = ""): Promise<Message> {
  const connection = new RawConnection(gateway.port);
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  connection.send(`${line} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

const key = ["authorization", `Bearer ${clientKey}`] as const;
const said = (model: string) => JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: "hi" }] });

describe("what a client says of itself", () => {
  const calls = [
    ["POST /v1/chat/completions", "chat/m"],
    ["POST /v1/chat/completions", "messages/m"],
    ["POST /v1/messages", "messages/m"],
    ["POST /v1/messages", "chat/m"],
  ] as const;

  test("reaches no provider and no answer, one at a time and all together", async () => {
    let tried = 0;
    const sets = [...spoofs, ...more].map((one) => [one]);
    for (const gateway of [open, behind]) {
      for (const [line, model] of calls) {
        for (const headers of [...sets, [...spoofs, ...more.slice(0, 1)]]) {
          tried++;
          upstreamHeads.length = 0;
          const answer = await ask(gateway, line, [key, ...headers], said(model));
          expect({ headers, status: answer.status }).toEqual({ headers, status: 200 });
          const [head = []] = upstreamHeads;
          const names = head.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
          expect({ headers, names: names.filter((name) => !own.includes(name)) }).toEqual({ headers, names: [] });
          expect(head.join("\n")).not.toContain(spoofed);
          expect(head.join("\n")).not.toContain(clientKey);
          expect(`${answer.head}${answer.body}`).not.toContain(spoofed);
        }
      }
    }
    console.log(JSON.stringify({ id: "spoofed headers", tried, headers: spoofs.length + more.length }));
  }, 120_000);

  test("may not break a line", async () => {
    for (const value of ["a\rb", "a\nx-sluice-user: b", "a\0b", "a\r\n b"]) {
      expect((await ask(open, "POST /v1/chat/completions", [key, ["x-a", value]], said("chat/m"))).status).toBe(400);
    }
  });
});

test("what a provider says of the connection, of pages and of us does not reach the client", async () => {
  const { head, headers } = await ask(open, "POST /v1/chat/completions", [key], said("chat/m"));
  expect(head).not.toContain(spoofed);
  for (const name of Object.keys(hostileAnswer).filter((each) => !/^(content-type|x-sluice-|x-request-id)/.test(each))) {
    expect(Object.keys(headers)).not.toContain(name);
  }
  expect(headers["x-sluice-request-id"]).toStartWith("req_");
});

describe("the address of a client", () => {
  const guess = (gateway: GatewayProcess, forwarded: string, index: number, name = "x-forwarded-for") =>
    ask(gateway, "GET /admin/v1/keys", [
      ["authorization", `Bearer sk-sluice-admin-guess-${index}`],
      [name, forwarded],
    ]);

  test("is the peer's, whatever it says, where no proxy is trusted: guesses under many names are one stranger's", async () => {
    const names = spoofs.map(([name]) => name).filter((name) => !["TE", "Upgrade", "Trailer"].includes(name));
    const found: number[] = [];
    for (let index = 0; index < 40; index++)
      found.push((await guess(open, `198.51.100.${index}`, index, names[index % names.length])).status);
    expect(found.filter((status) => status === 401).length).toBeLessThanOrEqual(22);
    expect(found.at(-1)).toBe(429);
  });

  test("behind a trusted proxy is the one that the proxy adds: each stranger has a measure of its own, and none has two", async () => {
    for (let index = 0; index < 40; index++) expect((await guess(behind, `198.51.100.${index}`, index)).status).toBe(401);
    const found: number[] = [];
    for (let index = 0; index < 40; index++) found.push((await guess(behind, `198.51.100.${100 + index}, 203.0.113.5`, index)).status);
    expect(found.at(-1)).toBe(429);
    // Other headers than the one that proxies write are not believed from them either.
    for (const name of ["Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X_Forwarded_For"]) {
      const [first, ...rest] = await Promise.all(
        Array.from({ length: 30 }, (_, index) => guess(behind, `198.51.100.${index}`, index, name)),
      );
      expect([first, ...rest].some((answer) => answer?.status === 429)).toBe(true);
    }
  }, 30_000);

  test("stands in the audit log as it was found", async () => {
    const make = (gateway: GatewayProcess, name: string, forwarded: string) =>
      ask(
        gateway,
        "POST /admin/v1/keys",
        [
          ["authorization", `Bearer ${adminKey}`],
          ["x-forwarded-for", forwarded],
        ],
        JSON.stringify({ name }),
      );
    const newest = async (gateway: GatewayProcess) =>
      JSON.parse((await ask(gateway, "GET /admin/v1/audit?limit=1", [["authorization", `Bearer ${adminKey}`]])).body).data[0];
    expect((await make(open, "one", "198.51.100.77")).status).toBe(201);
    expect(await newest(open)).toMatchObject({ operation: "keys.create", outcome: "done", address: "127.0.0.1" });
    expect((await make(behind, "two", "10.9.9.9, 198.51.100.77")).status).toBe(201);
    expect(await newest(behind)).toMatchObject({ operation: "keys.create", outcome: "done", address: "198.51.100.77" });
  });
});
