import type { Finding } from "../findings/findings.ts";
import type { DocumentPath } from "../issue.ts";
import type { LaidObject } from "./lay-over.ts";

const reference = /(?<!\$)\$\{[^}]*\}/g;
/** Headers that carry a credential, by their names. */
const secretHeader = /auth|key|token|secret|cookie|passw|credential|signature|session/i;
/** The gateway's own secrets, and files of its disk. */
const ownReference = /(?<!\$)\$\{\s*(?:SLUICE_|file:)/;

/** What stands for a secret that is not shown. */
export const hiddenSecret = "[secret]";

/** What of a provider and of a key is no secret. What stands in neither list is taken for one. */
const plainFields: Readonly<Record<string, readonly string[]>> = {
  providers: [
    "type",
    "baseUrl",
    "region",
    "project",
    "zeroDataRetention",
    "dialects",
    "timeouts",
    "retries",
    "allowPrivateNetwork",
    "models",
    "keyOrder",
    "limits",
    "budget",
  ],
  keys: ["team", "models", "scopes", "expires", "networks", "metadata", "limits", "budget", "mayPassUser"],
};
const plainInCredential: readonly unknown[] = ["from", "tenant", "clientId", "profile", "role", "file", "tokenFile"];

/** Whether the place holds a credential. @param path from the section on, as `providers`, `openai`, `apiKey` */
export function isSecretPlace(path: DocumentPath): boolean {
  const [kind, , field, inner, innermost] = path;
  const plain = kind === undefined ? undefined : plainFields[kind];
  if (plain === undefined || field === undefined) return false;
  if (kind === "providers") {
    if (field === "headers") return typeof inner === "string" && secretHeader.test(inner);
    if (field === "credential") return !plainInCredential.includes(inner);
    if (field === "apiKeys") return innermost !== "weight" && innermost !== "account";
  }
  return !plain.includes(String(field));
}

/** Where variables may be named in an object that was not made in the file: what they hold is shown nowhere. */
export function takesReferences(path: DocumentPath): boolean {
  return isSecretPlace(path) || (path[0] === "providers" && path[2] === "headers");
}

/**
 * What an object that comes over the network may not hold: secrets themselves, variables where their values could be read back, the
 * gateway's own variables, and files of its disk. No finding shows a value.
 */
export function foreignFindings({ kind, name, definition }: LaidObject): readonly Finding[] {
  return leavesIn(definition, [kind, name]).flatMap(([path, leaf]): readonly Finding[] => {
    const text = String(leaf);
    if (isSecretPlace(path) && !isReference(text))
      return [
        {
          path,
          problem: "holds a secret itself",
          expected: `a reference to it, as \${NAME} for a variable of the gateway or \${vault:NAME} for what its vault holds`,
        },
      ];
    const [, , field, inner] = path;
    if (kind === "providers" && field === "credential" && (inner === "file" || inner === "tokenFile"))
      return [{ path, problem: "names a file of the gateway's disk", expected: "this in the gateway's own config file" }];
    if (ownReference.test(text))
      return [{ path, problem: "names a secret of the gateway itself, or a file of its disk", expected: "another reference" }];
    if (!takesReferences(path) && text.search(reference) >= 0)
      return [{ path, problem: "names a variable where its value could be read", expected: "the value itself" }];
    return [];
  });
}

/** Nothing but references, and what joins them: `${NAME}`, `Bearer ${NAME}`, `${ID}:${SECRET}`. */
export function isReference(text: string): boolean {
  return text.search(reference) >= 0 && /^(?:(?:Bearer|Basic) )?:*$/i.test(text.replace(reference, ""));
}

/** The definition with each secret that stands in it itself replaced. */
export function withSecrets(object: LaidObject, replacement: (path: DocumentPath) => string): unknown {
  const walk = (value: unknown, path: DocumentPath): unknown => {
    if (typeof value === "string") return isSecretPlace(path) && !isReference(value) ? replacement(path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  return walk(object.definition, [object.kind, object.name]);
}

function leavesIn(value: unknown, path: DocumentPath): readonly (readonly [DocumentPath, unknown])[] {
  // Nothing holds nothing; in a patch it takes something away.
  if (value === null) return [];
  if (typeof value !== "object") return [[path, value]];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => leavesIn(item, [...path, key]));
}
