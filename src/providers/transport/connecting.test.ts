import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { openBlackHole } from "../../../test/upstreams/black-hole.ts";
import { makeAuthority } from "../../../test/upstreams/certificates.ts";
import type { Link, OpenLink } from "./link.ts";
import { openLink as openNodeLink } from "./node-link.ts";

// How connections are begun, on each runtime: by the system's own calls where they go to an address, on Bun on Linux, else by `node:net`.

const links: readonly (readonly [name: string, open: OpenLink])[] = [
  ["node:net", openNodeLink],
  ...(typeof Bun === "undefined" ? [] : [["Bun", (await import("./bun-link.ts")).bunRuntime().openLink] as const]),
];
const refused = /ALTNAME_INVALID|HOSTNAME_MISMATCH|IP_ADDRESS_MISMATCH/;
const descriptors = () => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

/** What a test that fails leaves open would keep the process alive. */
const left = new Set<{ close(): void }>();
after(() => {
  for (const each of left) each.close();
});

function echo(socket: Socket): void {
  left.add({ close: () => socket.destroy() });
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => socket.write(bytes));
}

async function listening(host: string, server: Server = createServer(echo)): Promise<{ server: Server; port: number }> {
  left.add(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

type Tls = { readonly serverName: string; readonly certificateAuthorities: string };

/** What it was told last: the echo of a word, or why there is none. */
function echoOf(open: OpenLink, host: string, port: number, tls?: Tls): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const link: Link = open(
      { host, port, tls, narrow: true },
      {
        onOpen: () => link.write(Buffer.from("a word")),
        onData(bytes) {
          heard += Buffer.from(bytes).toString();
          if (heard !== "a word") return;
          link.destroy();
          resolve(heard);
        },
        onDrain: () => undefined,
        onClose: (error) => resolve(error instanceof Error ? `${(error as { code?: string }).code} ${error.message}` : "closed"),
      },
    );
  });
}

async function settles(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 500 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  return isSo();
}

describe("a connection", () => {
  for (const [name, open] of links) {
    for (const [host, by] of [
      ["127.0.0.1", "127.0.0.1"],
      ["::1", "::1"],
      ["::", "::ffff:127.0.0.1"],
      ["127.0.0.1", "localhost"],
    ] as const) {
      test(`to ${by} is made, and told of when it is refused: ${name}`, async () => {
        const { server, port } = await listening(host);
        assert.equal(await echoOf(open, by, port), "a word");
        await new Promise((resolve) => server.close(resolve));
        const told = await echoOf(open, by, port);
        assert.match(told, /^ECONNREFUSED /);
        if (by !== "localhost") assert.ok(told.endsWith(` connect ECONNREFUSED ${by}:${port}`), told);
      });
    }

    test(`checks the certificate once it is made: ${name}`, async () => {
      const authority = makeAuthority();
      const { server, port } = await listening("127.0.0.1", createTlsServer(authority.issue({ names: ["localhost"] }), echo));
      const tls = { serverName: "localhost", certificateAuthorities: authority.cert };
      assert.equal(await echoOf(open, "127.0.0.1", port, tls), "a word");
      assert.match(await echoOf(open, "127.0.0.1", port, { ...tls, serverName: "other.test" }), refused);
      server.close();
    });

    for (const host of ["127.0.0.1", "::1"]) {
      test(`to ${host} over TLS is to an address, and only that address's certificate is good: ${name}`, async () => {
        const authority = makeAuthority();
        const other = host === "::1" ? "::2" : "127.0.0.2";
        const told: Record<string, string> = {};
        for (const names of [[host], [other], ["localhost"], [host, "localhost"]]) {
          const { server, port } = await listening(host, createTlsServer(authority.issue({ names }), echo));
          told[names.join()] = await echoOf(open, host, port, { serverName: host, certificateAuthorities: authority.cert });
          server.close();
        }
        assert.deepEqual([told[host], told[`${host},localhost`]], ["a word", "a word"]);
        for (const names of [other, "localhost"]) assert.match(told[names] ?? "", refused);
      });
    }

    test(`that the system refuses at once is told of, and leaves no descriptor: ${name}`, async () => {
      await echoOf(open, "0.0.0.0", 1);
      const before = descriptors();
      // A broadcast address: nobody may connect to it by TCP.
      for (let round = 0; round < 20; round++) assert.match(await echoOf(open, "255.255.255.255", 1), /^E[A-Z]+ /);
      assert.ok(await settles(() => descriptors() <= before + 2), `${before} and ${descriptors()} descriptors`);
    });

    test(`that is made late, when others have made room, is made: ${name}`, async () => {
      using hole = await openBlackHole();
      const late = echoOf(open, "127.0.0.1", hole.port);
      const still = new Promise((resolve) => setTimeout(resolve, 300, "being made"));
      assert.equal(await Promise.race([late, still]), "being made");
      hole.wake();
      assert.equal(await late, "a word");
    });

    test(`leaves no descriptor, made or given up: ${name}`, async () => {
      const { server, port } = await listening("127.0.0.1");
      await echoOf(open, "127.0.0.1", port);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = descriptors();
      for (let round = 0; round < 20; round++) assert.equal(await echoOf(open, "127.0.0.1", port), "a word");
      let told = 0;
      const tell = () => void told++;
      const handler = { onOpen: tell, onClose: tell, onData: () => undefined, onDrain: () => undefined };
      for (let round = 0; round < 20; round++) open({ host: "127.0.0.1", port, tls: undefined, narrow: false }, handler).destroy();
      assert.ok(await settles(() => descriptors() <= before + 2), `${before} and ${descriptors()} descriptors`);
      assert.equal(told, 0);
      await new Promise((resolve) => server.close(resolve));
    });
  }
});
