import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { LinkTarget } from "./link.ts";

/** The event that tells that a socket has connected, and that its certificate was found good. */
export function connectedEvent({ tls }: LinkTarget): "connect" | "secureConnect" {
  return tls === undefined ? "connect" : "secureConnect";
}

/** A socket on its way. Destroying it gives up the connection that is being made, at once. */
export function connectSocket({ host, port, tls }: LinkTarget): Socket {
  const options = { host, port, noDelay: true };
  if (tls === undefined) return connectTcp(options);
  return connectTls({
    ...options,
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    ...(tls.certificateAuthorities === undefined ? {} : { ca: tls.certificateAuthorities }),
    ALPNProtocols: ["http/1.1"],
  });
}
