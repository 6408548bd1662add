import type { LoginOptions } from "../../auth/sessions/options.ts";
import { Secret } from "../../secrets/index.ts";
import type { LoginConfig, OpenIdConfig } from "../config.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Fills in what the part `login` leaves out. */
export function resolveLogin({ publicUrl, idleMinutes = 30, maxHours = 12, commandLineDays = 7, openid }: LoginOptions = {}): LoginConfig {
  return {
    publicUrl: publicUrl === undefined ? undefined : new URL(publicUrl).origin,
    idleMs: idleMinutes * minute,
    maxMs: maxHours * hour,
    commandLineMs: commandLineDays * 24 * hour,
    openid: openid && resolveOpenId(openid),
  };
}

function resolveOpenId(options: NonNullable<LoginOptions["openid"]>): OpenIdConfig {
  const { issuer, clientId, clientSecret, scopes = ["profile", "email"], userClaim = "email", groupsClaim = "groups", roles } = options;
  return {
    issuer,
    clientId,
    clientSecret: clientSecret === undefined ? undefined : new Secret(clientSecret),
    scopes: [...new Set(["openid", ...scopes])],
    userClaim,
    groupsClaim,
    organisation: options.organisation,
    createUsers: options.createUsers ?? true,
    roles: new Map(Object.entries(roles)),
    privateAllowed: options.allowPrivateNetwork,
  };
}
