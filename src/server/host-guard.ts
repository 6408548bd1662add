import { Fault } from "../exchange/index.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);
const grammar = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

/**
 * Which Host and Origin a request may carry, so that a web page can't reach a gateway on this machine under a name of its
 * own (DNS rebinding). On loopback only loopback names and those of the config; elsewhere any well-formed name, unless the
 * config names some.
 *
 * @returns why it is refused; undefined where it is not
 */
export function refusedHost(
  headers: { readonly host: string | undefined; readonly origin: string | undefined },
  bound: string,
  hosts: readonly string[],
): Fault | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isHost(host))
    return new Fault("host_refused", { message: "The Host header is missing or malformed.", status: 400 });
  const names = nameOf(host);
  const known = (name: string) => loopbackNames.has(name) || name === bound || hosts.includes(name);
  const restricted = hosts.length > 0 || loopbackNames.has(bound);
  if (restricted && !known(names) && !hosts.includes(host))
    return new Fault("host_refused", { message: `This gateway does not answer to the name "${host}". Add it to hosts.` });
  if (restricted && origin !== undefined && origin !== "null" && !known(originName(origin))) {
    return new Fault("host_refused", { message: "Requests from this web origin are not taken. Add its host to hosts.", status: 403 });
  }
  return undefined;
}

/** A name or an address, and a port that there is. */
function isHost(host: string): boolean {
  const [, port] = grammar.exec(host) ?? [undefined, "none"];
  return port === undefined || Number(port) <= 65_535;
}

function nameOf(host: string): string {
  const colon = host.lastIndexOf(":");
  const bare = colon > host.lastIndexOf("]") ? host.slice(0, colon) : host;
  return bare.toLowerCase();
}

function originName(origin: string): string {
  return nameOf(origin.replace(/^[a-z]+:\/\//i, ""));
}
