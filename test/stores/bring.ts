import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bringGoProgram } from "../go-program.ts";

const cache = join(import.meta.dirname, "../../.cache/stores");
const toxiproxyModule = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0";

export interface Programs {
  readonly redis: string;
  /** The folder with `initdb` and `postgres`. */
  readonly postgres: string;
  readonly toxiproxy: string;
}

/** The real servers' programs: those of the machine, or Debian's, and Toxiproxy built from the Go module proxy. @throws where one cannot be had */
export function bringPrograms(): Programs {
  if (redisOf() === undefined || postgresOf() === undefined) install(["redis-server", "postgresql"]);
  const [redis, postgres] = [redisOf(), postgresOf()];
  if (redis === undefined || postgres === undefined) throw new Error("redis-server and postgresql could not be installed by apt-get");
  const toxiproxy = bringGoProgram(toxiproxyModule, cache);
  if (toxiproxy === undefined) throw new Error(`${toxiproxyModule} could not be built`);
  return { redis, postgres, toxiproxy };
}

function redisOf(): string | undefined {
  return Bun.which("valkey-server") ?? Bun.which("redis-server") ?? undefined;
}

function postgresOf(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const newest = existsSync(versions) ? readdirSync(versions).toSorted().at(-1) : undefined;
  const folder = newest === undefined ? undefined : join(versions, newest, "bin");
  return folder !== undefined && existsSync(join(folder, "initdb")) ? folder : undefined;
}

function install(packages: readonly string[]): void {
  // Packages start their servers where nobody forbids it.
  const policy = "/usr/sbin/policy-rc.d";
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  for (const words of [["update"], ["install", "-y", "--no-install-recommends", ...packages]])
    spawnSync("apt-get", words, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, stdio: "ignore" });
  if (own) rmSync(policy);
}
