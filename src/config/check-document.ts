import * as z from "zod/mini";
import { type ConfigDocument, documentSchema, type Policies } from "./document/document.ts";
import { type Finding, isGroup, schemaFindings, valueAt } from "./findings/findings.ts";
import { referenceFindings } from "./findings/references.ts";
import { type ConfigIssue, type DocumentPath, formatPath } from "./issue.ts";
import { type LaidObject, type LaidOver, layOver } from "./objects/lay-over.ts";
import { unlentFindings } from "./objects/lent.ts";
import { foreignFindings } from "./objects/written-secrets.ts";
import { fillEnvironment } from "./reading/environment.ts";
import { namesSecret, readReferences, wholeReferences } from "./reading/secret-references.ts";
import { type Shelves, sourcesFor } from "./reading/secret-sources.ts";
import { type ConfigSource, readSource } from "./reading/source.ts";
import { defaultProviders } from "./resolving/default-providers.ts";

export type CheckedDocument =
  | {
      readonly document: ConfigDocument;
      /** What texts refer to that are nothing but a reference to a secret, by their path. */
      readonly references: ReadonlyMap<string, string>;
      readonly laid: LaidOver;
      /** The file's own tree, as it was read. */
      readonly file: unknown;
      readonly issues?: undefined;
    }
  | { readonly document?: undefined; readonly issues: readonly ConfigIssue[] };

export interface CheckOptions extends Shelves {
  readonly policies: Policies;
  /** What was made elsewhere than in the file. Default: nothing. */
  readonly objects?: readonly LaidObject[];
}

/** Reads and checks the text of a config: the document, or everything that is wrong with it. */
export async function checkDocument(text: string, file: string, options: CheckOptions): Promise<CheckedDocument> {
  const { environment, policies, objects = [] } = options;
  const source = readSource(text);
  if (source.syntax.length > 0) return { issues: source.syntax.map((issue) => ({ file, path: "", ...issue })) };
  const laid = layOver(source.tree, objects);
  // Before any variable is filled in: what these hold may not be read back from an error either.
  const foreign = objects
    .filter((object) => !laid.shadowed.includes(object))
    .flatMap((object) => {
      const hostile = foreignFindings(object);
      return (hostile.length > 0 ? hostile : unlentFindings(object, source.tree)).map(
        (finding): ConfigIssue => ({ ...elsewhere(object, finding), barred: true }),
      );
    });
  if (foreign.length > 0) return { issues: foreign };
  const sources = await sourcesFor(laid.tree, options);
  const { tree: filled, missing } = fillEnvironment(laid.tree, environment, await readReferences(laid.tree, sources));
  const { tree, findings: early } = takeUnsupported(filled);
  const schema = documentSchema(policies);
  const parsed = z.safeParse(schema, tree);
  const surroundings = {
    environment,
    defaultProviders: laid.keepsDefaults ? defaultProviders(environment).map((provider) => provider.name) : [],
  };
  const unset = new Set(missing.map((each) => formatPath(each.path)));
  const later = [...(parsed.success ? [] : schemaFindings(schema, parsed.error.issues, tree)), ...referenceFindings(tree, surroundings)];
  const findings = [
    ...missing.map(({ path, name, problem }): Finding => ({ path, problem, expected: expectedFor(name) })),
    ...early,
    ...hostileNames(tree, []),
    ...later.filter((finding) => !unset.has(formatPath(finding.path))),
  ];
  if (findings.length === 0 && parsed.success)
    return { document: parsed.data, references: wholeReferences(laid.tree), laid, file: source.tree };
  return {
    issues: findings.map((finding) => toIssue(finding, source, laid, file)).sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

function expectedFor(name: string): string {
  return namesSecret(name) ? "a secret that is there" : "a variable that is set, or the value itself";
}

/** Parts that the surface promises for later: they get a message of their own instead of "unknown key". */
function takeUnsupported(tree: unknown): { tree: unknown; findings: readonly Finding[] } {
  if (!isGroup(tree) || !Array.isArray(tree.policies)) return { tree, findings: [] };
  const findings: Finding[] = [];
  const policies = tree.policies.map((policy: unknown, index) => {
    if (!isGroup(policy) || policy.when === undefined) return policy;
    const problem = "conditions are not supported yet, and a policy without its condition would apply to everything";
    findings.push({ path: ["policies", index, "when"], part: "key", problem, expected: "a policy without `when`" });
    const { when: _, ...rest } = policy;
    return rest;
  });
  return { tree: { ...tree, policies }, findings };
}

/** The schema passes over this one name without a word. */
function hostileNames(value: unknown, path: DocumentPath): readonly Finding[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]): readonly Finding[] => {
    const inside = [...path, key];
    const own: readonly Finding[] =
      key === "__proto__" ? [{ path: inside, part: "key", problem: "this name is not valid", expected: "another name" }] : [];
    return [...own, ...hostileNames(item, inside)];
  });
}

function toIssue(finding: Finding, source: ConfigSource, laid: LaidOver, file: string): ConfigIssue {
  const value = finding.part === "key" ? undefined : shown(valueAt(laid.tree, finding.path), finding.path);
  const object = laid.objectAt(finding.path);
  if (object) return elsewhere(object, { ...finding, path: [object.kind, object.name, ...finding.path.slice(2)] }, value);
  return { file, ...source.locate(finding.path, finding.part), path: formatPath(finding.path), ...told(finding, value) };
}

/** @param path begins with the object's kind and name */
function elsewhere({ kind, name }: LaidObject, { path, ...finding }: Finding, value?: string): ConfigIssue {
  return { file: "made by API", line: 0, column: 0, object: { kind, name }, path: formatPath(path), ...told(finding, value) };
}

function told({ problem, expected, nearest }: Omit<Finding, "path">, value: string | undefined) {
  return {
    problem,
    ...(value !== undefined && { value }),
    ...(expected !== undefined && { expected }),
    ...(nearest !== undefined && { nearest }),
  };
}

/** The value as the file has it, variables not filled in. Credentials are not shown, whatever they are. */
function shown(value: unknown, path: DocumentPath): string | undefined {
  if (value === undefined) return undefined;
  // Text in the place of a whole provider or key is likely its credential.
  const misplaced = typeof value === "string" && path.length === 2 && (path[0] === "providers" || path[0] === "keys");
  const secret =
    misplaced ||
    path.some(
      (step) =>
        step === "apiKey" ||
        step === "apiKeys" ||
        step === "value" ||
        step === "headers" ||
        step === "json" ||
        step === "clientSecret" ||
        step === "secretAccessKey" ||
        step === "secret" ||
        step === "password" ||
        step === "secretAccessKey" ||
        step === "webhook" ||
        step === "auth",
    );
  if (secret) return typeof value === "string" && /^\$\{[^{}]+\}$/.test(value) ? value : "not shown, since it may be a secret";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a group of keys";
  if (typeof value !== "string") return String(value);
  // Passwords and tokens in addresses, also such that nobody has escaped.
  const plain = value.replace(/\/\/.*@/s, "//…@").replace(/(\/\/[^?#]*[?#]).*/s, "$1…");
  return JSON.stringify(plain.length > 80 ? `${plain.slice(0, 80)}…` : plain);
}
