import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100;

/** User and system time of a process and all that it has started, in seconds (Linux). */
export function cpuSeconds(pid: number): number {
  const [, , , , , , , , , , , user, system] = statOf(pid);
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(statOf(Number(name))[1]) === pid);
  return (Number(user) + Number(system)) / ticksPerSecond + children.reduce((sum, child) => sum + cpuSeconds(Number(child)), 0);
}

/** From the state of the process on, which is the third field. */
function statOf(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(") ") + 2).split(" ");
  } catch {
    return [];
  }
}
