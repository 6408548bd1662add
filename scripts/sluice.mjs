#!/usr/bin/env node
// The way in: brings what is missing, then hands over to Bun. Plain JavaScript for Node 20 and later, no dependencies.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { findBun, install, root, runtimeSettings, SetupError } from "./toolchain.mjs";

const main = join(root, "src", "server", "main.ts");

// npm tells its shell to stop, not us, and the shell dies without a word to anyone.
const underNpm = process.env.npm_lifecycle_event !== undefined;
const shellCheckMs = 500;

function start() {
  install({ dev: false });
  const bun = findBun();
  const environment = { ...runtimeSettings, ...process.env };
  // It runs nothing but itself, wherever it is started: a `bunfig.toml` there could name code, a `.env` another gateway.
  const alone = ["--no-install", "--config=/dev/null", "--no-env-file"];
  const args = ["run", ...alone, main, ...process.argv.slice(2)];
  if (typeof process.execve === "function" && !underNpm) process.execve(bun, [bun, ...args], environment);
  stayInBetween(spawn(bun, args, { stdio: "inherit", env: environment }));
}

/** Where Node cannot replace itself it waits, passes signals on, and ends as the gateway ends. */
function stayInBetween(child) {
  // On a terminal, Ctrl-C reaches the whole process group: passing it on would make two of one.
  const passOn = (signal) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"]) process.on(signal, () => passOn(signal));
  if (underNpm) {
    const shell = process.ppid;
    const check = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(check);
      child.kill("SIGTERM");
    }, shellCheckMs);
  }
  child.on("error", (error) => fail(`Bun could not be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`sluice: ${message}\n`);
  process.exit(1);
}

try {
  start();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error.message);
}
