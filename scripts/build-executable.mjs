// One file that needs nothing beside it: `npm run build` writes dist/sluice for this machine,
// `npm run build -- --target bun-linux-arm64 --out dist/sluice-arm64` for another one.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findBun, install, root, SetupError } from "./toolchain.mjs";

try {
  const { values } = parseArgs({
    options: { target: { type: "string", default: "bun" }, out: { type: "string", default: "dist/sluice" } },
  });
  const out = resolve(root, values.out);
  install({ dev: false });
  mkdirSync(dirname(out), { recursive: true });
  const main = join(root, "src", "server", "main.ts");
  // With its bytecode in it nothing has to be parsed at the start, which takes less than half of the time then.
  const form = ["--compile", "--bytecode", "--format=esm", `--target=${values.target}`];
  // It runs nothing but itself, wherever it is started: a `bunfig.toml` there could name code, a `.env` another gateway.
  form.push("--no-compile-autoload-bunfig", "--no-compile-autoload-dotenv");
  // The stack of an error names files and lines of the source. What is written beside is in the executable as well.
  form.push("--sourcemap=linked");
  const { status } = spawnSync(findBun(), ["build", ...form, "--outfile", out, main], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(`${out}.map`, { force: true });
  if (status !== 0) process.exit(status ?? 1);
  process.stdout.write(`${out}: ${(statSync(out).size / 1e6).toFixed(0)} MB; start it with: ${values.out} serve\n`);
} catch (error) {
  if (!(error instanceof SetupError) && error?.code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw error;
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
}
