import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Client, type ClientFacts, SdkError, type Told, type ToldError } from "./client.ts";
import { prompts } from "./prompts.ts";

export interface PythonClients {
  readonly clients: readonly Client[];
  close(): void;
}

/** Clients that live in a Python program: one line of JSON asks, one line tells. */
export async function startPythonClients(python: string, program: string): Promise<PythonClients> {
  const child = spawn(python, [join(import.meta.dirname, "python", program)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const say = (value: unknown): Promise<unknown> => {
    last = last.then(async () => {
      child.stdin.write(`${JSON.stringify(value)}\n`);
      const next = await lines.next();
      if (next.done) throw new Error(`${program} ended.`);
      return JSON.parse(next.value) as unknown;
    });
    return last;
  };
  const facts = (await say(prompts)) as ClientFacts[];
  return {
    clients: facts.map((fact) => ({
      ...fact,
      async tell(ask, model, address) {
        const answer = (await say({ client: fact.name, ask, model, address })) as { told?: Told; error?: ToldError };
        if (answer.error) throw new SdkError(answer.error);
        return answer.told ?? {};
      },
    })),
    close: () => child.stdin.end(),
  };
}
