import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshGateway, type GatewayProcess, stopAll } from "./gateway-process.ts";
import { sluice } from "./sluice.ts";

setDefaultTimeout(240_000);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-races-"));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

interface Shown {
  readonly name: string;
  readonly definition: { readonly retries: number };
}

/** So many models that all say which turn they are of, from 0 to 10. */
function generation(turn: number, count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, { targets: ["demo/chat"], retries: turn }]));
}

async function modelsOf(gateway: GatewayProcess): Promise<readonly Shown[]> {
  const { models = {} } = (await gateway.ask("GET", "/config")).body.document;
  return Object.entries(models as Record<string, Shown["definition"]>).map(([name, definition]) => ({ name, definition }));
}

test("of two who apply at once through two gateways on the same data, one wins and the other loses nothing of what was there", async () => {
  const one = await freshGateway(join(folder, "data"));
  const other = await freshGateway(join(folder, "data"));
  let wins = 0;
  for (let turn = 0; turn < 12; turn++) {
    const seen = (await one.ask("GET", "/config")).etag as string;
    const apply = (gateway: GatewayProcess, owner: string) =>
      gateway.ask(
        "POST",
        "/config/apply",
        { owner, prune: true, objects: { models: { [`${owner}-1`]: `demo/${turn}`, [`${owner}-2`]: `demo/${turn}` } } },
        { "if-match": seen },
      );
    const before = await one.ask("GET", "/config");
    const [left, right] = await Promise.all([apply(one, "left"), apply(other, "right")]);
    expect([left.status, right.status].toSorted()).toEqual([200, 412]);
    wins++;
    const winner = left.status === 200 ? "left" : "right";
    const whole = { ...before.body.document.models, [`${winner}-1`]: `demo/${turn}`, [`${winner}-2`]: `demo/${turn}` };
    for (const gateway of [one, other]) {
      for (let waited = 0; (await gateway.ask("GET", "/config")).body.version < wins; waited++) {
        expect(waited).toBeLessThan(50);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect((await gateway.ask("GET", "/config")).body.document.models).toEqual(whole);
    }
  }
  expect((await one.ask("GET", "/versions?limit=200")).body.data.length).toBe(wins);
});

test("commands that apply at once all come through when those that lost are run again", async () => {
  const gateway = await freshGateway(join(folder, "data"));
  const owners = ["a", "b", "c"];
  for (const owner of owners) {
    mkdirSync(join(folder, owner));
    writeFileSync(join(folder, owner, "models.yaml"), `models: { ${owner}1: demo/chat, ${owner}2: demo/chat }\n`);
  }
  const applied = async (owner: string): Promise<void> => {
    for (let tries = 0; tries < 10; tries++) {
      const said = await sluice(["apply", owner, "--owner", owner], gateway, folder);
      if (said.code === 0) return;
      expect(said.errors).toContain("Somebody else has changed the config meanwhile, so nothing was changed.");
    }
    throw new Error(`${owner} never came through.`);
  };
  await Promise.all(owners.map(applied));
  expect((await modelsOf(gateway)).map(({ name }) => name)).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
  expect((await gateway.ask("GET", "/versions")).body.data.length).toBe(3);
});

test("a gateway that is killed in the middle of an apply has all of the old objects or all of the new ones", async () => {
  const count = 300;
  let gateway = await freshGateway(join(folder, "data"));
  await gateway.ask("POST", "/config/apply", { objects: { models: generation(0, count) } });
  let version = 1;
  let fresh = 0;
  for (let turn = 1; turn <= 10; turn++) {
    const answered = gateway.ask("POST", "/config/apply", { objects: { models: generation(turn, count) } }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, turn * 10));
    await gateway.end("SIGKILL");
    const told = await answered;
    gateway = await freshGateway(join(folder, "data"));
    const models = await modelsOf(gateway);
    const turns = new Set(models.map(({ definition }) => definition.retries));
    const now = (await gateway.ask("GET", "/config")).body.version;
    expect([models.length, turns.size]).toEqual([count, 1]);
    const [retries] = turns;
    expect(now === version ? true : retries === turn && now === version + 1).toBe(true);
    // What was answered is there.
    if (told?.status === 200) expect(now).toBe(version + 1);
    if (now > version) fresh++;
    version = now;
  }
  expect((await gateway.ask("GET", "/versions?limit=200")).body.data.length).toBe(version);
  process.stdout.write(`killed 10 times, ${fresh} times after the new objects were kept\n`);
});
