import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clientKey, type GatewayProcess, makeFolder, removeFolder, type StartOptions, startGateway } from "../faults/gateway-process.ts";
import { sleep } from "../faults/promise.ts";
import { OpensslAuthority } from "../identity/openssl-authority.ts";
import { type Landscape, sluice } from "./landscape.ts";
import { marker } from "./planted-config.ts";
import { openTap } from "./tap.ts";

/** Gateways that start, or do not, with secrets of other slots; and how they end. */
export async function tourStarts(land: Landscape): Promise<void> {
  await withStores(land);
  await withBucket(land);
  await withTls(land);
  await withFirstKeys(land);
  await crashed(land);
}

/** Starts it, lets it work, and notes all that is left. */
async function lived(
  land: Landscape,
  what: string,
  options: StartOptions,
  work: (gateway: GatewayProcess) => Promise<void>,
): Promise<void> {
  const { shown, env } = land;
  const folder = makeFolder();
  try {
    const gateway = await startGateway({ ...options, folder, env: { ...env, ...options.env } });
    await work(gateway);
    await gateway.stop();
    shown.note("log", what, gateway.log());
    shown.note("printed", what, gateway.printed());
  } catch (error) {
    shown.note("ends of processes", what, error instanceof Error ? `${error.message}\n${error.stack}` : String(error));
  }
  shown.noteFolder("data folder", join(folder, "data"), ["secrets"]);
  removeFolder(folder);
}

/** Stores of counters that refuse and tell what they got. */
async function withStores(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  // RESP's errors are a line; PostgreSQL's begin with a request for the password in the clear.
  const redis = await openTap((got, socket) => void socket.write(`-WRONGPASS ${got.toString("latin1").replace(/[\r\n]+/g, " ")}\r\n`));
  const postgres = await openTap((got, socket) => {
    if (got[0] !== 0x70 && got.length > 8) return void socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    const fields = Buffer.from(`SFATAL\0C28P01\0M${got.subarray(5).toString("latin1").replaceAll("\0", "")}\0\0`, "latin1");
    const head = Buffer.alloc(5);
    head[0] = 0x45;
    head.writeUInt32BE(fields.length + 4, 1);
    return void socket.end(Buffer.concat([head, fields]));
  });
  for (const [scheme, port] of [
    ["redis", redis.port],
    ["postgres", postgres.port],
    ["redis", 9],
    ["postgres", 9],
  ] as const) {
    const name = `password of ${scheme} at ${port === 9 ? "a dead port" : "a server that tells"}`;
    const password = canaries.make(name);
    const config = {
      providers: { demo: {} },
      stores: { counters: `${scheme}://user:${encodeURIComponent(password)}@127.0.0.1:${port}/0`, timeoutMs: 500 },
      keys: [{ name: "limited", value: `sk-sluice-${canaries.make(`key beside the ${name}`)}`, limits: { requestsPerDay: 5 } }],
    };
    await lived(land, name, { config }, async ({ port: own, folder }) => {
      const headers = { authorization: `Bearer ${config.keys[0]?.value}`, "content-type": "application/json" };
      const body = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "hi" }] });
      const answer = await fetch(`http://127.0.0.1:${own}/v1/chat/completions`, { method: "POST", headers, body });
      shown.note("answers to applications", name, JSON.stringify([...answer.headers]) + (await answer.text()));
      const words = ["doctor", "--config", join(folder, "sluice.json"), "--data", join(folder, "data")];
      const told = await sluice(words, land.env);
      shown.note("commands", `doctor, ${name}`, told.out + told.err);
    });
  }
  await Promise.all([redis.close(), postgres.close()]);
}

/** A bucket for what was asked and answered, which refuses and tells what it got. */
async function withBucket(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  const bucket = await openTap((got, socket) => {
    const told = `<Error><Code>AccessDenied</Code><Message>${got.toString("latin1").replace(/[<>&]/g, " ").slice(0, 2_000)}</Message></Error>`;
    socket.end(
      `HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\ncontent-length: ${told.length}\r\nconnection: close\r\n\r\n${told}`,
    );
  });
  const s3 = {
    bucket: "canaries",
    region: "eu-west-1",
    endpoint: bucket.url,
    accessKeyId: "AKIAABCDEFGH12345678",
    secretAccessKey: canaries.make("key of the bucket"),
  };
  const config = { providers: { demo: {} }, records: { bodies: {} }, stores: { bodies: { s3 } } };
  await lived(land, "a bucket that refuses", { config }, async ({ port, folder }) => {
    const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
    const asked = canaries.make("what is kept in a bucket");
    const body = JSON.stringify({ model: "demo/embed", input: asked });
    await (await fetch(`http://127.0.0.1:${port}/v1/embeddings`, { method: "POST", headers, body })).text();
    for (let turn = 0; turn < 60 && bucket.heard() === ""; turn++) await sleep(50);
    const told = await sluice(["doctor", "--config", join(folder, "sluice.json"), "--data", join(folder, "data")], land.env);
    shown.note("commands", "doctor, a bucket that refuses", told.out + told.err);
  });
  // Sealed, and signed with a key that itself stays here.
  shown.note("to providers", "the bucket", bucket.heard());
  if (bucket.heard() === "") throw new Error("Nothing was sent to the bucket.");
  await bucket.close();
}

/** The private keys of both sides of TLS. */
async function withTls(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  const folder = makeFolder();
  const authority = new OpensslAuthority(folder, "authority");
  const server = authority.issue("gateway", ["DNS:localhost", "IP:127.0.0.1"]);
  const client = authority.issue("client", ["URI:spiffe://acme.example/ns/prod"]);
  const secretOf = (path: string) => readFileSync(path, "utf8").split("\n")[2]?.slice(0, 24) as string;
  canaries.add("private key of the listener", secretOf(server.key));
  canaries.add("private key of a client", secretOf(client.key));
  const config = {
    providers: { demo: {} },
    tls: { ...server, clientCa: authority.cert, clientAuth: "optional" },
    identity: { certificates: [{ uri: "spiffe://acme.example/*", user: marker }] },
  };
  await lived(land, "TLS", { config }, async ({ port, folder: own }) => {
    const ca = readFileSync(authority.cert, "utf8");
    const shownPair = { cert: readFileSync(client.cert, "utf8"), key: readFileSync(client.key, "utf8") };
    for (const tls of [{ ca }, { ca, ...shownPair }, { ca, cert: shownPair.cert, key: readFileSync(server.key, "utf8") }]) {
      for (const path of ["/v1/models", "/nowhere", "/admin/v1/keys"]) {
        const answer = await fetch(`https://localhost:${port}${path}`, { tls }).then(
          async (got) => JSON.stringify([...got.headers]) + (await got.text()),
          (error: Error) => error.message,
        );
        shown.note("answers to applications", `TLS ${path}`, answer);
      }
    }
    const told = await sluice(["check", "--config", join(own, "sluice.json")], land.env);
    shown.note("commands", "check, TLS", told.out + told.err);
  });
  // The key stands where the certificate should, and the other way round.
  for (const tls of [
    { cert: server.key, key: server.cert },
    { cert: server.cert, key: client.key },
  ])
    await lived(land, "TLS with wrong files", { config: { ...config, tls } }, async () => undefined);
  removeFolder(folder);
}

/** Keys that a first start makes stand in what that start prints, and nowhere else. */
async function withFirstKeys(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  const folder = makeFolder();
  const options = { config: { providers: { demo: {} } }, folder, env: { SLUICE_LOG: "debug" } };
  const first = await startGateway(options);
  for (const [at, key] of [...first.printed().matchAll(/sk-sluice-[\w-]+/g)]
    .map(([text]) => text)
    .filter((text) => text !== clientKey)
    .entries())
    canaries.add(`first key ${at}`, key);
  if (!canaries.names.includes("first key 0")) throw new Error(`No key was made: ${first.printed()}`);
  await first.stop();
  shown.note("log", "a first start", first.log());
  const second = await startGateway(options);
  await second.stop();
  shown.note("log", "a second start", second.log());
  shown.note("printed", "by a second start", second.printed());
  shown.noteFolder("data folder", join(folder, "data"), ["secrets"]);
  removeFolder(folder);
}

/** The runtime's own words at a crash, and what is left of the process. */
async function crashed(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  for (const signal of ["SIGSEGV", "SIGABRT", "SIGILL"] as const) {
    const folder = makeFolder();
    const providers = {
      demo: {},
      [marker]: { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: canaries.make(`key, ${signal}`) },
    };
    const gateway = await startGateway({ config: { providers }, folder, env: land.env });
    const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
    const body = JSON.stringify({ model: `${marker}/m`, messages: [{ role: "user", content: "hi" }] });
    await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, { method: "POST", headers, body });
    process.kill(gateway.pid, signal);
    for (let turn = 0; turn < 100 && gateway.alive(); turn++) await sleep(50);
    await gateway.kill();
    shown.note("ends of processes", signal, gateway.log() + gateway.printed());
    shown.noteFolder("data folder", join(folder, "data"), ["secrets"]);
    removeFolder(folder);
  }
}
