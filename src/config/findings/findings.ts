import type * as z from "zod/mini";
import { keysAt } from "../document/schema-walk.ts";
import type { DocumentPath } from "../issue.ts";
import { nearest } from "./nearest.ts";

/** Something wrong, before it is known where in the file it stands. */
export interface Finding {
  readonly path: DocumentPath;
  /** The key is wrong, not the value. */
  readonly part?: "key";
  readonly problem: string;
  readonly expected?: string;
  readonly nearest?: string;
}

/** Says in our words what the schema found in `tree`. */
export function schemaFindings(schema: z.core.$ZodType, issues: readonly z.core.$ZodIssue[], tree: unknown): readonly Finding[] {
  return issues.flatMap((issue) => explain(schema, issue, [], tree));
}

function explain(schema: z.core.$ZodType, issue: z.core.$ZodIssue, base: DocumentPath, tree: unknown): readonly Finding[] {
  const path: DocumentPath = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(schema, path, key, tree));
    case "invalid_key":
      return [{ path, part: "key", problem: "this name is not valid", expected: issue.issues[0]?.message ?? "another name" }];
    case "invalid_union":
      return explainUnion(schema, issue, path, tree);
    case "invalid_value": {
      const value = valueAt(tree, path);
      const near = typeof value === "string" ? nearest(value, issue.values.map(String)) : undefined;
      return [problemAt(path, value, issue.values.map((each) => `\`${String(each)}\``).join(" or "), near)];
    }
    default:
      return [problemAt(path, valueAt(tree, path), expectation(issue))];
  }
}

function problemAt(path: DocumentPath, value: unknown, expected: string, near?: string): Finding {
  const finding = value === undefined ? { path, problem: "is missing", expected } : { path, problem: "is not valid", expected };
  return near === undefined ? finding : { ...finding, nearest: near };
}

function unknownKey(schema: z.core.$ZodType, path: DocumentPath, key: string, tree: unknown): Finding {
  const parent = valueAt(tree, path);
  const valid = keysAt(schema, path, isGroup(parent) ? parent.use : undefined).filter((each) => each !== "$schema");
  const near = nearest(key, valid);
  const finding: Finding = { path: [...path, key], part: "key", problem: "unknown key" };
  return near === undefined ? { ...finding, expected: oneOf(valid) } : { ...finding, nearest: near };
}

function explainUnion(schema: z.core.$ZodType, issue: z.core.$ZodIssueInvalidUnion, path: DocumentPath, tree: unknown): readonly Finding[] {
  if ("options" in issue && issue.options !== undefined) {
    const value = valueAt(tree, path);
    const names = issue.options.map(String);
    const near = typeof value === "string" ? nearest(value, names) : undefined;
    return [problemAt(path, value, oneOf(names), near)];
  }
  const fitting = issue.errors.filter((branch) => !branch.some((each) => each.code === "invalid_type" && each.path.length === 0));
  if (fitting.length === 1) return fitting[0]!.flatMap((each) => explain(schema, each, path, tree));
  const branches = fitting.length > 0 ? fitting : issue.errors;
  const expected = [...new Set(branches.map((branch) => (branch[0] === undefined ? "another value" : expectation(branch[0]))))];
  return [problemAt(path, valueAt(tree, path), expected.join(", or "))];
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
  record: "a group of names",
};

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message !== "Invalid input") return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.expected;
    case "too_small":
      return bound("at least", Number(issue.minimum), issue.origin, issue.inclusive);
    case "too_big":
      return bound("at most", Number(issue.maximum), issue.origin, issue.inclusive);
    case "invalid_format":
      return "text of another form";
    default:
      return "another value";
  }
}

function bound(word: string, limit: number, origin: string, inclusive: boolean | undefined): string {
  if (origin === "array") return `${word} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `${word} ${limit} ${limit === 1 ? "character" : "characters"}`;
  if (inclusive === false) return word === "at least" ? `more than ${limit}` : `less than ${limit}`;
  return `${word} ${limit}`;
}

export function oneOf(names: readonly string[]): string {
  return names.length === 0 ? "nothing here" : `one of ${names.map((name) => `\`${name}\``).join(", ")}`;
}

export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(tree: unknown, path: DocumentPath): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
