import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { documentPaths } from "../../src/server/door-of.ts";

import { clientKey, type GatewayProcess, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { sleep } from "../faults/promise.ts";
import { RawConnection } from "../faults/raw-connection.ts";
import { OpensslAuthority, type PemFiles } from "../identity/openssl-authority.ts";

const env = { SLUICE_ADMIN_KEY: "sk-sluice-admin-pages-7be1c0952d4f6a83" };
const providers = { demo: {} };
const year = 365 * 86_400;
const folder = makeFolder();
const gateways: GatewayProcess[] = [];
let ca = "";
let tls: PemFiles;

beforeAll(() => {
  const authority = new OpensslAuthority(folder, "authority");
  tls = authority.issue("gateway", ["DNS:localhost", "IP:127.0.0.1"]);
  ca = readFileSync(authority.cert, "utf8");
});
afterAll(async () => {
  for (const gateway of gateways) {
    await gateway.stop();
    removeFolder(gateway.folder);
  }
  removeFolder(folder);
});

async function started(config: Readonly<Record<string, unknown>>): Promise<GatewayProcess> {
  const gateway = await startGateway({ config: { providers, ...config }, env });
  gateways.push(gateway);
  return gateway;
}

/** What comes back, byte by byte. */
function overTls(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(request);
  });
}

async function inTheClear(port: number, request: string): Promise<string> {
  const connection = new RawConnection(port);
  connection.send(request);
  await connection.end();
  connection.destroy();
  return connection.text;
}

const head = (line: string, more = "") => `${line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${more}\r\n`;
const stream = JSON.stringify({ model: "demo/chat", stream: true, messages: [{ role: "user", content: "hi" }] });
const requests = [
  head("GET /docs"),
  head("GET /healthz"),
  head("GET /v1/models"),
  head("GET /v1/models", `authorization: Bearer ${clientKey}\r\n`),
  head("POST /v1/chat/completions", `authorization: Bearer ${clientKey}\r\ncontent-length: ${stream.length}\r\n`) + stream,
  head("GET /admin/v1/keys"),
  head("GET /auth/login"),
  head("GET /nowhere"),
  "BAD\r\n\r\n",
];
/** The header's lines in an answer; one is right. */
const told = (answer: string) =>
  [...(answer.split("\r\n\r\n")[0] as string).matchAll(/^strict-transport-security: (.*)\r?$/gim)].map(([, value]) => value);

describe("browsers are told to come by HTTPS only", () => {
  test("in every answer of a gateway that speaks TLS beyond this machine, streams and refusals among them", async () => {
    const { port } = await started({ listen: "0.0.0.0:0", tls, login: { publicUrl: "https://localhost" } });
    const plain = await started({ listen: "0.0.0.0:0", tls });
    for (const at of [port, plain.port]) {
      for (const request of requests) {
        const answer = await overTls(at, request);
        expect([request.split("\r\n")[0], answer.slice(0, 8), told(answer)]).toEqual([
          request.split("\r\n")[0],
          "HTTP/1.1",
          [`max-age=${year}`],
        ]);
      }
    }
  }, 30_000);

  test("behind a proxy that speaks TLS, where the config says so or names the address that browsers know", async () => {
    const named = await started({ login: { publicUrl: "https://ai.example.com" } });
    const said = await started({ hsts: { maxAgeDays: 30, subdomains: true } });
    for (const request of requests) {
      expect(told(await inTheClear(named.port, request))).toEqual([`max-age=${year}`]);
      expect(told(await inTheClear(said.port, request))).toEqual([`max-age=${30 * 86_400}; includeSubDomains`]);
    }
  }, 30_000);

  test("and not in the clear, not for names of this machine, and not where the config says no", async () => {
    const clear = await started({});
    const near = await started({ tls });
    const off = await started({ listen: "0.0.0.0:0", tls, hsts: false });
    for (const request of requests) {
      expect(told(await inTheClear(clear.port, request))).toEqual([]);
      expect(told(await overTls(near.port, request))).toEqual([]);
      expect(told(await overTls(off.port, request))).toEqual([]);
    }
    // From the moment that the config says otherwise.
    const place = join(clear.folder, "sluice.json");
    writeFileSync(place, JSON.stringify({ ...JSON.parse(readFileSync(place, "utf8")), hsts: { maxAgeDays: 0 } }));
    for (let turn = 0; turn < 60 && told(await inTheClear(clear.port, requests[1] as string)).length === 0; turn++) await sleep(50);
    expect(told(await inTheClear(clear.port, requests[1] as string))).toEqual(["max-age=0"]);
  }, 30_000);
});

test("every page runs nothing, loads nothing but its own style, sends its forms nowhere else and stands in no frame", async () => {
  const { port } = await started({ login: { publicUrl: "http://127.0.0.1:9" } });
  const url = `http://127.0.0.1:${port}`;
  const form = { method: "POST", headers: { origin: "http://127.0.0.1:9" }, body: new URLSearchParams({ key: "x".repeat(40) }) };
  const pages: (readonly [string, RequestInit?])[] = [
    ...documentPaths.map((path) => [path] as const),
    ...[
      "/auth/login",
      "/auth/login?to=/docs",
      "/auth/callback?code=x&state=y",
      "/auth/callback?error=<script>alert(1)</script>&state=y",
    ].map((path) => [path] as const),
    ...["/auth/key", "/auth/device", "/auth/device?user_code=<img src=x>", "/auth/nowhere", "/auth/<svg onload=x>"].map(
      (path) => [path] as const,
    ),
    ["/auth/key", form],
    ["/auth/key", { ...form, headers: { origin: "https://evil.example" } }],
    ["/auth/device/answer", form],
    ["/auth/logout", form],
  ];
  let html = 0;
  for (const [path, init] of pages) {
    const answer = await fetch(`${url}${path}`, { redirect: "manual", ...init, headers: { accept: "text/html", ...init?.headers } });
    const { headers } = answer;
    const text = await answer.text();
    const where = `${init?.method ?? "GET"} ${path} ${answer.status}`;
    const policy = new Map(
      (headers.get("content-security-policy") ?? "").split("; ").map((rule) => [rule.split(" ")[0] as string, rule.split(" ").slice(1)]),
    );
    expect([where, headers.get("x-content-type-options"), policy.get("default-src"), policy.get("frame-ancestors")]).toEqual([
      where,
      "nosniff",
      ["'none'"],
      ["'none'"],
    ]);
    expect([where, headers.get("referrer-policy"), headers.get("cross-origin-resource-policy")]).toEqual([
      where,
      expect.stringMatching(/^(no-referrer|same-origin)$/),
      "same-origin",
    ]);
    expect([where, headers.get("cache-control")]).toEqual([
      where,
      documentPaths.includes(path as (typeof documentPaths)[number]) ? "no-cache" : "no-store",
    ]);
    expect([where, policy.has("script-src"), policy.has("connect-src"), policy.has("img-src")]).toEqual([where, false, false, false]);
    if (!headers.get("content-type")?.startsWith("text/html")) continue;
    html++;
    expect([where, headers.get("content-type"), headers.get("cross-origin-opener-policy")]).toEqual([
      where,
      "text/html; charset=utf-8",
      "same-origin",
    ]);
    expect([where, policy.get("base-uri"), policy.get("form-action")?.[0]]).toEqual([
      where,
      ["'none'"],
      expect.stringMatching(/^'(self|none)'$/) as unknown as string,
    ]);
    // The one style that is let in is the one that is there.
    const styles = [...text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style]) =>
      createHash("sha256")
        .update(style as string)
        .digest("base64"),
    );
    expect([where, policy.get("style-src")]).toEqual([where, styles.map((hash) => `'sha256-${hash}'`)]);
    expect([where, /<(script|iframe|object|embed|link|img|svg|base)[\s>]|\son[a-z]+\s*=|javascript:|\sstyle\s*=/i.exec(text)?.[0]]).toEqual(
      [where, undefined],
    );
  }
  console.log(JSON.stringify({ id: "pages", tried: pages.length, html }));
  expect(html).toBeGreaterThan(8);
}, 30_000);
