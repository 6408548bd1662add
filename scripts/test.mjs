// `npm test`: brings what the tests need, runs them all, and says at the end how many passed, failed and were skipped, and why.
// `npm test -- PATH…` runs only the unit tests below these paths.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { findBun, install, root, SetupError } from "./toolchain.mjs";

/** @typedef {{ name: string, seconds: number, passed: number, failed: number, skipped: { name: string, reason: string }[], text: string }} Outcome */

async function main() {
  install({ dev: true });
  const bun = findBun();
  const only = process.argv.slice(2);
  const outcomes = [];
  if (only.length > 0) outcomes.push(await units(bun, only));
  else {
    outcomes.push(
      await check("format and lint", process.execPath, ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."]),
    );
    outcomes.push(await check("types", process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit"]));
    // Beside the unit tests go the suites that measure nothing, in two lanes, as soon as what they share is brought: those that keep a
    // core busy (`"beside": "busy"`), and those that mostly wait (`"beside": "waiting"`). Those that measure come last, and have the
    // machine to themselves.
    const brought = run(bun, ["test/bring.ts"], { quiet: true });
    const all = suites();
    const busy = all.filter(({ beside }) => beside === "busy");
    const waiting = all.filter(({ beside }) => beside === "waiting");
    const alone = all.filter(({ beside }) => beside !== "busy" && beside !== "waiting");
    const lanes = brought.then(() => Promise.all([runInTurn(bun, busy), runInTurn(bun, waiting)]));
    outcomes.push(
      await units(
        bun,
        ["./src", "./test", "./scripts"].filter((folder) => existsSync(join(root, folder))),
      ),
    );
    title("brought for the suites, meanwhile");
    process.stdout.write((await brought).text);
    // What the unit tests kept busy is free for another of the busy ones.
    outcomes.push(...(await runInTurn(bun, busy)), ...(await lanes).flat());
    for (const suite of alone) outcomes.push(await runSuite(bun, suite));
  }
  report(outcomes);
}

/** One command that counts as one test. */
async function check(name, command, args) {
  title(name);
  const { code, text, seconds } = await run(command, args);
  return { name, seconds, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], text };
}

async function units(bun, paths) {
  title("bun test");
  const junit = join(root, ".cache", "test", "units.xml");
  mkdirSync(dirname(junit), { recursive: true });
  rmSync(junit, { force: true });
  const { code, text, seconds } = await run(bun, ["test", "--reporter=junit", `--reporter-outfile=${junit}`, ...paths]);
  const counts = bunCounts(text);
  const skipped = existsSync(junit) ? skippedIn(readFileSync(junit, "utf8")) : [];
  while (skipped.length < counts.skipped) skipped.push({ name: "a test", reason: noReason });
  // A file that cannot be loaded ends the run badly without a failed test.
  const failed = counts.failed === 0 && code !== 0 ? 1 : counts.failed;
  return { name: "bun test", seconds, passed: counts.passed, failed, skipped, text };
}

/** One after another of those that are left, which others may take from too; what each says is shown when it has ended. */
async function runInTurn(bun, left) {
  const outcomes = [];
  for (let suite = left.shift(); suite !== undefined; suite = left.shift()) outcomes.push(await runSuite(bun, suite, { quiet: true }));
  return outcomes;
}

/** Suites that are programs of their own: `[{ "name": …, "command": "bun test/suites/x.ts", "beside": … }]`. */
function suites() {
  const file = join(root, "test", "suites.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

/**
 * A suite says what happened in its last line of the form `N passed, N failed, N skipped`, and each skipped test in a
 * line `skipped: NAME: REASON`. One that says nothing counts as one test, by its exit code.
 */
async function runSuite(bun, { name, command }, options = {}) {
  if (!options.quiet) title(name);
  const { code, text, seconds } = await run(command, [], {
    ...options,
    shell: true,
    env: { ...process.env, PATH: `${dirname(bun)}:${process.env.PATH}` },
  });
  if (options.quiet) process.stdout.write(`\n── ${name} (beside the others)\n${text}`);
  const line = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  const told = [...text.matchAll(/^skipped: (.+?): (.+)$/gm)].map(([, test, reason]) => ({ name: `${name}: ${test}`, reason }));
  const counts = line ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3]) } : bunCounts(text);
  if (counts.passed + counts.failed + counts.skipped === 0) counts.passed = code === 0 ? 1 : 0;
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  while (told.length < counts.skipped) told.push({ name, reason: noReason });
  return { name, seconds, passed: counts.passed, failed: counts.failed, skipped: told, text };
}

const noReason = "no reason given; put it in square brackets at the end of the test's name";

function bunCounts(text) {
  const sum = (word) => [...text.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].reduce((total, found) => total + Number(found[1]), 0);
  return { passed: sum("pass"), failed: sum("fail"), skipped: sum("skip") + sum("todo") };
}

/** The reason stands in square brackets at the end of a skipped test's name: `reads every transcript [needs ../shared/data]`. */
function skippedIn(xml) {
  return [...xml.matchAll(/<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*<skipped/g)].map(([, name, group]) => {
    const whole = plain(group === "" ? name : `${group} > ${name}`);
    const found = /^(.*?)\s*\[([^\]]+)\]$/.exec(whole);
    return found ? { name: found[1], reason: found[2] } : { name: whole, reason: noReason };
  });
}

function plain(text) {
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name]);
}

/** The unit tests take a third of it, and any suite less: what has not ended by then hangs, and would hold up all that comes after it. */
const mostSeconds = Number(process.env.SLUICE_TEST_SECONDS ?? 1200);

/** @type {Set<number>} the commands that run, each the first of a group of processes */
const running = new Set();
/** @type {number | undefined} */
let stoppingSince;

/** Runs a command, shows what it says as it says it unless `quiet`, and keeps it. One that hangs is killed with all that it started. */
function run(command, args, { quiet = false, ...options } = {}) {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  return new Promise((resolve) => {
    let text = "";
    let isLate = false;
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const say = (words, out = process.stdout) => {
      text += words;
      if (!quiet) out.write(words);
    };
    const limit = setTimeout(() => {
      isLate = true;
      say(`\nstill running:\n${processesOf(pid)}\n✗ has not ended after ${mostSeconds} s, and was killed\n`);
      signalGroup(pid, "SIGKILL");
      // Who left the group may hold the pipes open for ever.
      setTimeout(() => [child.stdout, child.stderr].map((pipe) => pipe.destroy()), 5_000).unref();
    }, mostSeconds * 1000);
    const end = (code) => {
      clearTimeout(limit);
      running.delete(pid);
      if (stoppingSince === undefined) resolve({ code: isLate ? 1 : (code ?? 1), text, seconds: seconds() });
    };
    for (const [stream, out] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])
      stream.setEncoding("utf8").on("data", (chunk) => say(chunk, out));
    child.on("error", (error) => {
      text += `\n${error.message}`;
      end(1);
    });
    child.on("close", end);
  });
}

/** A line for each process of a command's group. */
function processesOf(group) {
  const listed = spawnSync("ps", ["-eo", "pgid,pid,etimes,args"], { encoding: "utf8" }).stdout ?? "";
  const lines = listed.split("\n").filter((each) => Number.parseInt(each, 10) === group);
  return lines.length > 0
    ? lines.map((each) => each.slice(0, 300)).join("\n")
    : "nothing of its group; something that left it holds its output open";
}

function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // It has just ended.
  }
}

/** Ctrl-C reaches what runs, which may have servers to end; again, a second later, it ends it at once. npm says each signal once more. */
function stop(signal) {
  const isAgain = stoppingSince !== undefined && performance.now() - stoppingSince > 1_000;
  for (const group of running) signalGroup(group, isAgain ? "SIGKILL" : signal);
  if (stoppingSince !== undefined) return;
  stoppingSince = performance.now();
  setInterval(() => running.size === 0 && process.exit(1), 50);
}
process.on("SIGINT", stop).on("SIGTERM", stop);

/**
 * What an outcome that failed said of its failures, told once more at the end where it is found: each line of a failed
 * test with what was printed since the test before it, or the last lines where no test says that it failed.
 * @param {Outcome} outcome
 */
function retold({ name, failed, text }) {
  if (failed === 0) return "";
  const lines = text.trimEnd().split("\n");
  const blocks = [];
  let from = 0;
  for (const [at, line] of lines.entries()) {
    if (/^(\(fail\)|✗)/.test(line)) blocks.push(lines.slice(Math.max(from, at - 30), at + 1).join("\n"));
    if (/^(\((pass|fail|skip|todo)\)|[✓✗])/.test(line)) from = at + 1;
  }
  const told = blocks.length > 0 ? blocks.slice(0, 10).join("\n\n") : lines.slice(-30).join("\n");
  return `\n── what failed in ${name}\n${told.slice(0, 5_000)}\n`;
}

function title(name) {
  process.stdout.write(`\n── ${name}\n`);
}

/** @param {Outcome[]} outcomes */
function report(outcomes) {
  const sum = (pick) => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  process.stdout.write("\n");
  const width = Math.max(...outcomes.map((outcome) => outcome.name.length));
  for (const { name, passed, failed, skipped, seconds } of outcomes) {
    process.stdout.write(`${failed > 0 ? "✗" : "✓"} ${name.padEnd(width)}  ${line(passed, failed, skipped.length)}, ${seconds} s\n`);
  }
  for (const { name, reason } of outcomes.flatMap((outcome) => outcome.skipped)) process.stdout.write(`skipped: ${name}: ${reason}\n`);
  process.stdout.write(outcomes.map(retold).join(""));
  const failed = sum((outcome) => outcome.failed);
  process.stdout.write(
    `\n${line(
      sum((outcome) => outcome.passed),
      failed,
      sum((outcome) => outcome.skipped.length),
    )}\n`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

function line(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.stdout.write("0 passed, 1 failed, 0 skipped\n");
  process.exitCode = 1;
}
