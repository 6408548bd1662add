import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { networkInterfaces } from "node:os";
import { after, describe, test } from "node:test";
import { makeAuthority, selfSigned } from "../../../test/upstreams/certificates.ts";
import { Fault } from "../../exchange/index.ts";
import { AddressGuard } from "./address-guard.ts";
import { openTransport } from "./open-transport.ts";
import type { UpstreamRequest } from "./transport.ts";

const deadlines = { connectMs: 2_000, firstEventMs: 2_000, idleMs: 2_000, totalMs: 4_000 };
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

function post(url: string, privateAllowed = false): UpstreamRequest {
  return { method: "POST", url: new URL(url), headers: {}, body: new Uint8Array(2), deadlines, privateAllowed };
}

async function listen<T extends Server>(server: T): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function codeOf(promise: unknown): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error.code;
  }
}

const signal = new AbortController().signal;

describe("the address guard", () => {
  test("asks for a name once and serves the answer at once from then on", async () => {
    let asked = 0;
    const guard = new AddressGuard({
      resolve: async () => {
        asked += 1;
        return ["2606:4700::1", "1.1.1.1"];
      },
    });
    const [left, right] = await Promise.all([guard.vet("api.test"), guard.vet("api.test")]);
    assert.deepEqual(left, ["1.1.1.1", "2606:4700::1"]);
    assert.equal(left, right);
    assert.equal(guard.vet("api.test"), left);
    assert.equal(asked, 1);
  });

  test("asks anew behind the request when the answer is old, and waits when it is too old", async () => {
    let nowMs = 0;
    let address = "1.1.1.1";
    const guard = new AddressGuard({ resolve: async () => [address], nowMs: () => nowMs });
    await guard.vet("api.test");
    address = "8.8.8.8";
    nowMs = 40_000;
    assert.deepEqual(guard.vet("api.test"), ["1.1.1.1"]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(guard.vet("api.test"), ["8.8.8.8"]);
    nowMs = 400_000;
    assert.ok(guard.vet("api.test") instanceof Promise);
  });

  test("drops a name that begins to lead inside", async () => {
    let nowMs = 0;
    let address = "1.1.1.1";
    const guard = new AddressGuard({ resolve: async () => [address], nowMs: () => nowMs });
    await guard.vet("api.test");
    address = "169.254.169.254";
    nowMs = 40_000;
    guard.vet("api.test");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await codeOf(guard.vet("api.test")), "upstream_forbidden_address");
  });

  test("leaves out the forbidden addresses of a name, and refuses the name when none is left", async () => {
    const guard = new AddressGuard({ resolve: async (name) => (name === "mixed.test" ? ["10.0.0.1", "1.1.1.1"] : ["10.0.0.1", "::1"]) });
    assert.deepEqual(await guard.vet("mixed.test"), ["1.1.1.1"]);
    assert.equal(await codeOf(guard.vet("inside.test")), "upstream_forbidden_address");
  });
});

describe("a transport", () => {
  test("connects to no forbidden address in any spelling, unless the config names it", async () => {
    let reached = 0;
    const server = createHttpServer((_request, response) => {
      reached += 1;
      response.end("inside");
    });
    const port = await listen(server);
    const transport = await openTransport();
    const spellings = [
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0177.0.0.1",
      "127.1",
      "0x7f000001",
      "[::ffff:127.0.0.1]",
      "localhost",
      "127.0.0.1.",
    ];
    for (const host of spellings)
      assert.equal(await codeOf(transport.send(post(`http://${host}:${port}/`), signal)), "upstream_forbidden_address");
    assert.equal(reached, 0);
    assert.equal((await transport.send(post(`http://127.0.0.1:${port}/`, true), signal)).status, 200);
    await transport.close();
  });

  test("reaches no metadata service and nothing link-local for a provider, by whatever name the config has it", async () => {
    const asked: string[] = [];
    const leads: Record<string, string[]> = {
      "metadata.test": ["169.254.169.254"],
      "mixed.test": ["169.254.169.254", "127.0.0.1"],
      "inside.test": ["127.0.0.1"],
    };
    const resolve = async (name: string) => {
      asked.push(name);
      return leads[name] ?? [];
    };
    const port = await listen(createHttpServer((_request, response) => response.end("inside")));
    const transport = await openTransport({ resolve });
    const hosts = ["169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192"];
    const hostsOfIpv6 = [
      "[fd00:ec2::254]",
      "[fe80::1]",
      "[::ffff:169.254.169.254]",
      "[64:ff9b::a9fe:a9fe]",
      "[2002:a9fe:a9fe::]",
      "[fd20:ce::254]",
      "[fd00:c1::a9fe:a9fe]",
      "[fd00:42::42]",
    ];
    for (const host of [...hosts, ...hostsOfIpv6, "metadata.test"])
      assert.equal(await codeOf(transport.send(post(`http://${host}:${port}/`, true), signal)), "upstream_forbidden_address", host);
    for (const host of ["127.0.0.1", "inside.test", "mixed.test"])
      assert.equal((await transport.send(post(`http://${host}:${port}/`, true), signal)).status, 200, host);
    await assert.rejects(transport.addresses("metadata.test", true), /metadata service/);
    for (const zoned of ["fe80::1%eth0", "fe80::a9fe:a9fe%1"])
      await assert.rejects(transport.addresses(zoned, true), /metadata service/, zoned);
    // The credential's own source may: there is none at this address on this machine, and nobody refuses to look.
    const source = { ...post(`http://169.254.169.254:${port}/`), metadataAllowed: true, deadlines: { ...deadlines, connectMs: 200 } };
    assert.equal(await codeOf(transport.send(source, signal)), "upstream_unreachable");
    await transport.close();
    assert.ok(asked.includes("inside.test"));
  });

  test("reaches this machine by its own names in both families, without a resolver", async () => {
    const transport = await openTransport({});
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
    for (const address of ["127.0.0.1", "::1"].filter((each) => own.includes(each))) {
      const server = createHttpServer((_request, response) => response.end("inside"));
      await new Promise<void>((resolve) => server.listen(0, address, resolve));
      const { port } = server.address() as AddressInfo;
      for (const name of ["localhost", "ollama.localhost"])
        assert.equal((await transport.send(post(`http://${name}:${port}/`, true), signal)).status, 200, `${name} at ${address}`);
      server.closeAllConnections();
      server.close();
    }
    assert.equal(await codeOf(transport.send(post("http://ollama.localhost/"), signal)), "upstream_forbidden_address");
    await transport.close();
  });

  test("asks where a private name leads before each connection, so that a name that moves inside is followed and one that turns is not", async () => {
    let address = "127.0.0.1";
    const port = await listen(createHttpServer((_request, response) => response.setHeader("connection", "close").end("inside")));
    const transport = await openTransport({ resolve: async () => [address] });
    const ask = () => transport.send(post(`http://moving.test:${port}/`, true), signal);
    assert.equal((await ask()).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 5));
    address = "169.254.169.254";
    assert.equal(await codeOf(ask()), "upstream_forbidden_address");
    await transport.close();
  });

  test("connects to the address that was checked, although the name leads elsewhere by then, and sends the name", async () => {
    const hosts: (string | undefined)[] = [];
    const port = await listen(
      createHttpServer((request, response) => {
        hosts.push(request.headers.host);
        response.end();
      }),
    );
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ["127.0.0.1"] : ["10.0.0.1"]);
    const transport = await openTransport({ resolve, isForbidden: (address) => address.startsWith("10.") });
    for (let round = 0; round < 3; round += 1) {
      const answer = await transport.send(post(`http://rebinding.test:${port}/`), signal);
      for await (const _chunk of answer.body);
    }
    assert.deepEqual(new Set(hosts), new Set([`rebinding.test:${port}`]));
    assert.equal(asked, 1);
    await transport.close();
  });

  test("goes on to the name's next address when the first one does not take connections", async () => {
    const port = await listen(createHttpServer((_request, response) => response.end()));
    const transport = await openTransport({ resolve: async () => ["127.0.0.9", "127.0.0.1"], isForbidden: () => false });
    for (let round = 0; round < 2; round += 1) assert.equal((await transport.send(post(`http://two.test:${port}/`), signal)).status, 200);
    await transport.close();
  });

  test("checks the certificate against the name although it connects to an address", async () => {
    const authority = makeAuthority();
    const stranger = makeAuthority();
    const names = ["api.example.test"];
    const past = { notBefore: new Date("2020-01-01"), notAfter: new Date("2020-02-01") };
    const cases = [
      ["its own name", authority.issue({ names }), "none"],
      ["a wildcard", authority.issue({ names: ["*.example.test"] }), "none"],
      ["another name", authority.issue({ names: ["other.example.test"] }), "upstream_unreachable"],
      ["its address only", authority.issue({ names: ["127.0.0.1"] }), "upstream_unreachable"],
      ["its name, expired", authority.issue({ names, ...past }), "upstream_unreachable"],
      ["its name, self-signed", selfSigned({ names }), "upstream_unreachable"],
      ["its name, by a stranger", stranger.issue({ names }), "upstream_unreachable"],
    ] as const;
    const transport = await openTransport({
      resolve: async () => ["127.0.0.1"],
      isForbidden: () => false,
      certificateAuthorities: authority.cert,
    });
    for (const [what, certificate, expected] of cases) {
      const hosts: (string | undefined)[] = [];
      const port = await listen(
        createTlsServer({ ...certificate }, (request, response) => {
          hosts.push(request.headers.host);
          response.end();
        }),
      );
      assert.equal(await codeOf(transport.send(post(`https://api.example.test:${port}/`), signal)), expected, what);
      assert.deepEqual(hosts, expected === "none" ? [`api.example.test:${port}`] : [], what);
      if (expected !== "none") continue;
      // A connection that is kept for one name must not serve another one at the same address.
      assert.equal(await codeOf(transport.send(post(`https://other.test:${port}/`), signal)), "upstream_unreachable");
    }
    await transport.close();
  });
});
