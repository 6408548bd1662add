import { builtInRoles } from "../../exchange/index.ts";
import type { DocumentPath } from "../issue.ts";
import { type Finding, isGroup } from "./findings.ts";
import { nearest } from "./nearest.ts";

type Names = readonly string[];

/** Our own names for who vouches: `token:acme:ann` is nobody else than the one that the issuer `acme` calls `ann`. */
const reserved = ["certificate", "sluice"];

/** What is wrong with `identity` beside its form: issuers that stand twice, places that contradict each other, unknown teams. */
export function identityFindings(identity: unknown, teams: readonly (readonly [string, unknown])[]): readonly Finding[] {
  if (!isGroup(identity)) return [];
  const names = teams.map(([name]) => name);
  const certificates: readonly unknown[] = Array.isArray(identity.certificates) ? identity.certificates : [];
  return [
    ...exchangeFindings(identity),
    ...(isGroup(identity.issuers) ? issuersFindings(identity.issuers, names) : []),
    ...certificates.flatMap((entry, index) => certificateFindings(["identity", "certificates", index], entry, names)),
  ];
}

function issuersFindings(issuers: Readonly<Record<string, unknown>>, names: Names): readonly Finding[] {
  const seen = new Map<unknown, string>();
  return Object.entries(issuers).flatMap(([name, entry]): readonly Finding[] => {
    if (!isGroup(entry)) return [];
    const path: DocumentPath = ["identity", "issuers", name];
    const findings: Finding[] = [];
    if (reserved.includes(name)) findings.push({ path, part: "key", problem: "this name is the gateway's own", expected: "another name" });
    const twin = seen.get(entry.issuer);
    if (twin !== undefined)
      findings.push({ path: [...path, "issuer"], problem: `stands in \`${twin}\` already`, expected: "each issuer once" });
    else if (typeof entry.issuer === "string") seen.set(entry.issuer, name);
    if (entry.jwks !== undefined && entry.discovery !== undefined)
      findings.push({ path: [...path, "discovery"], problem: "stands beside `jwks`", expected: "one of them" });
    const mapped = isGroup(entry.teams) ? Object.entries(entry.teams) : [];
    // Teams of organisations stand in the directory.
    const areFiled = !isGroup(entry.claims) || entry.claims.organisation === undefined;
    if (areFiled) for (const [group, team] of mapped) findings.push(...teamFinding([...path, "teams", group], team, names));
    findings.push(...rolesFindings([...path, "roles"], entry.roles));
    if (isGroup(entry.everyone)) {
      if (areFiled) findings.push(...teamFinding([...path, "everyone", "team"], entry.everyone.team, names));
      findings.push(...rolesFindings([...path, "everyone", "roles"], entry.everyone.roles));
    }
    return findings;
  });
}

/** The gateway's own name is nobody else's. */
function exchangeFindings({ exchange, issuers }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (!isGroup(exchange) || !isGroup(issuers)) return [];
  const twin = Object.entries(issuers).find(([, entry]) => isGroup(entry) && entry.issuer === exchange.issuer);
  if (!twin) return [];
  return [{ path: ["identity", "exchange", "issuer"], problem: `is that of \`${twin[0]}\``, expected: "the gateway's own address" }];
}

function certificateFindings(path: DocumentPath, entry: unknown, names: Names): readonly Finding[] {
  if (!isGroup(entry)) return [];
  const looksAt = [entry.uri, entry.dns, entry.commonName].filter((pattern) => pattern !== undefined);
  const one =
    looksAt.length === 1 ? [] : [{ path, problem: "does not say what it looks at", expected: "one of `uri`, `dns`, `commonName`" }];
  // A team of an organisation stands in the directory.
  const team = entry.organisation === undefined ? teamFinding([...path, "team"], entry.team, names) : [];
  return [...one, ...team, ...rolesFindings([...path, "roles"], entry.roles)];
}

/** Roles are built in, or made here, where their ids are only known later. @param roles a list, or by group */
export function rolesFindings(path: DocumentPath, roles: unknown): readonly Finding[] {
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(roles)
    ? roles.map((role, index) => [index, role] as const)
    : isGroup(roles)
      ? Object.entries(roles)
      : [];
  return entries.flatMap(([at, role]) => {
    if (typeof role !== "string" || role.startsWith("role_") || (builtInRoles as Names).includes(role)) return [];
    const near = nearest(role, builtInRoles);
    const expected = "a built-in role, or the id of one that was made here (`role_…`)";
    return [{ path: [...path, at], problem: "no role is called so", expected, ...(near !== undefined && { nearest: near }) }];
  });
}

function teamFinding(path: DocumentPath, team: unknown, names: Names): readonly Finding[] {
  if (typeof team !== "string" || names.includes(team)) return [];
  const near = nearest(team, names);
  return [{ path, problem: "no team is called so", expected: "a name of `teams`", ...(near !== undefined && { nearest: near }) }];
}
