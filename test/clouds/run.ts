import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTransport } from "../../src/providers/index.ts";
import { installNpm, installPython } from "../sdks/install.ts";
import { makeAuthority } from "../upstreams/certificates.ts";
import { awsChecks } from "./aws-checks.ts";
import { entraChecks } from "./entra-checks.ts";
import { googleChecks } from "./google-checks.ts";
import { kmsChecks } from "./kms-checks.ts";
import { startMoto, startReference } from "./reference.ts";
import { secretChecks } from "./secret-checks.ts";
import { startTokenServer } from "./token-server.ts";
import { vertexChecks } from "./vertex-checks.ts";

/** One thing that must hold: it throws where it does not. */
export type Check = readonly [name: string, check: () => Promise<void>];

const sdks = join(import.meta.dirname, "../sdks");
const npm = installNpm();
// Bun has looked for the folder of the packages before it was there, and remembers that.
if (npm.fresh) process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
const { python, missing = npm.missing } = installPython("clouds");
if (missing !== undefined) {
  console.log(`skipped: the clouds' own libraries: ${missing}\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "clouds-"));
const authority = makeAuthority();
const transport = await openTransport({ certificateAuthorities: authority.cert });
const tokens = startTokenServer(authority);
const reference = startReference(python, { PATH: process.env.PATH ?? "", HOME: folder });
const moto = await startMoto(python);
const bench = { folder, authority, transport, tokens, reference, moto };

let passed = 0;
const failed: string[] = [];
for (const [name, check] of [
  ...googleChecks(bench),
  ...entraChecks(bench),
  ...secretChecks(bench),
  ...awsChecks(bench),
  ...kmsChecks(bench),
  ...vertexChecks(sdks),
]) {
  try {
    await check();
    passed++;
    console.log(`✓ ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`✗ ${name}\n    ${error instanceof Error ? error.message : String(error)}`);
  }
}
moto.close();
reference.close();
await tokens.close();
await transport.close();
rmSync(folder, { recursive: true });
console.log(`\n${passed} passed, ${failed.length} failed, 0 skipped`);
process.exit(failed.length === 0 ? 0 : 1);
