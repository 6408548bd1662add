import type { EdgeRules } from "../config/index.ts";
import { Fault } from "../exchange/index.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);
const grammar = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

/**
 * Which Host and Origin a request may carry, so that a web page can't reach a gateway on this machine under a name of its
 * own (DNS rebinding). On loopback only loopback names and those of the config; elsewhere any well-formed name, unless the
 * config names some. A page may be one of ours, or of an origin that the config lists.
 *
 * @param forPages what is asked for is open to pages of listed origins
 * @returns why it is refused; undefined where it is not
 */
export function refusedHost(
  headers: { readonly host: string | undefined; readonly origin: string | undefined },
  bound: string,
  rules: EdgeRules,
  forPages = true,
): Fault | undefined {
  const { host, origin } = headers;
  const { hosts } = rules;
  if (host === undefined || !isHost(host))
    return new Fault("host_refused", { message: "The Host header is missing or malformed.", status: 400 });
  const known = (name: string) => loopbackNames.has(name) || name === bound || hosts.includes(name);
  const restricted = hosts.length > 0 || loopbackNames.has(bound);
  if (restricted && !known(nameOf(host)) && !hosts.includes(host))
    return new Fault("host_refused", { message: `This gateway does not answer to the name "${host}". Add it to hosts.` });
  if (origin === undefined || origin === rules.ownOrigin || (forPages && isListed(origin, rules))) return undefined;
  const url = URL.parse(origin);
  // Browsers write an origin in this form only.
  const own = url !== null && url.origin === origin && (url.host === host.toLowerCase() || (restricted && known(url.hostname)));
  if (own) return undefined;
  return new Fault("host_refused", { message: "Requests from this web origin are not taken. Add it to cors.origins.", status: 403 });
}

/** The config lets pages of this origin in. */
export function isListed(origin: string, { origins }: EdgeRules): boolean {
  return origins !== undefined && (origins.has(origin) || origins.has("*"));
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
