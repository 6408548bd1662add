import { spawn } from "node:child_process";
import { join } from "node:path";

/** Runs a command of `sluice` beside this process, whose stand-ins have to answer it. */
export function command(folder: string, args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const places = ["--config", join(folder, "sluice.json"), "--data", join(folder, "data")];
  const child = spawn(process.execPath, ["src/server/main.ts", ...args, ...places], {
    cwd: join(import.meta.dir, "../.."),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => {
    told.stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    told.stderr += data.toString();
  });
  return new Promise((resolve) => child.on("close", () => resolve(told)));
}
