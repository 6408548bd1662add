import { spawn } from "node:child_process";
import { freePort } from "../free-port.ts";
import { bringPrograms } from "./bring.ts";

/** A way to a server that can be spoilt. */
export interface SpoiltWay {
  readonly port: number;
  /** A kind of trouble by Toxiproxy's name, in both directions where it has one. */
  spoil(
    type: "latency" | "timeout" | "reset_peer" | "bandwidth" | "slicer" | "limit_data",
    attributes: Readonly<Record<string, number>>,
  ): Promise<void>;
  heal(): Promise<void>;
}

export interface Toxiproxy {
  to(port: number): Promise<SpoiltWay>;
  close(): Promise<void>;
}

export async function startToxiproxy(): Promise<Toxiproxy> {
  const control = await freePort();
  const child = spawn(bringPrograms().toxiproxy, ["-host", "127.0.0.1", "-port", `${control}`], { stdio: "ignore" });
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${control}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`Toxiproxy: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  for (let tries = 0; ; tries++) {
    try {
      await call("GET", "/version");
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await Bun.sleep(50);
    }
  }
  return {
    async to(upstreamPort) {
      const port = await freePort();
      const name = `to-${port}`;
      await call("POST", "/proxies", { name, listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${upstreamPort}`, enabled: true });
      return {
        port,
        async spoil(type, attributes) {
          for (const stream of ["upstream", "downstream"])
            await call("POST", `/proxies/${name}/toxics`, { name: `${type}-${stream}`, type, stream, attributes });
        },
        heal: async () => void (await call("POST", "/reset")),
      };
    },
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}
