import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Link, LinkHandler, LinkTarget } from "./link.ts";

/** A connection by `node:net` and `node:tls`. */
export function openLink(target: LinkTarget, handler: LinkHandler): Link {
  const { host, port, tls } = target;
  const options = { host, port, noDelay: true };
  const socket =
    tls === undefined
      ? connectTcp(options)
      : connectTls({
          ...options,
          ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
          ...(tls.certificateAuthorities === undefined ? {} : { ca: tls.certificateAuthorities }),
          ALPNProtocols: ["http/1.1"],
        });
  let failure: unknown;
  let destroyed = false;
  socket.on(tls === undefined ? "connect" : "secureConnect", () => handler.onOpen());
  socket.on("data", (bytes: Uint8Array) => handler.onData(bytes));
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => {
    if (!destroyed) handler.onClose(failure);
  });
  return {
    write: (bytes, lent) =>
      void socket.write(lent ? new Uint8Array(bytes) : bytes, () => {
        if (socket.writableLength === 0 && !destroyed) handler.onDrain();
      }),
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
