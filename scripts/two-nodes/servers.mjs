import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";

const patienceMs = 60_000;

/** What runs, and how it is ended in order. @typedef {{ name: string, process: import("node:child_process").ChildProcess, end: NodeJS.Signals }} Running */

/** @typedef {{ postgres: string, valkey: string }} Programs */

/** The folder with PostgreSQL's programs, and Valkey's or Redis's server, as Debian has them. @returns {Programs | undefined} */
export function installedPrograms() {
  const versions = "/usr/lib/postgresql";
  const newest = existsSync(versions) ? readdirSync(versions).toSorted().at(-1) : undefined;
  const postgres = [...(newest === undefined ? [] : [join(versions, newest, "bin")]), ...paths()].find((folder) =>
    existsSync(join(folder, "initdb")),
  );
  const valkey = ["valkey-server", "redis-server"]
    .flatMap((name) => paths().map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  return postgres !== undefined && valkey !== undefined ? { postgres, valkey } : undefined;
}

function paths() {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** A program of its own process group: Ctrl-C reaches only the one that ends the others in order. */
export function started(name, command, args, end, options = {}) {
  const child = spawn(command, args, { detached: true, stdio: ["ignore", "ignore", "pipe"], ...options });
  const last = [];
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text) => last.splice(0, last.length - 20, text));
  child.on("error", (error) => last.push(error.message));
  return { name, process: child, end, said: () => last.join("").trim() };
}

/** PostgreSQL, which root hands to the user of its package. @returns {Promise<Running & { url: string }>} */
export async function startPostgres({ postgres }, folder) {
  const place = join(folder, "postgres");
  mkdirSync(place, { recursive: true, mode: 0o711 });
  const data = join(place, "data");
  const port = await freePort();
  const password = randomBytes(24).toString("hex");
  const asOwner = ownerOf(place);
  if (!existsSync(data)) {
    const file = join(place, "password");
    writeFileSync(file, password, { mode: 0o600 });
    if (asOwner.uid !== undefined) chownSync(file, asOwner.uid, asOwner.gid);
    const words = ["-D", data, "-U", "sluice", "--auth", "scram-sha-256", "--pwfile", file, "--no-instructions"];
    const made = spawnSync(join(postgres, "initdb"), words, { ...asOwner, cwd: place, encoding: "utf8" });
    rmSync(file);
    if (made.status !== 0) throw new Error(`PostgreSQL's data could not be made: ${made.stderr ?? made.error?.message}`);
  }
  const words = ["-D", data, "-p", `${port}`, "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${place}`];
  const running = started("PostgreSQL", join(postgres, "postgres"), words, "SIGINT", { ...asOwner, cwd: place });
  const asked = () => spawnSync(join(postgres, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", `${port}`]).status === 0;
  await until(running, async () => asked());
  return { ...running, url: `postgres://sluice:${password}@127.0.0.1:${port}/postgres` };
}

/** PostgreSQL refuses to run as root. */
function ownerOf(place) {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  const owner = { uid: id("-u"), gid: id("-g") };
  if (!owner.uid) throw new Error("PostgreSQL does not run as root, and there is no user `postgres`.");
  chownSync(place, owner.uid, owner.gid);
  return owner;
}

/** @returns {Promise<Running & { url: string }>} */
export async function startValkey({ valkey }, folder) {
  const place = join(folder, "valkey");
  mkdirSync(place, { recursive: true });
  const port = await freePort();
  const password = randomBytes(24).toString("hex");
  const running = started("Valkey", valkey, ["-"], "SIGTERM", { stdio: ["pipe", "ignore", "pipe"] });
  // The password stands in no list of processes.
  const settings = { port, bind: "127.0.0.1", dir: place, save: '""', appendonly: "yes", requirepass: password };
  running.process.stdin.on("error", () => undefined);
  running.process.stdin.end(
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(""),
  );
  await until(running, () => answers(port, `AUTH ${password}\r\nPING\r\n`, "+PONG"));
  return { ...running, url: `redis://:${password}@127.0.0.1:${port}` };
}

function answers(port, asked, wanted) {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(asked));
    const done = (good) => {
      socket.destroy();
      resolve(good);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
    socket.on("data", (bytes) => {
      said += bytes;
      if (said.includes(wanted)) done(true);
    });
  });
}

async function until(running, isSo) {
  for (const end = Date.now() + patienceMs; !(await isSo()); ) {
    if (running.process.exitCode !== null || Date.now() > end) throw new Error(`${running.name} did not start: ${running.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends it, and waits for that. */
export async function ended({ process: child, end }) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(end);
  await gone;
}
