import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checks } from "./checks.ts";

const root = join(import.meta.dirname, "../..");
const from = (pattern: string) => globSync(pattern, { cwd: root }).sort();

/** What of the source and of its unit tests runs on Node: every module, the storage suite, the tests of the sockets' two ends and of what they speak. */
export async function checkOwnTests(checks: Checks, program: string): Promise<void> {
  await checkModules(checks, program);
  await checkStorage(checks, program);
  await checkUnits(checks, program);
}

/** Does something when it is loaded, or belongs to the other test runner. */
const notLoaded = /\.test\.ts$|^src\/server\/main\.ts$|check-on-node\.ts$|-child\.ts$/;

/** The other runtime's adapters, and what only they load; who loads one of them unasked fails here. */
const foreign = { name: /(\/|-)bun(-|\.)/, text: /^import (?!type).* from "bun(:.*)?";$|\b(require|import)\("bun:/m };

async function checkModules(checks: Checks, program: string): Promise<void> {
  const isForeign = (file: string) => foreign.name.test(file) || foreign.text.test(readFileSync(join(root, file), "utf8"));
  const files = from("src/**/*.ts").filter((file) => !notLoaded.test(file) && !isForeign(file));
  const script = `for (const file of ${JSON.stringify(files)}) await import("./" + file).catch((error) => console.log(file + ": " + error));`;
  const { text, code } = await run(program, ["--input-type=module", "-e", script]);
  const complaints = text.split("\n").filter((line) => line !== "");
  if (code !== 0 && complaints.length === 0) complaints.push(`exit code ${code}`);
  checks.expect(`all ${files.length} modules load without a flag, and say nothing`, complaints);
}

async function checkStorage(checks: Checks, program: string): Promise<void> {
  const { text, code } = await run(program, ["src/storage/check-on-node.ts"]);
  const found = [...text.matchAll(/^(ok {4}|FAIL {2})(.*)$/gm)];
  for (const [, mark, name] of found) checks.expect(`storage: ${name}`, mark === "ok    " ? [] : [text]);
  if (found.length === 0) checks.fail("storage", `exit code ${code}: ${text}`);
}

async function checkUnits(checks: Checks, program: string): Promise<void> {
  const files = ["src/providers/transport/*.test.ts", "src/wire/*.test.ts", "src/server/http/*.test.ts"].flatMap(from);
  const { text, code } = await run(program, ["--test", "--test-reporter=tap", "--test-timeout=60000", ...files]);
  const found = [...text.matchAll(/^ *(ok|not ok) \d+ - (.*?)(?: # SKIP ?(.*))?\n(?: *---\n([\s\S]*?)\n *\.\.\.)?/gm)];
  for (const [, mark, name = "", skipped, details = ""] of found) {
    // A suite says again what its tests have said.
    if (/type: 'suite'/.test(details) && (mark === "ok" || details.includes("subtestsFailed"))) continue;
    if (skipped !== undefined) checks.skip(`units, ${name}`, skipped || "no reason given");
    else checks.expect(`units: ${name}`, mark === "ok" ? [] : [details]);
  }
  if (found.length === 0 || (code !== 0 && !found.some(([, mark]) => mark === "not ok")))
    checks.fail("units", `exit code ${code}: ${text}`);
}

function run(program: string, args: readonly string[]): Promise<{ text: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        text += data.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ text, code }));
  });
}
