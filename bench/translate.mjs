// Runs the measurement of bench/translate. The gateway has core 0, the upstream and the load core 1.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findBun, install } from "../scripts/toolchain.mjs";

const [work, ...options] = process.argv.slice(2);
const rounds = options.includes("--quick") ? 1 : 3;
const project = resolve(import.meta.dirname, "..");
const key = "sk-sluice-bench-0123456789abcdef0123456789abcdef";
const port = 9301;
const ticksASecond = 100;
const mostRatio = 2.5;

const dialects = { chat: "/v1/chat/completions", messages: "/v1/messages" };
const shapes = [
  { name: "1 KB", args: ["-prompt", 1024], model: "mock" },
  { name: "16 KB", args: ["-prompt", 16384], model: "mock" },
  { name: "1 KB, 64 chunks streamed", args: ["-prompt", 1024, "-stream", 64], model: "mock-s64" },
];

function load(caller, upstream, shape, seconds) {
  const args = ["-url", `http://127.0.0.1:${port}${dialects[caller]}`, "-kind", caller, "-model", `${upstream}/${shape.model}`];
  const all = [...args, "-H", `authorization: Bearer ${key}`, ...shape.args.map(String), "-c", "16", "-d", `${seconds}s`];
  const { stdout } = spawnSync("taskset", ["-c", "1", join(work, "bin/loadgen"), ...all], { encoding: "utf8" });
  return JSON.parse(stdout);
}

/** Seconds of CPU that the process and its threads have taken. */
function cpu(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

install({ dev: false });
const data = mkdtempSync(join(tmpdir(), "sluice-bench-"));
const mock = spawn("taskset", ["-c", "1", join(work, "bin/mock")], { stdio: "ignore" });
const serve = ["src/server/main.ts", "serve", "--config", "bench/translating.yaml", "--port", String(port), "--data", data];
const gateway = spawn("taskset", ["-c", "0", findBun(), ...serve], { cwd: project, stdio: ["ignore", "ignore", "inherit"] });
try {
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      break;
    if (tries > 100) throw new Error("The gateway did not start.");
    await new Promise((done) => setTimeout(done, 50));
  }
  const pairs = Object.keys(dialects).flatMap((caller) => Object.keys(dialects).map((upstream) => [caller, upstream]));
  const taken = new Map();
  // Once through everything first: what is compiled on the way is not what is asked.
  for (const shape of shapes) for (const [caller, upstream] of pairs) load(caller, upstream, shape, 2);
  for (let round = 0; round < rounds; round++) {
    for (const shape of shapes) {
      for (const [caller, upstream] of pairs) {
        const before = cpu(gateway.pid);
        const result = load(caller, upstream, shape, 2.5);
        if (result.errors > 0 || result.ok === 0)
          throw new Error(`${caller} → ${upstream}, ${shape.name}: ${JSON.stringify(result.error_kinds)}`);
        const name = `${shape.name}: ${caller} → ${upstream}`;
        taken.set(name, [...(taken.get(name) ?? []), ((cpu(gateway.pid) - before) * 1e6) / result.ok]);
      }
    }
  }
  console.log(
    `CPU a request, µs, the middle of ${rounds} round${rounds > 1 ? "s" : ""}\n\n| | passed on | translated | ratio | asked | |\n|---|--:|--:|--:|--:|---|`,
  );
  for (const shape of shapes) {
    for (const [caller, upstream] of pairs.filter(([one, other]) => one !== other)) {
      const own = median(taken.get(`${shape.name}: ${caller} → ${caller}`));
      const across = median(taken.get(`${shape.name}: ${caller} → ${upstream}`));
      const ratio = across / own;
      const asked = shape.name.includes("chunks") ? "" : mostRatio;
      const verdict = asked === "" ? "" : ratio <= mostRatio ? "holds" : "**short**";
      console.log(
        `| ${shape.name}, ${caller} → ${upstream} | ${own.toFixed(0)} | ${across.toFixed(0)} | ${ratio.toFixed(2)} | ${asked} | ${verdict} |`,
      );
    }
  }
} finally {
  gateway.kill();
  mock.kill();
  await new Promise((done) => gateway.once("exit", done));
  rmSync(data, { recursive: true });
}
