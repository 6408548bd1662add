import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { clientKey, makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { providersAt } from "../faults/upstream-config.ts";
import type { Checks } from "../node/checks.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { OpensslAuthority, type PemFiles, readPem } from "./openssl-authority.ts";

const hello = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Hello" }] });

/**
 * Certificates that `openssl` made, clients that are `curl` and `openssl`'s own, and the gateway in a process of its own.
 *
 * @param program the runtime that serves
 */
export async function checkMtls(checks: Checks, program: string, runtime: string): Promise<void> {
  const folder = makeFolder();
  const gatewayFolder = makeFolder();
  const authority = new OpensslAuthority(folder, "authority");
  const stranger = new OpensslAuthority(folder, "stranger");
  // The same name as the real one: only the signature tells.
  const twin = new OpensslAuthority(makeSub(folder, "twin"), "authority");
  const server = authority.issue("gateway", ["DNS:localhost", "IP:127.0.0.1"]);
  const shown = { cert: join(folder, "shown.pem"), key: join(folder, "shown.key") };
  replace(shown, server);
  const spiffe = ["URI:spiffe://acme.example/ns/prod/sa/billing"];
  const good = authority.issue("whatever", spiffe);
  const people: Record<string, PemFiles> = {
    good,
    "by common name": authority.issue("batch", ["DNS:x.example"]),
    operator: authority.issue("ops", ["DNS:ops.acme.example"]),
    nobody: authority.issue("nobody", ["DNS:nobody.example"]),
    // What stands in one name must not be read as several.
    "two names in one": authority.issue("evil", ["URI:spiffe://elsewhere.example/x, URI:spiffe://acme.example/ns/prod/sa/billing"]),
    "a name behind ours": authority.issue("evil", ["DNS:ops.acme.example.evil.example"]),
    expired: authority.issue("whatever", spiffe, true),
    stranger: stranger.issue("whatever", spiffe),
    twin: twin.issue("whatever", spiffe),
  };
  const tls = (clientAuth: string) => ({ ...shown, clientCa: authority.cert, clientAuth });
  const upstream = await startFaultUpstream();
  const config = (clientAuth: string) => ({
    tls: tls(clientAuth),
    providers: { demo: { type: "demo" }, ...providersAt(upstream.url) },
    teams: { services: { models: ["demo/*", "chat/*"] } },
    identity: {
      certificates: [
        { uri: "spiffe://acme.example/ns/prod/sa/*", team: "services" },
        { commonName: "batch", user: "nightly batch" },
        { dns: "ops.acme.example", roles: ["admin"] },
      ],
    },
  });
  const curl = (port: number, path: string, files: PemFiles | undefined, ...more: readonly string[]) => {
    const own = files ? ["--cert", files.cert, "--key", files.key] : [];
    const url = `https://localhost:${port}${path}`;
    return run("curl", ["-sS", "-m", "10", "--cacert", authority.cert, ...own, "-w", "\n%{http_code}", ...more, url]);
  };
  const chat = async (port: number, files: PemFiles | undefined, ...more: readonly string[]) => {
    const said = await curl(port, "/v1/chat/completions", files, "-H", "content-type: application/json", "-d", hello, ...more);
    return said.code === 0 ? said.out.split("\n").at(-1) : "no connection";
  };

  const optional = await startGateway({ config: config("optional"), folder: gatewayFolder, program });
  const { port } = optional;
  const expected: Record<string, string> = {
    good: "200",
    "by common name": "200",
    operator: "200",
    nobody: "401",
    "two names in one": "401",
    "a name behind ours": "401",
    expired: "no connection",
    stranger: "no connection",
    twin: "no connection",
  };
  for (const [name, status] of Object.entries(expected)) {
    await checks.check(`${runtime}, certificate optional: ${name} → ${status}`, async () => {
      assert.equal(await chat(port, people[name]), status);
    });
  }
  await checks.check(`${runtime}, certificate optional: without one a key is asked for, and is enough`, async () => {
    assert.equal(await chat(port, undefined), "401");
    assert.equal(await chat(port, undefined, "-H", `authorization: Bearer ${clientKey}`), "200");
  });
  await checks.check(`${runtime}: only whom a rule gives a role of operators reaches the admin API`, async () => {
    const statuses = [];
    for (const who of ["operator", "good", "nobody"])
      statuses.push((await curl(port, "/admin/v1/keys", people[who])).out.split("\n").at(-1));
    assert.deepEqual(statuses, ["200", "403", "401"]);
  });
  await checks.check(`${runtime}: no header says what a certificate says`, async () => {
    const der = new X509Certificate(readFileSync(good.cert)).raw.toString("base64");
    for (const header of [
      "x-forwarded-client-cert: URI=spiffe://acme.example/ns/prod/sa/billing",
      `client-cert: :${der}:`,
      "x-ssl-client-verify: SUCCESS",
    ])
      assert.equal(await chat(port, undefined, "-H", header), "401", header);
  });
  await checks.check(`${runtime}: what speaks no TLS, or a version before 1.2, gets no answer`, async () => {
    assert.notEqual((await run("curl", ["-sS", "-m", "5", `http://localhost:${port}/healthz`])).code, 0);
    assert.notEqual((await curl(port, "/healthz", undefined, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")).code, 0);
    assert.equal((await curl(port, "/healthz", undefined, "--tls-max", "1.2")).code, 0);
  });
  await checks.check(`${runtime}: a stream comes whole over TLS, and a large body goes`, async () => {
    const large = join(folder, "large.json");
    writeFileSync(
      large,
      JSON.stringify({
        model: "demo/chat",
        stream: true,
        messages: [
          { role: "system", content: "x ".repeat(4_000_000) },
          { role: "user", content: "Hello" },
        ],
      }),
    );
    const { out } = await curl(port, "/v1/chat/completions", good, "-H", "content-type: application/json", "--data-binary", `@${large}`);
    assert.match(out, /data: \[DONE\]\n\n\n200$/);
  });
  await checks.check(`${runtime}: clients that read slowly over TLS get everything, and hold the upstream back`, async () => {
    const ask = (bytes: number, rate: string, ...more: readonly string[]) => {
      const body = JSON.stringify({ model: `chat/big-${bytes}`, stream: true, messages: [{ role: "user", content: "Hello" }] });
      return curl(port, "/v1/chat/completions", good, "-H", "content-type: application/json", "-d", body, "--limit-rate", rate, ...more);
    };
    const [fast, slow] = await Promise.all([ask(12_000_000, "1G"), ask(12_000_000, "4M")]);
    assert.ok(fast.out.length > 12_000_000, `${fast.out.length} bytes`);
    assert.equal(createHash("sha256").update(slow.out).digest("hex"), createHash("sha256").update(fast.out).digest("hex"));
    const before = optional.residentBytes();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, optional.residentBytes() - before);
    }, 50);
    await Promise.all(Array.from({ length: 30 }, () => ask(100_000_000, "10K", "-m", "6")));
    clearInterval(watch);
    process.stdout.write(`${runtime}: 30 clients at 10 KB/s of 100 MB each: ${Math.round(most / 1e6)} MB more resident at most\n`);
    assert.ok(most < 150_000_000, `${most} bytes more`);
  });
  await checks.check(`${runtime}: a certificate that replaces the files is shown without a restart, and no request fails`, async () => {
    const load = keepAsking(port, readFileSync(authority.cert, "utf8"), readPem(good));
    const before = await fingerprint(port, authority.cert);
    const renewed = authority.issue("gateway", ["DNS:localhost", "IP:127.0.0.1"]);
    replace(shown, renewed);
    await until("the new certificate is shown", async () => (await fingerprint(port, authority.cert)) !== before);
    assert.equal(await fingerprint(port, authority.cert), sha256Of(renewed.cert));
    // Files that do not belong together change nothing.
    writeFileSync(shown.key, readFileSync(good.key));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(await fingerprint(port, authority.cert), sha256Of(renewed.cert));
    assert.match(optional.log(), /tls\.key: .* is not the key of the certificate\. The old certificate keeps serving/);
    assert.equal((optional.log().match(/The old certificate keeps serving/g) ?? []).length, 1);
    replace(shown, server);
    const { asked, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(asked > 50, `only ${asked} asked`);
  });
  await optional.stop();
  await checks.check(`${runtime}: records name whom the certificate stood for`, async () => {
    const { records } = await readLedger(gatewayFolder);
    const keys = new Set([...records.values()].map(({ keyId }) => keyId));
    for (const id of ["certificate:spiffe://acme.example/ns/prod/sa/billing", "certificate:batch", "certificate:ops.acme.example"])
      assert.ok(keys.has(id), `${id} is not among ${[...keys].join(", ")}`);
  });

  const required = await startGateway({ config: config("required"), folder: makeSub(gatewayFolder, "required"), program });
  await checks.check(`${runtime}, certificate required: without a good one there is no connection`, async () => {
    for (const who of [undefined, "expired", "stranger", "twin"])
      assert.equal(
        await chat(required.port, who === undefined ? undefined : people[who], "-H", `authorization: Bearer ${clientKey}`),
        "no connection",
        who ?? "none",
      );
    assert.equal(await chat(required.port, good), "200");
    assert.equal(await chat(required.port, people.nobody, "-H", `authorization: Bearer ${clientKey}`), "200");
  });
  await checks.check(`${runtime}: a second authority is taken when its file is replaced`, async () => {
    const both = join(folder, "both.pem");
    writeFileSync(both, readFileSync(authority.cert, "utf8"));
    const path = join(gatewayFolder, "required", "sluice.json");
    const document = JSON.parse(readFileSync(path, "utf8")) as { tls: object };
    writeFileSync(path, JSON.stringify({ ...document, tls: { ...document.tls, clientCa: both } }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    writeFileSync(both, readFileSync(authority.cert, "utf8") + readFileSync(stranger.cert, "utf8"));
    await until("the stranger is let in", async () => (await chat(required.port, people.stranger)) === "200");
    assert.equal(await chat(required.port, people.twin), "no connection");
  });
  await required.stop();
  await upstream.close();
  removeFolder(gatewayFolder);
  removeFolder(folder);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function makeSub(folder: string, name: string): string {
  const sub = join(folder, name);
  mkdirSync(sub, { recursive: true });
  return sub;
}

function replace(shown: PemFiles, by: PemFiles): void {
  copyFileSync(by.key, shown.key);
  copyFileSync(by.cert, shown.cert);
}

function run(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, out) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, out });
    });
  });
}

function sha256Of(path: string): string {
  return createHash("sha256")
    .update(new X509Certificate(readFileSync(path)).raw)
    .digest("hex");
}

/** Of what the gateway shows. */
async function fingerprint(port: number, ca: string): Promise<string> {
  const said = await run("sh", [
    "-c",
    `openssl s_client -connect localhost:${port} -CAfile ${ca} </dev/null 2>/dev/null | openssl x509 -outform der | sha256sum`,
  ]);
  return said.out.split(" ")[0] ?? "";
}

/** One new connection after another, each with one request. */
function keepAsking(port: number, ca: string, own: { cert: string; key: string }) {
  let stopped = false;
  let asked = 0;
  const failures: string[] = [];
  const once = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca, ...own });
      let text = "";
      socket.on("secureConnect", () =>
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${hello.length}\r\n\r\n${hello}`,
        ),
      );
      socket.on("data", (bytes) => {
        text += bytes.toString();
      });
      socket.on("error", (error) => failures.push(error.message));
      socket.on("close", () => {
        asked++;
        if (!text.startsWith("HTTP/1.1 200")) failures.push(text.slice(0, 100));
        resolve();
      });
    });
  const loop = (async () => {
    while (!stopped) await once();
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      return { asked, failures };
    },
  };
}
