import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { bringGoProgram } from "../go-program.ts";

const cache = join(import.meta.dirname, "../../.cache/stores");
const module = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

/** VersityGW: S3 over a folder, which refuses what is not signed rightly. */
export interface S3Server {
  readonly url: string;
  readonly bucket: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Names of the objects. */
  objects(): readonly string[];
  bytesOf(name: string): Buffer;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGSTOP. */
  hang(): void;
  resume(): void;
  remove(): Promise<void>;
}

/** @returns the program; undefined where it cannot be built */
export function bringS3(): string | undefined {
  return bringGoProgram(module, cache);
}

/** @throws where it cannot be built */
export async function startS3(): Promise<S3Server> {
  const program = bringS3();
  if (program === undefined) throw new Error(`${module} could not be built`);
  const folder = mkdtempSync(join(tmpdir(), "sluice-s3-"));
  const [port, bucket] = [await freePort(), "bodies"];
  const [data, sidecar] = [join(folder, "data"), join(folder, "meta")];
  for (const each of [join(data, bucket), sidecar]) mkdirSync(each, { recursive: true });
  const keys = { accessKeyId: "sluice", secretAccessKey: "the secret of the bodies' bucket" };
  const url = `http://127.0.0.1:${port}`;
  const words = ["--port", `127.0.0.1:${port}`, "--region", "eu-central-1", "--quiet", "posix", "--sidecar", sidecar, data];
  let child: ChildProcess | undefined;
  const server: S3Server = {
    url,
    bucket,
    keys,
    objects: () =>
      readdirSync(join(data, bucket), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(data, bucket).length + 1)),
    bytesOf: (name) => readFileSync(join(data, bucket, name)),
    async start() {
      const env = { PATH: process.env.PATH, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey };
      child = spawn(program, words, { env, stdio: "ignore" });
      for (let tries = 0; ; tries++) {
        // A stranger is refused, which is an answer.
        if (await fetch(url).catch(() => undefined)) return;
        if (tries === 200 || child.exitCode !== null) throw new Error("versitygw does not answer.");
        await Bun.sleep(50);
      }
    },
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
    hang: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
