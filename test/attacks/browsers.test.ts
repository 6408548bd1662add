import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { routeTable } from "../../src/gateway/index.ts";
import { clientKey, type GatewayProcess, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { type Message, RawConnection } from "../faults/raw-connection.ts";

const adminKey = "sk-sluice-admin-browsers-41fe09d2c7ab6385";
const app = "https://app.example";
const env = { SLUICE_ADMIN_KEY: adminKey };
const providers = { demo: {} };

let closed: GatewayProcess;
let listed: GatewayProcess;
/** For everyone, without names: any Host that is well-formed. */
let wide: GatewayProcess;

beforeAll(async () => {
  closed = await startGateway({ config: { providers }, env });
  listed = await startGateway({ config: { providers, cors: { origins: [app, "vscode-webview://abc"] } }, env });
  wide = await startGateway({ config: { providers, listen: "0.0.0.0:0" }, env });
});

afterAll(async () => {
  for (const gateway of [closed, listed, wide]) {
    await gateway.stop();
    removeFolder(gateway.folder);
  }
});

async function ask(gateway: GatewayProcess, line: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<Message> {
  const connection = new RawConnection(gateway.port);
  const all = { host: `127.0.0.1:${gateway.port}`, ...headers, ...(body !== undefined && { "content-length": String(body.length) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.send(`${line} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

const key = { authorization: `Bearer ${clientKey}` };
const admin = { authorization: `Bearer ${adminKey}` };
const chat = (stream: boolean) => JSON.stringify({ model: "demo/chat", stream, messages: [{ role: "user", content: "hi" }] });

/** Nothing is loaded or run but a style that is known by its hash, and no page may hold it. */
const held = /^default-src 'none'; (?:style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action '(?:none|self)'; )?frame-ancestors 'none'$/;

test("whatever a browser may come upon says what it is, runs nothing, is shown in no frame, and lists are not kept", async () => {
  const pages = [
    "/",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/v1/models",
    "/nowhere",
    "/admin/v1/keys",
    "/admin/v1/nothing",
    "/%00",
    "/<script>",
  ];
  const requests = [
    ...pages.flatMap((path) => [{}, key, admin].map((who) => ({ line: `GET ${path}`, headers: who as Record<string, string> }))),
    ...routeTable.map(({ method, path }) => ({ line: `${method} ${path.replace("{model}", "demo%2Fchat")}`, headers: {} })),
    { line: "GET /v1/models", headers: { host: "evil.example" } },
    { line: "GET /v1/models", headers: { host: "" } },
    { line: "BAD", headers: {} },
  ];
  for (const { line, headers } of requests) {
    const answer = await ask(closed, line, headers);
    const told = { line, status: answer.status, type: answer.headers["content-type"], nosniff: answer.headers["x-content-type-options"] };
    expect({ ...told, csp: answer.headers["content-security-policy"], referrer: answer.headers["referrer-policy"] }).toEqual({
      ...told,
      // Metrics are plain text, in Prometheus' format.
      type: expect.stringMatching(
        line === "GET /metrics" && answer.status === 200 ? /^text\/plain; version=0\.0\.4/ : /^application\/(problem\+)?json$/,
      ) as unknown as string,
      nosniff: "nosniff",
      csp: expect.stringMatching(held) as unknown as string,
      referrer: "no-referrer",
    });
    if (/^GET \/(admin|v1\/models)/.test(line) && answer.status === 200) expect(answer.headers["cache-control"]).toBe("no-store");
  }
  console.log(JSON.stringify({ id: "answers that browsers come upon", tried: requests.length }));
});

const foreign = [
  "https://evil.example",
  "http://evil.example",
  "null",
  "file://",
  "https://app.example.evil.example",
  "https://app.example:8443",
];
const crooked = [
  "http://127.0.0.1@evil.example",
  "http://localhost.evil.example",
  "HTTPS://APP.EXAMPLE",
  `${app}/`,
  `${app}, ${app}`,
  "app.example",
  "*",
  "",
  "http://127.0.0.1/x",
];

describe("pages of other origins", () => {
  test.each([...foreign, ...crooked])("as %p get nothing anywhere where the config lists none", async (origin) => {
    for (const gateway of [closed, wide]) {
      for (const [line, headers] of [
        ["GET /v1/models", key],
        ["GET /healthz", {}],
        ["GET /admin/v1/keys", admin],
        ["GET /openapi.json", {}],
        ["POST /v1/chat/completions", key],
      ] as const) {
        const answer = await ask(gateway, line, { ...headers, origin }, line.startsWith("POST") ? chat(false) : undefined);
        expect({ line, status: answer.status }).toEqual({ line, status: 403 });
        expect(answer.head.toLowerCase()).not.toContain("access-control-");
      }
      const asked = await ask(gateway, "OPTIONS /v1/chat/completions", { origin, "access-control-request-method": "POST" });
      expect([asked.status, asked.head.toLowerCase().includes("access-control-")]).toEqual([403, false]);
    }
  });

  test.each([...foreign, ...crooked])("as %p get nothing where others are listed", async (origin) => {
    const answer = await ask(listed, "GET /v1/models", { ...key, origin });
    expect([answer.status, answer.head.toLowerCase().includes("access-control-")]).toEqual([403, false]);
  });

  test.each([app, "vscode-webview://abc"])(
    "as %p may call models where it is listed, refusals and streams too, and see nothing of operators",
    async (origin) => {
      const asked = await ask(listed, "OPTIONS /v1/chat/completions", {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
      });
      expect(asked.status).toBe(204);
      expect(asked.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-headers": "authorization,content-type,x-stainless-os",
        vary: "origin",
      });
      expect(asked.headers["content-length"]).toBeUndefined();
      for (const [line, headers, body, status] of [
        ["GET /v1/models", key, undefined, 200],
        ["GET /v1/models", {}, undefined, 401],
        ["POST /v1/chat/completions", key, chat(false), 200],
        ["POST /v1/chat/completions", key, chat(true), 200],
        ["GET /nowhere", key, undefined, 404],
      ] as const) {
        const answer = await ask(listed, line, { ...headers, origin }, body);
        expect([line, answer.status, answer.headers["access-control-allow-origin"]]).toEqual([line, status, origin]);
        expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
        if (body === chat(true)) expect(answer.body).toEndWith("data: [DONE]\n\n");
      }
      for (const line of ["GET /admin/v1/keys", "OPTIONS /admin/v1/keys", "GET /openapi.json"]) {
        const answer = await ask(listed, line, { ...admin, origin, "access-control-request-method": "GET" });
        expect([line, answer.status, answer.head.toLowerCase().includes("access-control-")]).toEqual([line, 403, false]);
      }
    },
  );

  test("may not break the answer's head by what they ask for", async () => {
    const asked = await ask(listed, "OPTIONS /v1/models", {
      origin: app,
      "access-control-request-method": "GET",
      "access-control-request-headers": 'x"<>',
    });
    expect([asked.status, asked.headers["access-control-allow-headers"]]).toEqual([204, undefined]);
  });

  test("of the gateway's own name are its own", async () => {
    for (const gateway of [closed, wide]) {
      expect((await ask(gateway, "GET /v1/models", { ...key, origin: `http://127.0.0.1:${gateway.port}` })).status).toBe(200);
    }
    expect((await ask(wide, "GET /v1/models", { ...key, host: "gw.example", origin: "https://gw.example" })).status).toBe(200);
    expect((await ask(wide, "GET /v1/models", { ...key, host: "gw.example", origin: "https://gw.example:444" })).status).toBe(403);
  });
});
