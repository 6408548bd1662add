import { type Finding, isGroup } from "./findings.ts";
import type { DocumentPath } from "./issue.ts";
import { nearest } from "./nearest.ts";

/** What is wrong with `identity` beside its form: issuers that stand twice, places that contradict each other, unknown teams. */
export function identityFindings(identity: unknown, teams: readonly (readonly [string, unknown])[]): readonly Finding[] {
  if (!isGroup(identity) || !isGroup(identity.issuers)) return [];
  const names = teams.map(([name]) => name);
  const seen = new Map<unknown, string>();
  return Object.entries(identity.issuers).flatMap(([name, entry]): readonly Finding[] => {
    if (!isGroup(entry)) return [];
    const path: DocumentPath = ["identity", "issuers", name];
    const findings: Finding[] = [];
    const twin = seen.get(entry.issuer);
    if (twin !== undefined)
      findings.push({ path: [...path, "issuer"], problem: `stands in \`${twin}\` already`, expected: "each issuer once" });
    else if (typeof entry.issuer === "string") seen.set(entry.issuer, name);
    if (entry.jwks !== undefined && entry.discovery !== undefined)
      findings.push({ path: [...path, "discovery"], problem: "stands beside `jwks`", expected: "one of them" });
    const mapped = isGroup(entry.teams) ? Object.entries(entry.teams) : [];
    for (const [group, team] of mapped) findings.push(...teamFinding([...path, "teams", group], team, names));
    if (isGroup(entry.everyone)) findings.push(...teamFinding([...path, "everyone", "team"], entry.everyone.team, names));
    return findings;
  });
}

function teamFinding(path: DocumentPath, team: unknown, names: readonly string[]): readonly Finding[] {
  if (typeof team !== "string" || names.includes(team)) return [];
  const near = nearest(team, names);
  return [{ path, problem: "no team is called so", expected: "a name of `teams`", ...(near !== undefined && { nearest: near }) }];
}
