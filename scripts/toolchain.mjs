// What a fresh clone needs before anything can run. Plain JavaScript for Node 20 and later, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** An error for people: printed without a stack. */
export class SetupError extends Error {}

/**
 * Installs what the lockfile names and `node_modules` lacks. Costs a few milliseconds when nothing is missing.
 * @param {{ dev: boolean }} options
 */
export function install({ dev }) {
  if (!existsSync(join(root, "package-lock.json"))) return; // Installed as a package: npm has brought everything.
  if (missing(dev).length === 0) return;
  const keepDev = dev || installed().some((entry) => entry.dev);
  process.stderr.write("Installing what is missing (only the first time) …\n");
  const run = npm([
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
    keepDev ? "--include=dev" : "--omit=dev",
  ]);
  if (run.status !== 0) throw new SetupError(installFailure(run));
  const left = missing(dev);
  if (left.length > 0)
    throw new SetupError(`npm ended well, but these packages are still missing: ${left.join(", ")}. Delete node_modules and try again.`);
}

/** Packages that every platform needs. Those for one platform are optional; of them only Bun matters, and findBun looks. */
function missing(dev) {
  const lock = readJson(join(root, "package-lock.json"));
  const there = readJson(join(root, "node_modules", ".package-lock.json"))?.packages ?? {};
  const wanted = Object.entries(lock?.packages ?? {}).filter(([path, entry]) => path !== "" && !entry.optional && (dev || !entry.dev));
  return wanted
    .filter(([path, entry]) => there[path]?.version !== entry.version || !existsSync(join(root, path, "package.json")))
    .map(([path]) => path.replace("node_modules/", ""));
}

function installed() {
  return Object.values(readJson(join(root, "node_modules", ".package-lock.json"))?.packages ?? {});
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function npm(args) {
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" };
  if (script && /^npm-cli\.[cm]?js$/.test(basename(script))) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", args, { ...options, shell: process.platform === "win32" });
}

function installFailure(run) {
  if (run.error) return `npm could not be started (${run.error.message}). Install Node with npm, or run \`npm ci\` in ${root} yourself.`;
  const lines = run.stderr
    .trim()
    .split("\n")
    .filter((line) => !/^npm error {4,}at /.test(line));
  const said = lines.slice(0, 8).join("\n");
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network/i.test(said)) {
    return `The package registry could not be reached, and this is the first start here, which needs it.\nCheck the network or the proxy (\`npm config get registry\`, HTTPS_PROXY), then start again.\n\nnpm said:\n${said}`;
  }
  return `npm could not install the packages. Mend what it says, then start again.\n\nnpm said:\n${said}`;
}

/** The Bun that npm brought for this machine. npm may have refused to run install scripts: none is needed. */
export function findBun() {
  if (process.env.SLUICE_BUN) {
    if (isProgram(process.env.SLUICE_BUN)) return process.env.SLUICE_BUN;
    throw new SetupError(
      `SLUICE_BUN names ${process.env.SLUICE_BUN}, which is no program. Unset it, or name a Bun of version 1.4 or later.`,
    );
  }
  const system = process.platform === "win32" ? "windows" : process.platform;
  const processor = process.arch === "arm64" ? "aarch64" : process.arch;
  const name = `bun-${system}-${processor}`;
  const musl = existsSync(`/lib/ld-musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`);
  const program = process.platform === "win32" ? "bun.exe" : "bun";
  for (const modules of moduleFolders()) {
    const names = musl ? [`${name}-musl`, name] : [name, `${name}-musl`];
    const candidates = [...names.map((each) => join(modules, "@oven", each, "bin", program)), join(modules, "bun", "bin", "bun.exe")];
    const found = candidates.find(isProgram);
    if (found) return found;
  }
  throw new SetupError(
    `There is no Bun for ${process.platform} on ${process.arch} in node_modules.\nRun \`npm ci\` in ${root}; if npm leaves optional packages out (\`npm config get omit\`), add \`--include=optional\`.\nA Bun of your own (1.4 or later) works too: set SLUICE_BUN to its path.`,
  );
}

/** What the runtime takes from the environment of its process only; what stands there already goes before it. */
export const runtimeSettings = {
  // At a pause the allocator looks through half-used memory for pages to give back, ten times a second if nobody says otherwise. A gateway
  // with slow streams pauses thousands of times a second, and does not rest: docs/decisions/where-the-microseconds-go.md.
  MIMALLOC_PURGE_HOLES_MIN_INTERVAL: "5000",
};

/** Beside this package, or above it where a package manager has put it. */
function moduleFolders() {
  const folders = [];
  for (let at = root; ; at = dirname(at)) {
    if (basename(at) !== "node_modules") folders.push(join(at, "node_modules"));
    if (at === dirname(at)) return folders;
  }
}

/** npm leaves a few hundred bytes of shell in the place of Bun where install scripts did not run. */
function isProgram(file) {
  try {
    return statSync(file).size > 1_000_000;
  } catch {
    return false;
  }
}
