import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../src/server/start-server.ts";
import { installPython } from "../sdks/install.ts";

/** What scim2-tester says of one check. */
interface Finding {
  readonly status: string;
  readonly title: string;
  readonly reason: string;
  readonly isBad: boolean;
}

const { python, missing } = installPython("scim");
if (missing !== undefined) {
  console.log(`skipped: scim2-tester: ${missing}\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}

const adminKey = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const folder = mkdtempSync(join(tmpdir(), "sluice-scim-"));
const gateway = await startServer({
  dataDir: folder,
  port: 0,
  host: "127.0.0.1",
  env: { SLUICE_ADMIN_KEY: adminKey, SLUICE_LOG: "error" },
});
const headers = { authorization: `Bearer ${adminKey}` };
const made = await fetch(`${gateway.url}/admin/v1/scim-tokens`, { method: "POST", headers, body: JSON.stringify({ name: "judge" }) });
const { token } = (await made.json()) as { token: string };

const judge = Bun.spawn([python, join(import.meta.dirname, "judge.py"), `${gateway.url}/scim/v2`], {
  stdin: Buffer.from(`${token}\n`),
  stdout: "pipe",
  stderr: "inherit",
});
const findings = (await new Response(judge.stdout).text())
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Finding);
const code = await judge.exited;
await gateway.close();
rmSync(folder, { recursive: true });

for (const { status, title, reason, isBad } of findings)
  if (isBad || status === "DEVIATION") console.log(`✗ ${title}: ${status}: ${reason.slice(0, 400)}`);
const skipped = findings.filter(({ status }) => status === "SKIPPED");
for (const { title, reason } of skipped) console.log(`skipped: ${title}: ${reason}`);
const bad = findings.filter(({ isBad }) => isBad).length;
// A judge that has not looked at everything has not said yes.
const died = code !== 0 || findings.length < 80 ? 1 : 0;
if (died) console.log(`✗ scim2-tester ended with ${code} after ${findings.length} checks`);
const version = spawnSync(python, ["-m", "pip", "show", "scim2-tester"], { encoding: "utf8" }).stdout.split("\n")[1];
console.log(`scim2-tester ${version}`);
console.log(`\n${findings.length - bad - skipped.length} passed, ${bad + died} failed, ${skipped.length} skipped`);
process.exit(bad + died === 0 ? 0 : 1);
