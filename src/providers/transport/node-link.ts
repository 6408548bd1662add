import type { Socket } from "node:net";
import { connectedEvent, connectSocket } from "./connect-socket.ts";
import type { Link, LinkHandler, LinkTarget } from "./link.ts";

/** A connection by `node:net` and `node:tls`. */
export function openLink(target: LinkTarget, handler: LinkHandler): Link {
  return linkOver(connectSocket(target), target, handler);
}

/** A socket that is being connected, as a link. */
export function linkOver(socket: Socket, target: LinkTarget, handler: LinkHandler): Link {
  let failure: unknown;
  let destroyed = false;
  socket.on(connectedEvent(target), () => handler.onOpen());
  socket.on("data", (bytes: Uint8Array) => handler.onData(bytes));
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => {
    if (!destroyed) handler.onClose(failure);
  });
  return {
    write: (bytes) => void socket.write(bytes),
    get flushed() {
      return socket.writableLength === 0;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy() {
      destroyed = true;
      socket.destroy();
    },
    keepAwake: (awake) => void (awake ? socket.ref() : socket.unref()),
  };
}
