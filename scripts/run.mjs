// Runs a script of this project under the Bun that npm brought: `node scripts/run.mjs scripts/generate.ts`.
// `node scripts/run.mjs check` looks at formatting, lint and types without running tests.
import { spawnSync } from "node:child_process";
import { findBun, install, root, SetupError } from "./toolchain.mjs";

const checks = [
  ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  ["node_modules/typescript/bin/tsc", "--noEmit"],
];

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

try {
  install({ dev: true });
  const [task, ...args] = process.argv.slice(2);
  if (task === "check") process.exitCode = Math.max(...checks.map((check) => run(process.execPath, check)));
  else if (task) process.exitCode = run(findBun(), [task, ...args]);
  else throw new SetupError("Name a script: node scripts/run.mjs FILE.ts, or check.");
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
