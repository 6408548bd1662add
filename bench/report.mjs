// Prints what a run of bench/run measured, beside the limits that the project promises. Ratios in one run count; absolute
// figures depend on the machine.
import { readFileSync } from "node:fs";

const { when, machine, repeat, targets } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const median = (cell) => (Array.isArray(cell) ? cell[1] : cell);
const rows = [
  ["CPU a request, 1 KB, µs", (t) => median(t.cpu_1k?.us_per_req), "bun", 1.6],
  ["CPU a request, 200 KB, µs", (t) => median(t.cpu_200k?.us_per_req), "bun", 0.5],
  ["requests a second, 64 connections", (t) => median(t.max_c64?.rps)],
  ["CPU a chunk, 1,000 slow streams, µs", (t) => t.hold_1000?.gw_cpu_us_per_chunk, "bun", 1.3],
  ["CPU a chunk, 5,000 slow streams, µs", (t) => t.hold_5000?.gw_cpu_us_per_chunk, "bun", 1.3],
  ["memory a slow stream (1,000), KB", (t) => t.hold_1000?.rss_kb_per_stream, "bun", 2],
  ["memory a slow stream (5,000), KB", (t) => t.hold_5000?.rss_kb_per_stream, "bun", 2],
  ["added latency at the rate, p50 ms", (t) => median(t.open?.p50_ms)],
  ["idle memory, MB", (t) => median(t.idle_rss_mb), 80],
  ["start to first answer, s", (t) => t.start_s?.[0], 0.3],
  [
    "errors",
    (t) =>
      ["cpu_1k", "cpu_16k", "cpu_200k", "max_c64", "open", "stream_paced", "stream_burst", "hold_1000", "hold_5000"].reduce(
        (sum, phase) => sum + (t[phase]?.errors ?? 0),
        0,
      ),
    0,
  ],
];
const names = Object.keys(targets);
console.log(`\n${when}; ${machine}; repeats: ${repeat}\n`);
console.log(`| | ${names.join(" | ")} | promise | |\n|---|${names.map(() => "--:").join("|")}|--:|---|`);
let short = 0;
for (const [label, read, against, limit] of rows) {
  const ours = read(targets.sluice);
  const bound = typeof against === "string" ? limit * read(targets[against] ?? {}) : against;
  const judged = bound !== undefined && !Number.isNaN(bound) && ours !== undefined;
  const holds = !judged || ours <= bound;
  if (!holds) short++;
  const promise = !judged
    ? ""
    : typeof against === "string"
      ? `≤ ${limit} × ${against} (is ${(ours / read(targets[against])).toFixed(2)})`
      : `≤ ${against}`;
  console.log(
    `| ${label} | ${names.map((name) => read(targets[name]) ?? "–").join(" | ")} | ${promise} | ${judged ? (holds ? "holds" : "FALLS SHORT") : ""} |`,
  );
}
process.exitCode = short > 0 ? 1 : 0;
