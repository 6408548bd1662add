import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadCorpus } from "./corpus.ts";
import { Random } from "./random.ts";
import { type Defect, kindOf, minimised, runTarget, tried } from "./run-target.ts";
import type { Target } from "./target.ts";
import { targetsOf } from "./targets/index.ts";
import { Watchdog } from "./watchdog.ts";

// Gives readers of foreign bytes mutated inputs: `npm run fuzz -- --target sse --count 1000000 --seed 1`.

const { values: options } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: [] },
    count: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    at: { type: "string" },
    file: { type: "string" },
    list: { type: "boolean", default: false },
  },
});
const seed = Number(options.seed);
const folder = join(resolve(import.meta.dirname, "../.."), ".cache", "fuzz");

const corpus = loadCorpus();
const all = targetsOf(corpus);
const targets = options.target.length === 0 ? all : all.filter(({ name }) => options.target.some((wanted) => matches(name, wanted)));
if (targets.length === 0) throw new Error(`no target has this name; there are ${all.map(({ name }) => name).join(", ")}`);

if (options.list) for (const { name } of targets) console.log(name);
else if (options.at !== undefined || options.file !== undefined) for (const target of targets) again(target, Number(options.at ?? 0));
else await runAll();

/** `*` stands for anything. */
function matches(name: string, wanted: string): boolean {
  const [head = "", tail] = wanted.split("*");
  return tail === undefined ? name === wanted : name.startsWith(head) && name.endsWith(tail);
}

async function runAll(): Promise<void> {
  console.log(`seed ${seed}, from ${options.from}, ${options.count} inputs each, made from: ${corpus.source}`);
  let failed = 0;
  let inputs = 0;
  for (const target of targets) {
    const watchdog = new Watchdog(commandOf(target.name));
    const run = runTarget(target, { seed, from: Number(options.from), count: Number(options.count), watchdog });
    await watchdog.stop();
    inputs += run.inputs;
    const wrong = run.defects.length > 0;
    if (wrong) failed++;
    console.log(
      `${wrong ? "✗" : "✓"} ${target.name.padEnd(34)} ${String(run.inputs).padStart(9)} inputs, ${run.defects.length} defects, ` +
        `slowest ${run.slowestMs.toFixed(0)} ms, ${run.seconds.toFixed(1)} s`,
    );
    for (const defect of run.defects) show(target, defect);
  }
  const rss = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${inputs} inputs; the process had at most ${rss} MB`);
  console.log(`${targets.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exit(failed > 0 ? 1 : 0);
}

function commandOf(target: string): string {
  return `npm run fuzz -- --target ${target} --seed ${seed}`;
}

function show(target: Target, defect: Defect): void {
  const bytes = minimised(target, defect);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target.name}-${seed}-${defect.index}.bin`);
  writeFileSync(file, bytes);
  const place = (defect.error.stack ?? "").split("\n").filter((line) => line.includes("/src/") || line.includes("/targets/"));
  console.log(`    ${kindOf(defect.error)} (${defect.count} times)\n    ${defect.error.message.slice(0, 900)}`);
  for (const line of place.slice(0, 5)) console.log(`      ${line.trim()}`);
  console.log(`    ${JSON.stringify(Buffer.from(bytes).toString("latin1").slice(0, 700))}`);
  console.log(`    again: ${commandOf(target.name)} --at ${defect.index}`);
  console.log(`    the smallest input found: ${commandOf(target.name)} --at ${defect.index} --file ${file}`);
}

/** One input once more. */
function again(target: Target, index: number): void {
  const input = options.file === undefined ? target.input(new Random(seed, index)) : new Uint8Array(readFileSync(options.file));
  const { error, ms } = tried(target, input, seed, index);
  console.log(`${target.name}, input ${index}, ${input.length} bytes, ${ms.toFixed(1)} ms`);
  if (error) console.log(error);
  process.exitCode = error ? 1 : 0;
}
