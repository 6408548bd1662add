import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * A program that is built from the Go module proxy, unless it is there already.
 *
 * @param module path and version, as `go install` takes it
 * @returns where it is; undefined where it cannot be built
 */
export function bringGoProgram(module: string, folder: string): string | undefined {
  const program = join(folder, basename(module.split("@")[0] ?? ""));
  if (existsSync(program)) return program;
  if (Bun.which("go") === null) return undefined;
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder, GOFLAGS: "-mod=mod" };
  const { stderr } = spawnSync("go", ["install", module], { env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (existsSync(program)) return program;
  process.stderr.write(`${module} could not be built: ${stderr?.slice(-500) ?? ""}\n`);
  return undefined;
}
