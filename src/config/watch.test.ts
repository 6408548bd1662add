import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, type ConfigWatch, type ReloadOutcome, readConfig, watchConfig } from "./index.ts";

const first = "listen: 127.0.0.1:1001\n";
let folder: string;
let path: string;
let watcher: ConfigWatch | undefined;
let swapped: Config[];
let outcomes: ReloadOutcome[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-watch-"));
  path = join(folder, "sluice.yaml");
  swapped = [];
  outcomes = [];
  await writeFile(path, first);
});

afterEach(() => {
  watcher?.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(options: { pollMs?: number; swap?: (config: Config) => void } = {}): void {
  watcher = watchConfig(path, first, {
    pollMs: options.pollMs ?? 60_000,
    settleMs: 10,
    async take(text) {
      const { config, issues } = await readConfig(text, path, { environment: {}, policies: new Map() });
      if (config) (options.swap ?? ((each) => void swapped.push(each)))(config);
      return issues;
    },
    report: (outcome) => void outcomes.push(outcome),
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 5000) throw new Error("What was waited for did not happen.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a changed file is picked up without waiting for the poll", async () => {
  start();
  await writeFile(path, "listen: 127.0.0.1:1002\n");
  await until(() => swapped.length === 1);
  expect(swapped[0]?.listen.port).toBe(1002);
});

test("a file that an editor replaces by renaming is picked up, every time", async () => {
  start();
  for (const port of [1003, 1004, 1005]) {
    await writeFile(`${path}.tmp`, `listen: 127.0.0.1:${port}\n`);
    await rename(`${path}.tmp`, path);
    await until(() => swapped.at(-1)?.listen.port === port);
  }
});

test("a mounted file behind a link that is swapped is picked up", async () => {
  await rm(path);
  for (const [name, port] of [
    ["v1", 1001],
    ["v2", 1006],
  ]) {
    await mkdir(join(folder, String(name)));
    await writeFile(join(folder, String(name), "sluice.yaml"), `listen: 127.0.0.1:${port}\n`);
  }
  await symlink("v1", join(folder, "..data"));
  await symlink("..data/sluice.yaml", path);
  start();
  await symlink("v2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await until(() => swapped.at(-1)?.listen.port === 1006);
});

test("polling alone finds a change", async () => {
  start({ pollMs: 20 });
  await writeFile(path, "listen: 127.0.0.1:1007\n");
  await until(() => swapped.length > 0);
  expect(swapped[0]?.listen.port).toBe(1007);
});

test("a bad file changes nothing, is reported once, and the next good one is taken", async () => {
  start({ pollMs: 20 });
  await writeFile(path, "listn: 127.0.0.1:1008\n");
  await until(() => outcomes.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(outcomes).toHaveLength(1);
  expect(swapped).toHaveLength(0);
  expect(watcher?.last).toMatchObject({ taken: false, issues: [{ path: "listn", nearest: "listen" }] });
  await writeFile(path, "listen: 127.0.0.1:1009\n");
  await until(() => swapped.length === 1);
  expect(watcher?.last?.taken).toBe(true);
});

test("a config that cannot be put to work is reported like a bad file", async () => {
  start({
    swap: () => {
      throw new Error("no such catalog");
    },
  });
  await writeFile(path, "listen: 127.0.0.1:1010\n");
  await until(() => outcomes.length === 1);
  expect(outcomes[0]).toMatchObject({ taken: false, issues: [{ problem: "no such catalog" }] });
});

test("a file that is gone is reported, and the old config stays", async () => {
  start();
  await rm(path);
  await until(() => outcomes.length === 1);
  expect(outcomes[0]).toMatchObject({ taken: false, issues: [{ problem: "the file cannot be read (ENOENT)" }] });
  expect(swapped).toHaveLength(0);
});

test("a hundred changes in a row end with the last one", async () => {
  start();
  for (let port = 2000; port < 2100; port++) await writeFile(path, port % 2 === 0 ? "listen: [" : `listen: 127.0.0.1:${port}\n`);
  await until(() => swapped.at(-1)?.listen.port === 2099);
});

test("a file that did not change is read anew when what it refers to has", async () => {
  start();
  await watcher?.check();
  expect(swapped).toHaveLength(0);
  await watcher?.reread();
  expect(swapped).toHaveLength(1);
  expect(outcomes.map(({ taken }) => taken)).toEqual([true]);
});
