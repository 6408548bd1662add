import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../faults/promise.ts";

/** A proxy that passes on what it takes for requests, each with `x-front`. */
export interface Front {
  readonly name: string;
  readonly version: string;
  /** Unix sockets, one for each of the ports behind it. */
  readonly sockets: readonly string[];
  stop(): Promise<void>;
}

const programs = { nginx: "/usr/sbin/nginx", haproxy: "/usr/sbin/haproxy" } as const;

/** Brings nginx and HAProxy where they are not there. @returns why they cannot be had */
export function bringFronts(): string | undefined {
  const missing = Object.entries(programs).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
  if (missing.length === 0) return undefined;
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null)
    return `${missing.join(" and ")} not installed, and no apt-get to do it with`;
  // Packages start their servers where nobody forbids it.
  const policy = "/usr/sbin/policy-rc.d";
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const apt = (...args: string[]) =>
    spawnSync("apt-get", args, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, stdio: "ignore" });
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...missing);
  if (own) rmSync(policy);
  return Object.values(programs).every(existsSync) ? undefined : `${missing.join(" and ")} could not be installed`;
}

/** @param buffered whether a body is read whole before anything of it is passed on */
export function startNginx(ports: readonly number[], buffered: boolean): Promise<Front> {
  const servers = (sockets: readonly string[]) =>
    ports.map(
      (port, index) => `upstream b${index} { server 127.0.0.1:${port}; keepalive 4; }
server { listen unix:${sockets[index]}; keepalive_requests 1000000; location / { proxy_pass http://b${index}; } }`,
    );
  const config = (
    sockets: readonly string[],
    folder: string,
  ) => `daemon off; master_process off; pid ${folder}/pid; error_log /dev/null crit;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; proxy_http_version 1.1; proxy_request_buffering ${buffered ? "on" : "off"};
proxy_set_header x-front nginx; proxy_set_header Connection ""; proxy_set_header Host $http_host; client_body_timeout 5s;
proxy_next_upstream off; merge_slashes off;
${servers(sockets).join("\n")} }`;
  const name = buffered ? "nginx" : "nginx without buffers";
  return start(name, programs.nginx, ports.length, config, (file, folder) => ["-e", "/dev/null", "-p", folder, "-c", file], ["-v"]);
}

export function startHaproxy(ports: readonly number[]): Promise<Front> {
  const config = (sockets: readonly string[]) => `global
  maxconn 1000
defaults
  mode http
  timeout client 5s
  timeout connect 5s
  timeout server 5s
  timeout http-request 5s
  http-reuse always
${ports
  .map(
    (port, index) => `frontend f${index}
  bind unix@${sockets[index]}
  http-request set-header x-front haproxy
  default_backend b${index}
backend b${index}
  server s 127.0.0.1:${port}`,
  )
  .join("\n")}
`;
  return start("HAProxy", programs.haproxy, ports.length, config, (file) => ["-db", "-q", "-f", file], ["-v"]);
}

async function start(
  name: string,
  program: string,
  count: number,
  config: (sockets: readonly string[], folder: string) => string,
  args: (file: string, folder: string) => readonly string[],
  versionArgs: readonly string[],
): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), "fronts-"));
  const sockets = Array.from({ length: count }, (_, index) => join(folder, `${index}.sock`));
  const file = join(folder, "config");
  writeFileSync(file, config(sockets, folder));
  const child = spawn(program, args(file, folder), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const asked = spawnSync(program, versionArgs, { encoding: "utf8" });
  const version = /\d+\.\d+\.\d+/.exec(asked.stdout + asked.stderr)?.[0] ?? "";
  for (const path of sockets) await untilOpen(path, child, () => said);
  return {
    name,
    version,
    sockets,
    async stop() {
      const gone = new Promise((resolve) => child.on("exit", resolve));
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilOpen(path: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`It ended at its start: ${said()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ path });
      socket.on("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await sleep(10);
  }
  throw new Error(`It does not listen: ${said()}`);
}
