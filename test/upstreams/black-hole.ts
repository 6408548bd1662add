import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The queue of a listener is 512 long in one runtime, which takes no shorter one. */
const fillers = 600;
const script =
  "const s=require('net').createServer(c=>c.on('data',d=>c.write(d)).on('error',()=>c.destroy()));s.listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))";

/** Whether the system tells of connections that are being made. */
export const tellsOfConnections = process.platform === "linux";

/** An address that neither takes connections nor refuses them: its listener's queue is full, and its process is stopped. */
export class BlackHole implements Disposable {
  readonly port: number;
  /** Its process goes on, takes the connections that wait, and says what it hears. */
  readonly wake: () => void;
  readonly #end: () => void;

  constructor(port: number, wake: () => void, end: () => void) {
    this.port = port;
    this.wake = wake;
    this.#end = end;
  }

  /** How many connections to it are being made; 0 where the system does not tell. */
  beingMade(): number {
    const wanted = `:${this.port.toString(16).toUpperCase().padStart(4, "0")}`;
    const lines = tellsOfConnections ? readFileSync("/proc/net/tcp", "utf8").split("\n") : [];
    return lines.map((line) => line.trim().split(/\s+/)).filter(([, , remote, state]) => remote?.endsWith(wanted) && state === "02").length;
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

/** Resolves when its queue is full. `using hole = await openBlackHole()` ends it however the test ends: else a stopped process would stay. */
export async function openBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  child.kill("SIGSTOP");
  let connected = 0;
  const sockets: Socket[] = [];
  const end = () => {
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
  };
  const hole = new BlackHole(port, () => child.kill("SIGCONT"), end);
  for (let each = 0; each < fillers; each++)
    sockets.push(connect({ host: "127.0.0.1", port }, () => connected++).on("error", () => undefined));
  const isFull = () => !tellsOfConnections || connected + hole.beingMade() === fillers;
  await sleep(100);
  for (const until = performance.now() + 20_000; !isFull() && performance.now() < until; ) await sleep(20);
  if (isFull()) return hole;
  hole[Symbol.dispose]();
  throw new Error(`Of ${fillers} connections ${connected} were made and ${hole.beingMade()} wait: the queue is not full.`);
}
