import { isNetwork } from "../../auth/index.ts";
import type { AlertTargetOptions } from "../../insight/options.ts";
import { Secret } from "../../secrets/index.ts";
import type { AlertTargetConfig } from "../config.ts";

/** Fills in what a target leaves out. */
export function alertTarget(options: AlertTargetOptions): AlertTargetConfig {
  if ("webhook" in options) {
    const { url, secret, allowPrivateNetwork = false } = options.webhook;
    return { kind: "webhook", url: new URL(url), secret: new Secret(secret), privateAllowed: allowPrivateNetwork };
  }
  const { host, port = 587, tls = port === 465 ? "implicit" : "required", user, password, from, to } = options.mail;
  const { allowPrivateNetwork = namesAddress(host) } = options.mail;
  const login = user === undefined ? undefined : { user, password: new Secret(password ?? "") };
  return { kind: "mail", host, port, tls, login, from, to, privateAllowed: allowPrivateNetwork };
}

/** An address as such, or a name of this machine or its network: the operator means where that leads. */
function namesAddress(host: string): boolean {
  return (isNetwork(host) && !host.includes("/")) || /^[a-z][a-z0-9-]*$/i.test(host);
}
