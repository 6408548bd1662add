import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../free-port.ts";

export type Told = Readonly<Record<string, unknown>>;

/** The clouds' own Python libraries. */
export interface Reference {
  ask(question: Readonly<Record<string, unknown>>): Promise<Told>;
  close(): void;
}

/** @param environment instead of the machine's own, so that nothing of it is found */
export function startReference(python: string, environment: Record<string, string>): Reference {
  const child = spawn(python, [join(import.meta.dirname, "reference.py")], { stdio: ["pipe", "pipe", "inherit"], env: environment });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(question) {
      const told = last.then(async () => {
        child.stdin.write(`${JSON.stringify(question)}\n`);
        const next = await lines.next();
        if (next.done) throw new Error("reference.py ended.");
        const answer = JSON.parse(next.value) as Told;
        if (answer.failed !== undefined) throw new Error(`reference.py: ${String(answer.failed)}`);
        return answer;
      });
      last = told.catch(() => undefined);
      return told;
    },
    close: () => child.stdin.end(),
  };
}

/** moto: AWS's services as others have rebuilt them. */
export interface Moto {
  readonly url: string;
  /** From now on every request but the next `free` ones must be signed rightly, by an account that may do what it asks. */
  checkSignatures(free: number): Promise<void>;
  close(): void;
}

export async function startMoto(python: string): Promise<Moto> {
  const port = await freePort();
  const child = spawn(join(dirname(python), "moto_server"), ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/moto-api/`, child);
  return {
    url,
    async checkSignatures(free) {
      await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body: String(free) });
    },
    close: () => void child.kill(),
  };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    const answered = await fetch(url).catch(() => undefined);
    if (answered !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("moto_server did not start.");
}
