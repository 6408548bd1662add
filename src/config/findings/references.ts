import { providers as kinds, type Provider, type ProviderPlace, sourcesOf } from "../../providers/index.ts";
import type { DocumentPath } from "../issue.ts";
import type { Environment } from "../reading/environment.ts";
import { bodyFindings } from "../resolving/body-store.ts";
import { firstSet } from "../resolving/credential.ts";
import { isAddressed } from "../resolving/default-providers.ts";
import { parseListen } from "../resolving/listen.ts";
import { type Finding, isGroup, oneOf } from "./findings.ts";
import { identityFindings, rolesFindings } from "./identity-findings.ts";
import { limitFindings } from "./limit-findings.ts";
import { nearest } from "./nearest.ts";
import { repeatFindings } from "./repeat-findings.ts";

/** What the names in a document may refer to outside it. */
export interface Surroundings {
  readonly environment: Environment;
  /** Providers that are there beside those that the document names. */
  readonly defaultProviders: readonly string[];
}

/**
 * Names that lead nowhere, and names used twice. Works on the raw tree, whatever else is wrong with it, so that all
 * errors come at once; what has the wrong type is left to the schema.
 */
export function referenceFindings(tree: unknown, surroundings: Surroundings): readonly Finding[] {
  if (!isGroup(tree)) return [];
  const providers = [...surroundings.defaultProviders, ...(isGroup(tree.providers) ? Object.keys(tree.providers) : [])];
  const models = isGroup(tree.models) ? Object.keys(tree.models) : [];
  return [
    ...listenFindings(tree.listen),
    ...loginFindings(tree),
    ...(isGroup(tree.login) && isGroup(tree.login.openid) ? rolesFindings(["login", "openid", "roles"], tree.login.openid.roles) : []),
    ...tlsFindings(tree.tls),
    ...groupEntries(tree.providers).flatMap(([name, entry]) => providerFindings(name, entry, surroundings)),
    ...groupEntries(tree.models).flatMap(([name, entry]) => modelFindings(["models", name], entry, providers)),
    ...groupEntries(tree.teams).flatMap(([name, entry]) => allowedModels(["teams", name, "models"], entry, models, providers)),
    ...identityFindings(tree.identity, groupEntries(tree.teams)),
    ...limitFindings(tree),
    ...bodyFindings(tree),
    ...repeatFindings(tree),
    ...policyFindings(tree.policies),
    ...keysFindings(tree.keys, groupEntries(tree.teams), models, providers),
  ];
}

function listenFindings(listen: unknown): readonly Finding[] {
  if (typeof listen !== "string" || parseListen(listen) !== undefined) return [];
  return [{ path: ["listen"], problem: "is not valid", expected: "address:port or a port, as 127.0.0.1:8787 or [::1]:8787" }];
}

/** Where the provider sends browsers back to is never taken from what a request says of itself. */
function loginFindings({ listen, login }: { readonly listen?: unknown; readonly login?: unknown }): readonly Finding[] {
  if (!isGroup(login) || login.openid === undefined || login.publicUrl !== undefined) return [];
  const host = typeof listen === "string" ? parseListen(listen)?.host : undefined;
  if (host === undefined || /^(localhost|127(\.\d+){3}|::1)$/.test(host)) return [];
  const expected = "the address that browsers know this gateway by, as https://ai.example.com";
  return [{ path: ["login", "publicUrl"], part: "key", problem: "is missing, and the gateway listens beyond this machine", expected }];
}

function tlsFindings(tls: unknown): readonly Finding[] {
  if (!isGroup(tls) || tls.clientCa !== undefined || tls.clientAuth === undefined || tls.clientAuth === "none") return [];
  return [{ path: ["tls", "clientCa"], problem: "is missing", expected: "the authorities that clients' certificates are of" }];
}

function providerFindings(name: string, entry: unknown, { environment }: Surroundings): readonly Finding[] {
  if (!isGroup(entry)) return [];
  const path: DocumentPath = ["providers", name];
  const type = entry.type ?? name;
  if (typeof type !== "string") return [];
  const provider = kinds.get(type);
  if (provider === undefined) {
    const near = nearest(type, kinds.keys());
    const finding: Finding =
      entry.type === undefined
        ? {
            path,
            part: "key",
            problem: `no kind of provider is called \`${type}\`, and there is no \`type\``,
            expected: "a known name, or `type`",
          }
        : { path: [...path, "type"], problem: "is not valid", expected: oneOf([...kinds.keys()]) };
    return [near === undefined ? finding : { ...finding, nearest: near }];
  }
  const findings: Finding[] = [];
  if (entry.baseUrl === undefined && !isAddressed(provider, environment, placeOf(provider, entry, environment))) {
    const placed = [provider.env.project && "`project`", provider.env.region && "`region`"].filter(Boolean).join(" and ");
    findings.push({
      path: [...path, "baseUrl"],
      problem: "is missing",
      expected: `the URL of the API, for a provider of the type \`${type}\`${placed === "" ? "" : `, or ${placed}`}`,
    });
  }
  findings.push(...regionFindings(path, type, provider, entry), ...credentialFindings(path, type, provider, entry));
  const variables = provider.env.apiKey ?? [];
  const keyless = provider.credential === "none" || provider.local === true || provider.answer !== undefined;
  const ownAddress = entry.baseUrl === undefined && provider.baseUrl !== undefined;
  if (
    entry.apiKey === undefined &&
    entry.apiKeys === undefined &&
    !keyless &&
    ownAddress &&
    !variables.some((variable) => environment[variable])
  ) {
    const expected =
      variables[0] === undefined ? "the provider's key" : `\`apiKey\`, or the environment variable ${variables.join(" or ")}`;
    findings.push({ path: [...path, "apiKey"], problem: "is missing", expected });
  }
  findings.push(...twiceFindings(path, entry));
  const surfaces = Object.keys({ ...provider.surfaces, ...provider.optionalSurfaces });
  for (const [index, dialect] of list(entry.dialects).entries()) {
    if (typeof dialect !== "string" || surfaces.includes(dialect)) continue;
    findings.push({
      path: [...path, "dialects", index],
      problem: `a provider of the type \`${type}\` has no such surface`,
      expected: oneOf(surfaces),
    });
  }
  return findings;
}

function placeOf({ env }: Provider, { region, project }: Readonly<Record<string, unknown>>, environment: Environment): ProviderPlace {
  return {
    region: typeof region === "string" ? region : firstSet(env.region, environment),
    project: typeof project === "string" ? project : firstSet(env.project, environment),
  };
}

/** Where data goes is not guessed: a region that the provider does not have is no name of the operator's own. */
function regionFindings(
  path: DocumentPath,
  type: string,
  { regions }: Provider,
  { region, baseUrl }: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  if (regions === undefined || baseUrl !== undefined || typeof region !== "string" || region in regions) return [];
  return [
    {
      path: [...path, "region"],
      problem: `is no region of the type \`${type}\``,
      expected: `${oneOf(Object.keys(regions))}, or a \`baseUrl\``,
    },
  ];
}

/** A key that stands twice would be asked twice as often, and rest once. */
function twiceFindings(path: DocumentPath, { apiKey, apiKeys }: Readonly<Record<string, unknown>>): readonly Finding[] {
  const seen = new Set<unknown>(apiKey === undefined ? [] : [apiKey]);
  return list(apiKeys).flatMap((entry, index): readonly Finding[] => {
    const key = isGroup(entry) ? entry.key : entry;
    const twice = seen.has(key);
    seen.add(key);
    return twice
      ? [
          {
            path: [...path, "apiKeys", index],
            problem: "this key is there twice",
            expected: "a key of its own; `weight` gives it a larger share",
          },
        ]
      : [];
  });
}

function credentialFindings(
  path: DocumentPath,
  type: string,
  { grants }: Provider,
  { credential, apiKey, apiKeys }: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  if (credential === undefined) return [];
  const at = [...path, "credential"];
  if (grants === undefined || sourcesOf[grants.by].length === 0)
    return [{ path: at, part: "key", problem: `is not known for the type \`${type}\``, expected: "`apiKey`" }];
  const beside = apiKey !== undefined ? "apiKey" : apiKeys !== undefined ? "apiKeys" : undefined;
  if (beside !== undefined) return [{ path: at, part: "key", problem: `stands beside \`${beside}\``, expected: "one of the two" }];
  const sources = sourcesOf[grants.by];
  const from = isGroup(credential) ? credential.from : undefined;
  if (typeof from !== "string" || (sources as readonly string[]).includes(from)) return [];
  return [{ path: [...at, "from"], problem: `is no source for the type \`${type}\``, expected: oneOf(sources) }];
}

function modelFindings(path: DocumentPath, entry: unknown, providers: readonly string[]): readonly Finding[] {
  if (typeof entry === "string") return targetFindings(path, entry, providers);
  if (!isGroup(entry)) return [];
  const targets = list(entry.targets);
  const findings = targets.flatMap((target, index) =>
    isGroup(target)
      ? targetFindings([...path, "targets", index, "use"], target.use, providers)
      : targetFindings([...path, "targets", index], target, providers),
  );
  const weightless = targets.length > 0 && targets.every((target) => isGroup(target) && target.weight === 0);
  if (entry.strategy === "weighted" && weightless) {
    findings.push({ path: [...path, "targets"], problem: "all weights are 0", expected: "at least one weight above 0" });
  }
  return findings;
}

function targetFindings(path: DocumentPath, target: unknown, providers: readonly string[]): readonly Finding[] {
  const slash = typeof target === "string" ? target.indexOf("/") : -1;
  if (typeof target !== "string" || slash <= 0) return [];
  const provider = target.slice(0, slash);
  if (providers.includes(provider)) return [];
  const near = nearest(provider, providers);
  const finding: Finding = {
    path,
    problem: `there is no provider \`${provider}\``,
    expected: `${oneOf(providers)} before the first slash`,
  };
  return [near === undefined ? finding : { ...finding, nearest: `${near}${target.slice(slash)}` }];
}

/** Names without `*` must be models, or `provider/model` of a provider that is there. */
function allowedModels(path: DocumentPath, entry: unknown, models: readonly string[], providers: readonly string[]): readonly Finding[] {
  return list(isGroup(entry) ? entry.models : undefined).flatMap((name, index): readonly Finding[] => {
    if (typeof name !== "string" || name.includes("*") || models.includes(name)) return [];
    if (name.includes("/") && providers.includes(name.slice(0, name.indexOf("/")))) return [];
    const near = nearest(name, models);
    const finding: Finding = {
      path: [...path, index],
      problem: "there is no such model",
      expected: `a name of \`models\`, or provider/model`,
    };
    return [near === undefined ? finding : { ...finding, nearest: near }];
  });
}

function policyFindings(policies: unknown): readonly Finding[] {
  const names = new Set<string>();
  return list(policies).flatMap((policy, index): readonly Finding[] => {
    if (!isGroup(policy) || typeof policy.name !== "string") return [];
    if (names.has(policy.name))
      return [{ path: ["policies", index, "name"], problem: "another policy has this name", expected: "a name of its own" }];
    names.add(policy.name);
    return [];
  });
}

function keysFindings(
  keys: unknown,
  teams: readonly (readonly [string, unknown])[],
  models: readonly string[],
  providers: readonly string[],
): readonly Finding[] {
  const teamNames = teams.map(([name]) => name);
  const names = new Set<unknown>();
  const values = new Set<unknown>();
  return list(keys).flatMap((key, index): readonly Finding[] => {
    if (!isGroup(key)) return [];
    const path: DocumentPath = ["keys", index];
    const findings: Finding[] = [...allowedModels([...path, "models"], key, models, providers)];
    if (typeof key.name === "string" && names.has(key.name)) {
      findings.push({ path: [...path, "name"], problem: "another key has this name", expected: "a name of its own" });
    }
    if (typeof key.value === "string" && values.has(key.value)) {
      findings.push({ path: [...path, "value"], problem: "another key has this value", expected: "a value of its own" });
    }
    names.add(key.name);
    values.add(key.value);
    if (typeof key.team === "string" && !teamNames.includes(key.team)) {
      const near = nearest(key.team, teamNames);
      const finding: Finding = { path: [...path, "team"], problem: "there is no such team", expected: "a name of `teams`" };
      findings.push(near === undefined ? finding : { ...finding, nearest: near });
    }
    return findings;
  });
}

function groupEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isGroup(value) ? Object.entries(value) : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
