import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPepper } from "./pepper.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-pepper-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the first start makes a pepper that only its owner can read, and later starts read it", () => {
  const pepper = loadPepper(folder);
  expect(pepper.length).toBe(32);
  expect(loadPepper(folder).equals(pepper)).toBe(true);
  expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "secrets", "pepper")).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "secrets"))).toEqual(["pepper"]);
});

test("a pepper that others could read is closed to them", () => {
  loadPepper(folder);
  chmodSync(join(folder, "secrets", "pepper"), 0o644);
  loadPepper(folder);
  expect(statSync(join(folder, "secrets", "pepper")).mode & 0o777).toBe(0o600);
});

test("a file that is no pepper stops the start and says what to do", () => {
  loadPepper(folder);
  writeFileSync(join(folder, "secrets", "pepper"), "short");
  expect(() => loadPepper(folder)).toThrow(/5 bytes and must have 32.*backup/);
});

test("starts at the same moment agree on one pepper", async () => {
  const script = `import { loadPepper } from ${JSON.stringify(join(import.meta.dirname, "pepper.ts"))};
    console.log(loadPepper(${JSON.stringify(folder)}).toString("hex"));`;
  const results = await Promise.all(Array.from({ length: 6 }, () => output(script)));
  expect(new Set(results)).toEqual(new Set([`${readFileSync(join(folder, "secrets", "pepper")).toString("hex")}\n`]));
});

function output(script: string): Promise<string> {
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  return new Promise((resolve) => child.on("close", () => resolve(text)));
}
