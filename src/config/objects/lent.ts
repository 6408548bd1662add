import * as z from "zod/mini";
import { matchesGlob } from "../../policies/index.ts";
import { providers as kinds } from "../../providers/index.ts";
import { type Finding, isGroup } from "../findings/findings.ts";
import type { DocumentPath } from "../issue.ts";
import type { LaidObject } from "./lay-over.ts";
import { takesReferences } from "./written-secrets.ts";

/** What the gateway's own file lets objects use that were made elsewhere. */
export const lentOptions = z
  .strictObject({
    references: z.optional(
      z
        .array(z.string().check(z.minLength(1), z.maxLength(500)))
        .check(
          z.describe(
            "What they may refer to, as it stands between the braces, `*` for any run of characters: names of variables, and SOURCE:PATH. Default `vault:*`: no variables and no other stores.",
          ),
        ),
    ),
    ownIdentity: z.optional(
      z
        .boolean()
        .check(
          z.describe(
            "Whether providers with a `baseUrl` may use what the gateway finds in its surroundings, as the cloud's identity of its machine. Default false.",
          ),
        ),
    ),
  })
  .check(
    z.describe(
      "Which of the gateway's secrets objects may use that were made by API or applied. Whoever makes providers decides where their credentials are sent.",
    ),
  );

const usual = ["vault:*"];
const reference = /(?<!\$)\$\{([^}]*)\}/g;

/**
 * What an object that came over the network uses of the gateway's secrets and may not. Looks at names only: whether there is such a
 * secret is not told.
 *
 * @param file the gateway's own file, as it was read
 */
export function unlentFindings({ kind, name, definition }: LaidObject, file: unknown): readonly Finding[] {
  const written = z.safeParse(z.optional(lentOptions), isGroup(file) ? file.lent : undefined);
  const { references = usual, ownIdentity = false } = written.data ?? {};
  const findings = textsIn(definition, [kind, name]).flatMap(([path, text]): readonly Finding[] => {
    const strange = [...text.matchAll(reference)].map((found) => found[1] ?? "").find((each) => !isLent(each, references));
    if (strange === undefined || !takesReferences(path)) return [];
    const problem = `refers to ${JSON.stringify(strange)}, which objects made by API or applied may not use`;
    return [{ path, problem, expected: "what `lent.references` in the gateway's own config file has" }];
  });
  if (ownIdentity || kind !== "providers" || !takesOwnIdentity(name, definition)) return findings;
  const problem = "would send the gateway's own identity, or a key of its environment, to an address of its choice";
  return [...findings, { path: [kind, name], problem, expected: "`apiKey`, or `lent.ownIdentity` in the gateway's own config file" }];
}

/** A `*` of variables covers no store, and one of a store no path that leads elsewhere in it. */
function isLent(name: string, globs: readonly string[]): boolean {
  const leadsElsewhere = /(^|[/:])\.{1,2}([/#]|$)|[%\\?]/.test(name);
  return globs.some((glob) => glob === name || (!leadsElsewhere && glob.includes(":") === name.includes(":") && matchesGlob(glob, name)));
}

/** Whether what authorises the provider's calls is found in the gateway's surroundings, while its address is not the provider's own. */
function takesOwnIdentity(name: string, definition: unknown): boolean {
  if (!isGroup(definition)) return false;
  const { type = name, baseUrl, apiKey, apiKeys, credential } = definition;
  if (baseUrl === undefined || apiKey !== undefined || apiKeys !== undefined) return false;
  if (isGroup(credential)) {
    const { from, clientSecret, json } = credential;
    return !(from === "client-secret" && clientSecret !== undefined) && !(from === "service-account" && json !== undefined);
  }
  const provider = kinds.get(String(type));
  if (provider === undefined) return false;
  const hasKeyOfEnvironment = provider.baseUrl === undefined && (provider.env.apiKey !== undefined || provider.credential === "aws");
  return hasKeyOfEnvironment || (provider.grants !== undefined && provider.grants.by !== "ibm");
}

function textsIn(value: unknown, path: DocumentPath): readonly (readonly [DocumentPath, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => textsIn(item, [...path, key]));
}
