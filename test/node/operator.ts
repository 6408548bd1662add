import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { readAnswer } from "../faults/oracle.ts";
import { sleep, until } from "../faults/promise.ts";
import { ask, bodyFor, openRequest, readMessage } from "../faults/raw-client.ts";
import { startTextUpstream } from "../faults/text-upstream.ts";
import { dialects, providerFor, providersAt } from "../faults/upstream-config.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import type { Checks } from "./checks.ts";

const main = join(import.meta.dirname, "../../src/server/main.ts");

/** What an operator meets: the first start, the commands beside a running gateway, a changed config, the end. */
export async function checkOperator(checks: Checks, program: string): Promise<void> {
  await checkFirstStart(checks, program);
  await checkReload(checks, program);
  await checkDrain(checks, program);
}

async function checkFirstStart(checks: Checks, program: string): Promise<void> {
  const folder = makeFolder();
  mkdirSync(join(folder, "cwd"));
  const gateway = new NakedGateway(program, folder);
  const hello = { model: "demo/chat", messages: [{ role: "user", content: "Hello" }] };
  await checks.check("a first start without any config prints a curl line that works as it stands", async () => {
    const banner = await gateway.banner();
    const line = /^ {2}(curl .*)$/m.exec(banner)?.[1];
    assert.ok(line, banner);
    const { out, code } = await command("sh", ["-c", line.replace("curl ", "curl -sS -m 10 ")], folder);
    assert.equal(code, 0, out);
    assert.equal((JSON.parse(out) as { object: string }).object, "chat.completion", out);
  });
  const url = /serves on (\S+)/.exec(await gateway.banner())?.[1] ?? "";
  let answered = 1;
  let id = "";
  const send = async (key: string) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(hello) });
    await answer.text();
    if (answer.ok) {
      answered++;
      id = answer.headers.get("x-sluice-request-id") ?? "";
    }
    return answer.status;
  };
  const sluice = (...args: string[]) => command(program, [main, ...args, "--data", join(folder, "data")], folder);
  await checks.check("`keys create` makes a key that the running gateway takes, `keys revoke` ends it", async () => {
    const created = await sluice("keys", "create", "tester", "--json");
    assert.equal(created.code, 0, created.out);
    const { key } = JSON.parse(created.out) as { key: string };
    assert.ok(await eventually(async () => (await send(key)) === 200, 3_000), "the key does not work");
    assert.equal((await sluice("keys", "revoke", "tester")).code, 0);
    assert.ok(await eventually(async () => (await send(key)) === 401, 3_000), "the key still works");
  });
  await checks.check("`usage` counts what was asked", async () => {
    const { out, code } = await sluice("usage", "--json");
    assert.equal(code, 0, out);
    const { rows } = JSON.parse(out) as { rows: { model: string; requests: number }[] };
    assert.equal(rows.find(({ model }) => model === "demo/chat")?.requests, answered, out);
  });
  await checks.check("`explain` tells of a request", async () => {
    const { out, code } = await sluice("explain", id);
    assert.equal(code, 0, out);
    assert.match(out, /asked by +tester/);
    assert.match(out, /success, status 200/);
    assert.match(out, /Route: .*went to demo\/chat/);
  });
  await checks.check("SIGTERM ends an idle gateway with exit code 0", async () => assert.equal(await gateway.stop(), 0, gateway.errors));
  await checks.check("a second start makes no keys", async () => {
    const again = new NakedGateway(program, folder);
    const banner = await again.banner();
    await again.stop();
    assert.doesNotMatch(banner, /sk-sluice-/);
  });
  removeFolder(folder);
}

/** A gateway as a newcomer starts it: no config, nothing in the environment. */
class NakedGateway {
  errors = "";
  #text = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(program: string, folder: string) {
    this.#child = spawn(program, [main, "serve", "--port", "0", "--data", join(folder, "data")], {
      cwd: join(folder, "cwd"),
      env: plainEnvironment(folder),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#text += data.toString();
    });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.errors += data.toString();
    });
    this.#ended = new Promise((resolve) => this.#child.on("close", resolve));
  }

  async banner(): Promise<string> {
    await until(() => this.#text.includes("--help") || this.#child.exitCode !== null, 10_000);
    return this.#text + this.errors;
  }

  stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }
}

function plainEnvironment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder };
}

function command(program: string, args: readonly string[], folder: string): Promise<{ out: string; code: number }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env: plainEnvironment(folder) }, (error, stdout, stderr) =>
      resolve({ out: error === null ? stdout : stdout + stderr, code: error === null ? 0 : Number(error.code ?? 1) }),
    );
  });
}

async function checkReload(checks: Checks, program: string): Promise<void> {
  const upstream = await startFaultUpstream();
  const config = { providers: providersAt(upstream.url), drainSeconds: 1 };
  const gateway = await startGateway({ config, program });
  const path = join(gateway.folder, "sluice.json");
  const first = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const statusOf = async (model: string) =>
    (await ask({ port: gateway.port, dialect: "openai-chat", body: bodyFor("openai-chat", model, false) })).status;
  await checks.check("a good change of the config is taken at once", async () => {
    assert.equal(await statusOf("fast"), 404);
    writeFileSync(path, JSON.stringify({ ...first, models: { fast: "chat/ok" } }));
    assert.ok(await eventually(async () => (await statusOf("fast")) === 200, 5_000), gateway.log());
  });
  await checks.check("a bad change is reported, and the old config keeps serving", async () => {
    writeFileSync(path, JSON.stringify({ ...first, modles: { fast: "chat/ok" } }));
    assert.ok(await until(() => gateway.log().includes("modles"), 5_000), gateway.log());
    assert.equal(await statusOf("fast"), 200);
  });
  await checks.check("a good one after a bad one is taken", async () => {
    writeFileSync(path, JSON.stringify({ ...first, models: { quick: "chat/ok" } }));
    assert.ok(await eventually(async () => (await statusOf("quick")) === 200, 5_000), gateway.log());
    assert.equal(await statusOf("fast"), 404);
  });
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
}

async function checkDrain(checks: Checks, program: string): Promise<void> {
  const upstream = await startTextUpstream();
  const gateway = await startGateway({ config: { providers: providersAt(upstream.url), drainSeconds: 20 }, program });
  await checks.check("SIGTERM takes no new connection, and lets running streams end whole", async () => {
    const pieces = Array.from({ length: 700 }, (_, at) => `word ${at} `);
    const streams = dialects.map((dialect) => {
      const model = `${providerFor[dialect]}/${upstream.add({ pieces })}`;
      const socket = openRequest({ port: gateway.port, dialect, body: bodyFor(dialect, model, true) });
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
      return { dialect, chunks, ended };
    });
    assert.ok(await until(() => streams.every(({ chunks }) => chunks.length > 3), 5_000));
    const stopped = gateway.stop();
    await sleep(100);
    assert.equal(await connects(gateway.port), false, "a new connection was taken");
    assert.ok(gateway.alive());
    await stopped;
    for (const { dialect, chunks, ended } of streams) {
      await ended;
      const answer = readMessage(Buffer.concat(chunks), "closed");
      const { kind, marks } = readAnswer({ client: dialect, stream: true }, answer);
      assert.ok(kind === "success" && marks.finish && marks.end, `${dialect}: ${kind}, ${answer.body.length} bytes`);
      assert.ok(answer.body.includes("word 699 "));
    }
    const { records } = await readLedger(gateway.folder);
    assert.deepEqual(
      [...records.values()].map(({ outcome }) => outcome),
      ["success", "success", "success"],
    );
  });
  await upstream.close();
  removeFolder(gateway.folder);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

async function eventually(isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(50)) if (await isSo()) return true;
  return false;
}
