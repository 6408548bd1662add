import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Explanation, Fault } from "../../../exchange/index.ts";
import type { CommandError } from "../command-line/command.ts";
import { systemError } from "./system-error.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-start-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command that is to fail, in a process of its own. */
async function failing(...words: readonly string[]): Promise<string> {
  const { SLUICE_ADMIN_KEY: _, ...env } = process.env;
  const main = join(import.meta.dir, "../../main.ts");
  const child = Bun.spawn([process.execPath, main, ...words], { cwd: folder, env, stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  expect(said).toStartWith("sluice: ");
  expect(said).not.toContain("not foreseen");
  return said;
}

test("beyond this machine without an admin key", async () => {
  expect(await failing("serve", "--port", "0", "--host", "0.0.0.0", "--data", "open")).toContain("Set SLUICE_ADMIN_KEY");
});

test("data of a newer version", async () => {
  mkdirSync(join(folder, "newer"));
  const database = new Database(join(folder, "newer", "control.db"));
  database.run("PRAGMA user_version = 4000");
  database.close();
  for (const words of [["serve", "--port", "0"], ["usage"]]) {
    const said = await failing(...words, "--data", "newer");
    expect(said).toContain("control.db has schema 4000");
    expect(said).toContain("Start the newer version");
    expect(said).not.toContain("room on the disk");
  }
});

test("a data folder that is being moved away, and one that was", async () => {
  mkdirSync(join(folder, "moving"));
  const made = [process.execPath, join(import.meta.dir, "../../main.ts"), "keys", "create", "k", "--data", "moving"];
  expect(await Bun.spawn(made, { cwd: folder, stdout: "ignore" }).exited).toBe(0);
  const database = new Database(join(folder, "moving", "control.db"));
  database.run("PRAGMA locking_mode = EXCLUSIVE");
  database.run("BEGIN EXCLUSIVE");
  expect(await failing("serve", "--port", "0", "--data", "moving")).toContain("wait for its end");
  database.run("COMMIT");
  database.close();
  writeFileSync(join(folder, "moving", "moved.json"), '{"id":"move_1","parts":{"control":{"begunAt":"2026-11-21T20:00:00.000Z"}}}');
  expect(await failing("serve", "--port", "0", "--data", "moving")).toContain("remove moved.json in the folder");
});

test("a data folder that is a file", async () => {
  writeFileSync(join(folder, "file"), "");
  const said = await failing("serve", "--port", "0", "--data", "file");
  expect(said).toContain(join(folder, "file"));
  expect(said).toContain("--data FOLDER");
});

test("a database that is none", async () => {
  mkdirSync(join(folder, "damaged"));
  writeFileSync(join(folder, "damaged", "control.db"), "no database ".repeat(1000));
  expect(await failing("serve", "--port", "0", "--data", "damaged")).toContain("sluice restore FILE --data FOLDER");
});

test.skipIf(process.platform !== "linux")("a folder that cannot be made", async () => {
  const said = await failing("serve", "--port", "0", "--data", "/dev/null/sluice");
  expect(said).toContain("/dev/null/sluice");
  expect(said).toContain("--data FOLDER");
});

test("a disk that fills up while the gateway starts, as the driver and as the stores have it", () => {
  const said = ["control.db: database or disk is full", "control.db: disk I/O error"].map((text) => {
    const fault = new Fault("store_unavailable", { message: "control.db cannot be written.", cause: new Explanation(text) });
    return [fault, new Error(text)].map((error) => systemError(error));
  });
  for (const [ofFault, ofDriver] of said) {
    expect(ofFault).toEqual(ofDriver as CommandError);
    expect(ofFault?.message).toMatch(/disk of the data folder.*control\.db/);
    expect(ofFault?.next).toContain("Make room");
    expect(ofFault?.next).toContain("--data FOLDER");
  }
});
