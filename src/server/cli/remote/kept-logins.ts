import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CommandError, type Terminal } from "../command-line/command.ts";

/** A gateway that somebody has logged in to. */
export interface KeptLogin {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

interface KeptLogins {
  /** The gateway that was logged in to last. */
  readonly current?: string | undefined;
  readonly logins: Readonly<Record<string, KeptLogin>>;
}

/** `$XDG_CONFIG_HOME/sluice/logins.json`, or below `~/.config`: only its owner can read it. */
export function loginsFile({ environment }: Pick<Terminal, "environment">): string {
  return join(environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config"), "sluice", "logins.json");
}

/** @throws CommandError where the file is there and cannot be read */
export function keptLogins(terminal: Pick<Terminal, "environment">): KeptLogins {
  const path = loginsFile(terminal);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { logins: {} };
    throw new CommandError(`${path} cannot be read.`, "Look at its permissions.");
  }
  try {
    const { current, logins } = JSON.parse(text) as KeptLogins;
    return { current, logins: { ...logins } };
  } catch {
    throw new CommandError(`${path} is no JSON.`, "Remove it, and log in again: sluice login.");
  }
}

/** Keeps a log-in, or forgets it where there is none; the one that is kept becomes the current one. */
export function keepLogin(terminal: Pick<Terminal, "environment">, url: string, login: KeptLogin | undefined): void {
  const { current, logins } = keptLogins(terminal);
  const { [url]: _before, ...others } = logins;
  const next: KeptLogins =
    login === undefined
      ? { current: current === url ? Object.keys(others).at(-1) : current, logins: others }
      : { current: url, logins: { ...others, [url]: login } };
  const path = loginsFile(terminal);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  // Whole or not at all, and never readable by others in between.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
