import { dlopen } from "bun:ffi";
import { closeSync } from "node:fs";

/** Where each system keeps `dup`. */
const systemLibraries = ["libc.so.6", "libSystem.B.dylib", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

type Duplicate = (fd: number) => number;

function duplicator(): Duplicate {
  for (const library of systemLibraries) {
    try {
      return dlopen(library, { dup: { args: ["i32"], returns: "i32" } }).symbols.dup;
    } catch {
      // Another system's.
    }
  }
  throw new Error("Sockets cannot be shared on this system.");
}

/** Ours to close, while the other one stays open. @throws where the system gives none */
export function duplicateSocket(fd: number): number {
  const own = duplicator()(fd);
  if (own < 0) throw new Error("The system gave no descriptor for a shared socket.");
  return own;
}

/** The runtime's types do not know it. */
interface WithDescriptor {
  readonly fd: number;
  stop(now: boolean): void;
}

/** Nobody new can connect to these when all processes have closed them. */
export function closeSockets(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd);
}

/** Sockets that listen on one address: the system spreads new connections over them. Nobody accepts from them here. */
export interface OpenSockets {
  readonly port: number;
  readonly fds: readonly number[];
}

/**
 * Opens sockets that outlive those who accept from them, so that no connection that waits in one is lost when a process ends.
 *
 * @throws the system's own error where the address cannot be listened on, or others listen there
 */
export function openSockets(host: string, port: number, count: number): OpenSockets {
  const socket = { data: () => undefined };
  // Sockets of another gateway would share with ours without a word.
  const alone = Bun.listen({ hostname: host, port, exclusive: true, socket });
  const taken = alone.port;
  alone.stop(true);
  const fds = Array.from({ length: count }, () => {
    const together = { hostname: host, port: taken, reusePort: true, socket };
    const listener: WithDescriptor = Bun.listen(together) as Bun.TCPSocketListener & WithDescriptor;
    const fd = duplicateSocket(listener.fd);
    listener.stop(true);
    return fd;
  });
  return { port: taken, fds };
}
