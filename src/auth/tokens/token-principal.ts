import { type Holder, holderOf } from "../holder.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

type Claims = Readonly<Record<string, unknown>>;

const longestName = 255;

/**
 * What the claims of a verified token give its holder. Deny by default: without a team, a role or `everyone`, nothing.
 * @returns undefined where `sub` is missing or no name
 */
export function tokenHolder(claims: Claims, issuer: TrustedIssuer): Holder | undefined {
  const subject = nameIn(claims, "sub");
  if (subject === undefined) return undefined;
  const groups = groupsIn(claims, issuer.claims.groups);
  const roles = rolesOf(groups, issuer);
  const team = nameIn(claims, issuer.claims.team) ?? mapped(issuer.teams, groups) ?? issuer.everyone?.team;
  const organisation = organisationIn(claims, issuer.claims.organisation);
  // Whose address nobody has verified may have written another's.
  const isVerified = [undefined, true, "true"].includes(claims.email_verified as undefined);
  const user = (issuer.claims.user === "email" && !isVerified ? undefined : nameIn(claims, issuer.claims.user)) ?? subject;
  const principal = {
    kind: "user" as const,
    keyId: tokenKeyId(issuer.name, subject),
    keyName: user,
    user,
    ...(team !== undefined && { team }),
    ...(organisation !== undefined && { organisation }),
    ...(roles.length > 0 && { roles }),
    ...(issuer.models && { models: issuer.models }),
    ...(issuer.mayPassUser && { mayPassUser: true }),
    scopes: [],
  };
  const everyoneCalls = issuer.everyone !== undefined && issuer.everyone.roles.length === 0;
  return holderOf(principal, team !== undefined || everyoneCalls);
}

/** Where the issuer is to say whose somebody is, whoever it does not say that of is nobody's: no organisation has an empty name. */
function organisationIn(claims: Claims, name: string | undefined): string | undefined {
  return name === undefined ? undefined : (nameIn(claims, name) ?? "");
}

/** The id of whoever an issuer calls so. */
export function tokenKeyId(issuer: string, subject: string): string {
  return `token:${issuer}:${subject}`;
}

function rolesOf(groups: readonly string[], { roles, everyone }: TrustedIssuer): readonly string[] {
  const own = [...roles].filter(([group]) => groups.includes(group)).map(([, role]) => role);
  return [...new Set([...own, ...(everyone?.roles ?? [])])];
}

function mapped(names: ReadonlyMap<string, string>, groups: readonly string[]): string | undefined {
  for (const [group, name] of names) if (groups.includes(group)) return name;
  return undefined;
}

function groupsIn(claims: Claims, name: string): readonly string[] {
  const value = claimAt(claims, name);
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/** A text that people can be called by; undefined for anything else. */
function nameIn(claims: Claims, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : claimAt(claims, name);
  if (typeof value !== "string" || value === "" || value.length > longestName) return undefined;
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ? undefined : value;
}

/** By its whole name first, which may hold dots itself (`https://acme.example/groups`); then step by step. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}
