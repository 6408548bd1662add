import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Waits ten milliseconds and writes a byte to the disk, again and again, and says when that took long: nothing of ours runs in it. */
const script = `
const fs = require("node:fs");
const fd = fs.openSync(process.argv[1], "w");
const turn = () => {
  const begun = Date.now();
  setTimeout(() => {
    fs.writeSync(fd, "x", 0);
    fs.fsyncSync(fd);
    const ms = Date.now() - begun - 10;
    if (ms >= 100) console.log(begun + " " + ms);
    turn();
  }, 10);
};
turn();
`;

/** How long the machine made a process wait that does next to nothing. */
export class MachineStalls implements Disposable {
  readonly #stalls: { readonly begun: number; readonly ms: number }[] = [];
  readonly #file = join(tmpdir(), `sluice-stalls-${process.pid}`);
  readonly #child = spawn("node", ["-e", script, this.#file], { stdio: ["ignore", "pipe", "inherit"] });

  constructor() {
    this.#child.stdout.on("data", (text: Buffer) => {
      for (const [, begun, ms] of text.toString().matchAll(/^(\d+) (\d+)$/gm)) this.#stalls.push({ begun: Number(begun), ms: Number(ms) });
    });
  }

  /** The longest wait that has to do with this span, in milliseconds; what is shorter than 100 is none. @param from by `Date.now` */
  longest(from: number, to: number): number {
    return Math.max(0, ...this.#stalls.filter(({ begun, ms }) => begun < to && begun + ms > from).map(({ ms }) => ms));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#file, { force: true });
  }
}
