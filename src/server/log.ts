import type { Engine } from "../gateway/index.ts";

const levels = ["debug", "info", "warn", "error"] as const;

/**
 * One JSON line an event on standard error, from `level` upwards (`SLUICE_LOG`, default `warn`). What is logged is
 * made of codes, ids and our own sentences; no credential and nothing of a request or an answer goes in.
 */
export function logTo(level: string | undefined, write: (line: string) => void = (line) => process.stderr.write(line)): Engine["log"] {
  const least = Math.max(0, levels.indexOf((level ?? "warn") as (typeof levels)[number]));
  return (at, message, fields) => {
    if (levels.indexOf(at) < least) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: at, message, ...fields })}\n`);
  };
}
