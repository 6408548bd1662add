import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { SMTPServer } from "smtp-server";
import type { MailConfig, OpenIdConfig } from "../../src/config/index.ts";
import { Explanation, Fault } from "../../src/exchange/index.ts";
import { deliver } from "../../src/gateway/alerts/alert-target.ts";
import { openGateway, openSecrets } from "../../src/gateway/index.ts";
import { openTransport, type Transport } from "../../src/providers/index.ts";
import { isForbiddenAddress } from "../../src/providers/transport/forbidden-address.ts";
import { Secret } from "../../src/secrets/index.ts";
import { OpenIdEndpoints } from "../../src/server/login/openid-endpoints.ts";
import { inParallel } from "../faults/promise.ts";
import { spelledHosts, spelledUrls } from "./address-spellings.ts";

/** Stands for the public internet; every other address is what it is. */
const publicAddress = "127.0.0.2";
const isForbidden = (address: string) => address !== publicAddress && isForbiddenAddress(address);

/** Nobody may ever connect here: on every address of this machine, but for the one that counts as public. */
let connections = 0;
const canary = createServer((socket) => {
  if (!socket.localAddress?.endsWith(publicAddress)) connections++;
  socket.destroy();
});
/** What a server that counts as public says of itself, by path; it names other addresses. */
let documents = new Map<string, unknown>();
const web = createHttpServer((request, response) => {
  const found = documents.get(request.url ?? "");
  response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(found ?? {}));
});

const listen = (server: Server | typeof web, host: string) =>
  new Promise<number>((resolve) => server.listen(0, host, () => resolve((server.address() as { port: number }).port)));

let port = 0;
let webPort = 0;
let transport: Transport;
/** As someone may write them who means the inside: hosts for `https://`, and whole addresses. */
let addresses: readonly string[] = [];

beforeAll(async () => {
  port = await listen(canary, "::");
  webPort = await listen(web, publicAddress);
  transport = await openTransport({ isForbidden });
  const hosts = spelledHosts.flatMap((host) => [`https://${host}:${port}/x`, `http://${host}:${port}/x`]);
  addresses = [...hosts, ...spelledUrls(port)].filter((url) => URL.parse(url)?.protocol.startsWith("http"));
});
afterAll(async () => {
  await transport.close();
  canary.close();
  web.close();
});
beforeEach(() => {
  connections = 0;
});

const https = () => addresses.filter((url) => URL.parse(url)?.protocol === "https:");
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Counts how the tries ended, by the faults' codes. */
async function ended(all: readonly string[], attempt: (url: string) => Promise<unknown>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await inParallel(all, 24, async (url) => {
    const how = await attempt(url).then(
      () => "done",
      (error: unknown) => (error instanceof Explanation ? "explained" : Fault.from(error).code),
    );
    counts[how] = (counts[how] ?? 0) + 1;
  });
  return counts;
}

describe("leads into no network that the config does not name:", () => {
  const told = (id: string, tried: number, counts: object) =>
    console.log(JSON.stringify({ id: `addresses of ${id}`, tried, ...counts, connections }));

  test("where an authorization server of tokens, or its keys, are said to be", async () => {
    const urls = https();
    const plain = (url: string) => URL.parse(url)?.username === "" && !/[?#]/.test(url);
    const named = urls.filter(plain);
    const issuers = Object.fromEntries(
      named.flatMap((url, at) => {
        const common = { audience: "gateway", everyone: {} };
        return [
          [`described-${at}`, { ...common, issuer: `https://issuer-${at}.example`, discovery: url }],
          [`keys-${at}`, { ...common, issuer: `https://keys-${at}.example`, jwks: url }],
        ];
      }),
    );
    // A public server that describes itself, and says that its keys are inside.
    documents = new Map(
      urls.map((url, at) => [
        `/${at}/.well-known/openid-configuration`,
        { issuer: `http://${publicAddress}:${webPort}/${at}`, jwks_uri: url },
      ]),
    );
    urls.forEach((_, at) => {
      issuers[`public-${at}`] = { audience: "gateway", everyone: {}, issuer: `http://${publicAddress}:${webPort}/${at}` } as never;
    });
    const gateway = await openGateway({ transport, config: { providers: { demo: {} }, identity: { issuers } } });
    const header = part({ alg: "RS256", kid: "1" });
    const tokens = Object.values(issuers).map((each) => {
      const { issuer } = each as { issuer: string };
      const claims = { iss: issuer, aud: "gateway", sub: "x", iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 60 };
      return `${header}.${part(claims)}.${Buffer.alloc(256, 7).toString("base64url")}`;
    });
    const statuses: Record<string, number> = {};
    await inParallel(tokens, 24, async (token) => {
      const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/models", { headers: { authorization: `Bearer ${token}` } }));
      await answer.text();
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    });
    await gateway.close();
    told("issuers and their keys", tokens.length, statuses);
    expect(statuses).toEqual({ 503: tokens.length });
    expect(tokens.length).toBeGreaterThan(1_500);
    expect(connections).toBe(0);
  }, 120_000);

  test("where the provider of the log-in, or what it says of itself, is", async () => {
    const configOf = (issuer: string): OpenIdConfig => ({
      issuer,
      clientId: "sluice",
      clientSecret: undefined,
      scopes: ["openid"],
      userClaim: "email",
      groupsClaim: "groups",
      organisation: undefined,
      createUsers: true,
      roles: new Map(),
      privateAllowed: undefined,
    });
    const itself = await ended(https(), (url) => new OpenIdEndpoints(configOf(url), transport, Date.now).read());
    // Its host is this machine: that one is named, and no other is.
    const onThisMachine = new OpenIdEndpoints(configOf("http://localhost:9"), transport, Date.now);
    const others = addresses.filter((url) => new URL(url).hostname !== "localhost");
    const said = await ended(others, (url) => onThisMachine.ask(url, { form: new URLSearchParams({ code: "secret" }) }));
    const onInternet = new OpenIdEndpoints(configOf("https://login.example"), transport, Date.now);
    const elsewhere = await ended(addresses, (url) => onInternet.ask(url, { form: new URLSearchParams({ code: "secret" }) }));
    told("log-in", https().length + others.length + addresses.length, { itself, said, elsewhere });
    for (const counts of [itself, said, elsewhere]) {
      expect(Object.keys(counts).toSorted()).toEqual(["upstream_forbidden_address", "upstream_unreachable"]);
      expect(counts.upstream_forbidden_address).toBeGreaterThan(250);
    }
    expect(connections).toBe(0);
  }, 120_000);

  test("a webhook's address", async () => {
    const counts = await ended(addresses, (url) =>
      deliver({ kind: "webhook", url: new URL(url), secret: new Secret("x".repeat(20)), privateAllowed: false }, "id", "{}", transport),
    );
    told("webhooks", addresses.length, counts);
    expect(Object.keys(counts).toSorted()).toEqual(["upstream_forbidden_address", "upstream_unreachable"]);
    expect(counts.upstream_forbidden_address).toBeGreaterThan(500);
    expect(connections).toBe(0);
  }, 120_000);

  test("a mail server's host", async () => {
    const counts = await ended(spelledHosts, (host) => deliver(mailTo(host, port, false), "id", alert, transport));
    told("mail servers", spelledHosts.length, counts);
    expect(Object.keys(counts).toSorted()).toEqual(["upstream_forbidden_address", "upstream_unreachable"]);
    expect(counts.upstream_forbidden_address).toBeGreaterThan(250);
    expect(connections).toBe(0);
    // The same host where the config says that it may be there.
    await ended(["127.0.0.1"], (host) => deliver(mailTo(host, port, true), "id", alert, transport));
    expect(connections).toBe(1);
  }, 120_000);

  test("a store of secrets that is said to be on the internet", async () => {
    const urls = https().filter((url) => URL.parse(url)?.username === "" && !/[?#]/.test(url));
    const { secrets, close } = openSecrets({
      env: { AWS_ACCESS_KEY_ID: "AKIAABCDEFGH12345678", AWS_SECRET_ACCESS_KEY: "x".repeat(40) },
      transport,
      log: () => undefined,
    });
    const kinds = (address: string) => [
      { type: "hashicorp-vault", address, auth: { method: "token", token: "t" }, allowPrivateNetwork: false },
      { type: "azure-key-vault", address, credential: { from: "workload-identity" }, allowPrivateNetwork: false },
      { type: "aws-secrets-manager", region: "eu-west-1", address, allowPrivateNetwork: false },
      { type: "aws-parameters", region: "eu-west-1", address, allowPrivateNetwork: false },
    ];
    const sections = Object.fromEntries(urls.flatMap((url, at) => kinds(url).map((options, kind) => [`store-${at}-${kind}`, options])));
    await secrets.builtIn();
    const opened = await secrets.open(sections as never);
    const counts = await ended(Object.keys(sections), (name) =>
      (opened.get(name) as NonNullable<ReturnType<typeof opened.get>>).read("a/b#c"),
    );
    await close();
    told("stores of secrets", Object.keys(sections).length, counts);
    expect(counts.done).toBeUndefined();
    expect(connections).toBe(0);
  }, 240_000);
});

const alert = JSON.stringify({
  type: "limit.threshold",
  timestamp: "2026-11-21T00:00:00.000Z",
  data: { limit: "l", name: "n", whose: "w", measure: "requests", of: 2, used: 1, at: 0.5 },
});

function mailTo(host: string, at: number, privateAllowed: boolean): MailConfig {
  return { kind: "mail", host, port: at, tls: "none", login: undefined, from: "a@example.com", to: ["b@example.com"], privateAllowed };
}

test("mail goes to the address that was checked, and the name is not looked up a second time", async () => {
  let letters = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, _session, done) {
      stream.on("data", () => undefined);
      stream.on("end", () => {
        letters++;
        done();
      });
    },
  });
  const mailPort = await new Promise<number>((resolve) =>
    server.listen(0, publicAddress, () => resolve((server.server.address() as { port: number }).port)),
  );
  let lookUps = 0;
  const rebinding = await openTransport({
    isForbidden,
    // Public the first time, inside from then on; the system knows the name not at all.
    resolve: async () => (lookUps++ === 0 ? [publicAddress] : ["127.0.0.1"]),
  });
  await deliver(mailTo("mail.rebinding.test", mailPort, false), "id", alert, rebinding);
  expect([letters, lookUps]).toEqual([1, 1]);
  // Of several addresses the forbidden ones are not tried, and the next one is where one is silent.
  const several = await openTransport({ isForbidden, resolve: async () => ["10.0.0.1", "127.0.0.1", publicAddress] });
  await deliver(mailTo("mail.several.test", mailPort, false), "id", alert, several);
  expect(letters).toBe(2);
  const inside = await openTransport({ isForbidden, resolve: async () => ["10.0.0.1", "127.0.0.1", "::1"] });
  await expect(deliver(mailTo("mail.inside.test", mailPort, false), "id", alert, inside)).rejects.toMatchObject({
    code: "upstream_forbidden_address",
  });
  await Promise.all([rebinding.close(), several.close(), inside.close()]);
  await new Promise<void>((resolve) => server.close(resolve));
}, 30_000);
