import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "../faults/gateway-process.ts";
import { bringNode } from "../node/install-node.ts";
import { installPython } from "../sdks/install.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "clients-"));
const built = join(root, "client", "dist", "index.js");
const adminKey = `sk-sluice-admin-${crypto.randomUUID()}`;
process.env.SLUICE_ADMIN_KEY = adminKey;
const gateway = await startGateway({ config: { providers: { demo: {} } } });
const url = `http://127.0.0.1:${gateway.port}`;
const env = { ...process.env, SLUICE_URL: url, SLUICE_ADMIN_KEY: adminKey };

const counts = { passed: 0, failed: 0 };
const skipped: string[] = [];

/** Runs a program that says `✓ …` or `✗ …` of each check; one that says nothing, or ends badly, has failed. */
async function run(what: string, command: string, args: readonly string[], cwd = root): Promise<void> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
    process.stdout.write(data);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  const [good, bad] = ["✓", "✗"].map((mark) => text.split("\n").filter((line) => line.startsWith(mark)).length) as [number, number];
  counts.passed += good;
  counts.failed += bad;
  if (bad === 0 && (code !== 0 || good === 0)) {
    counts.failed++;
    console.log(`✗ ${what}: ended with ${code}`);
  }
}

/** Something that either works or does not. */
function once(what: string, command: string, args: readonly string[], cwd = root): boolean {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  counts[status === 0 ? "passed" : "failed"]++;
  console.log(status === 0 ? `✓ ${what}` : `✗ ${what}\n${stdout}${stderr}`);
  return status === 0;
}

/** The code of a page, one file for each block, beside the package as its users have it. */
function readmeBlocks(page: string, language: string, ending: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code], at) => {
    const file = join(folder, `block-${at}.${ending}`);
    writeFileSync(file, code as string);
    return file;
  });
}

if (once("the TypeScript client builds", process.execPath, ["node_modules/typescript/bin/tsc", "-p", "client/tsconfig.json"])) {
  const program = join(folder, "on-this-runtime.mjs");
  once("its checks are packed for Node", process.execPath, [
    "build",
    join(import.meta.dirname, "on-this-runtime.ts"),
    "--target=node",
    `--outfile=${program}`,
  ]);
  await run("Bun", process.execPath, [join(import.meta.dirname, "on-this-runtime.ts"), "../../client/src/index.ts", url, adminKey, "Bun"]);
  for (const version of ["20.20.2", "26.10.0"]) {
    const node = bringNode(version);
    const mark = `Node-${version.split(".")[0]}`;
    if ("missing" in node) skipped.push(`skipped: the TypeScript client on ${mark}: ${node.missing}`);
    else await run(mark, node.program, [program, built, url, adminKey, mark]);
  }
  mkdirSync(join(folder, "node_modules", "@sluice"), { recursive: true });
  symlinkSync(join(root, "client"), join(folder, "node_modules", "@sluice", "client"));
  for (const [at, file] of readmeBlocks("client/README.md", "js", "mjs").entries())
    once(`client/README.md: block ${at + 1} runs as it stands`, "node", [file]);
}

const python = installPython("openapi");
if (python.missing !== undefined) skipped.push(`skipped: the Python client: ${python.missing}`);
else {
  Object.assign(env, {
    PYTHONPATH: join(root, "client-python", "src"),
    MYPYPATH: join(root, "client-python", "src"),
    PYTHONDONTWRITEBYTECODE: "1",
  });
  const typed = ["-m", "mypy", "--strict", "--python-version", "3.10", "--cache-dir", join(folder, "mypy")];
  once("the Python client's types hold", python.python, [...typed, "-p", "sluice_client"]);
  await run("Python", python.python, [join(import.meta.dirname, "python_checks.py")]);
  for (const [at, file] of readmeBlocks("client-python/README.md", "python", "py").entries()) {
    once(`client-python/README.md: block ${at + 1} has the right types`, python.python, [...typed, file]);
    once(`client-python/README.md: block ${at + 1} runs as it stands`, python.python, [file]);
  }
}

await gateway.stop();
rmSync(folder, { recursive: true, force: true });
rmSync(gateway.folder, { recursive: true, force: true });
for (const line of skipped) console.log(line);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${skipped.length} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);
