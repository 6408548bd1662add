import { connect } from "node:net";

/**
 * Opens a plain TCP connection and closes it at once. Calls back with true only when nothing had answered within
 * `withinMs`; a refusal is an answer. The returned function gives up early.
 */
export function knock(host: string, port: number, withinMs: number, done: (silent: boolean) => void): () => void {
  const socket = connect({ host, port });
  const finish = (silent: boolean) => {
    clearTimeout(timer);
    socket.removeAllListeners();
    socket.on("error", () => socket.destroy());
    socket.destroy();
    done(silent);
  };
  const timer = setTimeout(() => finish(true), withinMs);
  socket.once("connect", () => finish(false));
  socket.once("error", () => finish(false));
  return () => {
    clearTimeout(timer);
    socket.removeAllListeners();
    socket.on("error", () => socket.destroy());
    socket.destroy();
  };
}
