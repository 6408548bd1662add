import { isNetwork, type Networks } from "../../auth/index.ts";

/**
 * Who asks, behind the proxies that the config trusts: each of them adds the address of its peer on the right, so that the right-most
 * one that is no such proxy is the client. Everything left of it is what the client says of itself, and counts for nothing.
 *
 * @param forwarded `X-Forwarded-For`, of several lines joined by commas. The `Forwarded` header is not read: a proxy that does not write
 * it would pass on a client's own.
 * @returns undefined where a trusted proxy names what is no address
 */
export function clientAddress(peer: string | undefined, forwarded: string | undefined, trusted: Networks | undefined): string | undefined {
  if (trusted === undefined || forwarded === undefined || !trusted.hold(peer)) return peer;
  let client: string | undefined;
  for (const hop of forwarded.split(",").toReversed()) {
    client = addressIn(hop.trim());
    if (!trusted.hold(client)) return client;
  }
  return client;
}

/** Some proxies add the port. */
function addressIn(hop: string): string | undefined {
  const [, six, four] = /^(?:\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/.exec(hop) ?? [];
  const address = six ?? four ?? hop;
  return isNetwork(address) && !address.includes("/") ? address : undefined;
}
