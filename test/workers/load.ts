import { Agent, request } from "node:http";
import { clientKey } from "../faults/gateway-process.ts";

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
}

export interface Got {
  readonly status: number;
  readonly body: string;
  /** What went wrong with the connection. */
  readonly error?: string;
}

/** Clients that ask again as soon as they have their answer, each on a connection that it keeps, or on a new one each time. */
export class SteadyClients {
  asked = 0;
  readonly failures: Got[] = [];
  readonly #port: number;
  readonly #isGood: (asked: Asked, got: Got) => boolean;
  readonly #running: Promise<void>[] = [];
  #over = false;

  constructor(port: number, isGood: (asked: Asked, got: Got) => boolean) {
    this.#port = port;
    this.#isGood = isGood;
  }

  start(count: number, asked: Asked, keepAlive: boolean, pauseMs = 0): void {
    for (let each = 0; each < count; each++) this.#running.push(this.#client(asked, keepAlive, pauseMs));
  }

  async #client(asked: Asked, keepAlive: boolean, pauseMs: number): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!this.#over) {
      const got = await post(this.#port, asked, agent);
      this.asked++;
      if (!this.#isGood(asked, got)) this.failures.push(got);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#running);
  }
}

export function post(port: number, { model, stream }: Asked, agent?: Agent, key: string = clientKey): Promise<Got> {
  const body = JSON.stringify({ model, stream, messages: [{ role: "user", content: "hi" }] });
  return send(port, "/v1/chat/completions", body, agent, key);
}

export function send(port: number, path: string, body: string, agent: Agent | undefined, key: string): Promise<Got> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request({ host: "127.0.0.1", port, path, method: "POST", headers, ...(agent && { agent }) }, (response) => {
      const chunks: Buffer[] = [];
      const got = (error?: string): Got => {
        const text = Buffer.concat(chunks).toString();
        return { status: response.statusCode ?? 0, body: text, ...(error !== undefined && { error }) };
      };
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(got(response.complete ? undefined : "incomplete")));
      response.on("error", (error) => resolve(got(error.message)));
      response.on("aborted", () => resolve(got("aborted")));
    });
    outgoing.on("error", (error) => resolve({ status: 0, body: "", error: error.message }));
    outgoing.end(body);
  });
}
