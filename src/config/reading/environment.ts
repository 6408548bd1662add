import type { DocumentPath } from "../issue.ts";
import { namesSecret, type ReadReference } from "./secret-references.ts";

/** What stands outside the document. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface MissingVariable {
  readonly path: DocumentPath;
  readonly name: string;
  readonly problem: string;
}

const reference = /\$(\$\{)|\$\{([^}]*)\}|\$\{/g;

/**
 * Puts the environment's values in the place of `${NAME}` in every text of the tree, and secrets in that of `${SOURCE:PATH}`. `$${`
 * stands for a plain `${`.
 *
 * @param secrets by `SOURCE:PATH`
 */
export function fillEnvironment(
  tree: unknown,
  environment: Environment,
  secrets: ReadonlyMap<string, ReadReference>,
): { tree: unknown; missing: readonly MissingVariable[] } {
  const missing: MissingVariable[] = [];
  const fill = (value: unknown, path: DocumentPath): unknown => {
    if (typeof value === "string") return value.includes("${") ? fillText(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])] as const);
      return Object.fromEntries(entries);
    }
    return value;
  };
  const fillText = (text: string, path: DocumentPath): string =>
    text.replace(reference, (whole: string, escaped: string | undefined, name: string | undefined) => {
      if (escaped !== undefined) return escaped;
      if (name === undefined) return note(path, "", "a reference to a variable has no closing brace", whole);
      if (namesSecret(name)) {
        const { text: value, problem = "" } = secrets.get(name) ?? { problem: "it was not read" };
        return value ?? note(path, name, problem, whole);
      }
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return note(path, name, `\`\${${name}}\` is not the name of a variable`, whole);
      const value = environment[name];
      if (value === undefined) return note(path, name, `the environment variable ${name} is not set`, whole);
      if (value === "") return note(path, name, `the environment variable ${name} is empty`, whole);
      return value;
    });
  const note = (path: DocumentPath, name: string, problem: string, whole: string): string => {
    missing.push({ path, name, problem });
    return whole;
  };
  return { tree: fill(tree, []), missing };
}
