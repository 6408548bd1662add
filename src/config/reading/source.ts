import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLParseError } from "yaml";
import type { DocumentPath } from "../issue.ts";

/** The text of a config, read, with the way back from a path to its place. */
export interface ConfigSource {
  /** Plain values: no YAML left in it. `undefined` when the text could not be read. */
  readonly tree: unknown;
  readonly syntax: readonly SyntaxIssue[];
  /** Where the value at `path` stands, or its key; the nearest place that exists. */
  locate(path: DocumentPath, part?: "key" | "value"): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxIssue extends Place {
  readonly problem: string;
  readonly expected?: string;
}

const maxBytes = 1024 * 1024;
const maxDepth = 64;
const maxSyntaxIssues = 20;
/** Nodes that aliases may expand to, in all. */
const maxAliases = 2000;

/**
 * Our own words for what the YAML reader finds: its messages quote the text, which may hold a secret.
 */
const syntaxProblems: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias (`*name`) cannot have a tag or an anchor",
  BAD_ALIAS: "the name of an alias or anchor is not valid",
  BAD_DIRECTIVE: "a line that starts with % is not a directive that YAML knows",
  BAD_DQ_ESCAPE: "a backslash in double quotes starts no known escape",
  BAD_INDENT: "the indentation does not fit the lines above",
  BAD_PROP_ORDER: "anchors and tags must stand behind the `-`, `?` or `:`",
  BAD_SCALAR_START: 'text cannot start with this character; put it in "quotes"',
  BLOCK_AS_IMPLICIT_KEY: "a nested mapping cannot start on this line; put it on its own, indented lines",
  BLOCK_IN_FLOW: "indented blocks cannot stand inside [ ] or { }",
  DUPLICATE_KEY: "this key is there twice",
  IMPOSSIBLE: "this cannot be read as YAML",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters; a quote or a colon may be missing",
  MISSING_CHAR: "a quote, bracket, comma or space is missing",
  MULTILINE_IMPLICIT_KEY: "a key spans several lines; a colon or a quote may be missing",
  MULTIPLE_ANCHORS: "a value can have only one anchor",
  MULTIPLE_DOCS: "the file holds more than one document (`---`)",
  MULTIPLE_TAGS: "a value can have only one tag",
  NON_STRING_KEY: "keys must be text",
  TAB_AS_INDENT: "tabs cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "this tag is not known",
  UNEXPECTED_TOKEN: "this is not expected here",
  BAD_COLLECTION_TYPE: "the tag does not fit the value",
};

const whole: Place = { line: 1, column: 1 };

function failed(syntax: readonly SyntaxIssue[]): ConfigSource {
  return { tree: undefined, syntax, locate: () => whole };
}

/** Reads YAML, and JSON as the part of YAML that it is. */
export function readSource(text: string): ConfigSource {
  if (text.length > maxBytes) return failed([{ ...whole, problem: "the file is larger than 1 MB" }]);
  try {
    return readDocument(text);
  } catch (error) {
    const unresolved = error instanceof ReferenceError && error.message.startsWith("Unresolved alias");
    const problem = unresolved
      ? "an alias (`*name`) stands before or without its anchor (`&name`)"
      : "the file is nested too deep or its aliases expand to too much";
    return failed([{ ...whole, problem }]);
  }
}

function readDocument(text: string): ConfigSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "silent" });
  const place = (offset: number): Place => {
    const found = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(found.line, 1), column: Math.max(found.col, 1) };
  };
  if (document.errors.length > 0) {
    const syntax = document.errors.slice(0, maxSyntaxIssues).map((error) => ({
      ...place(error.pos[0]),
      problem: isOpenFlow(error) ? openFlow : (syntaxProblems[error.code] ?? "this cannot be read"),
    }));
    return failed(syntax);
  }
  const tree: unknown = document.toJS({ maxAliasCount: maxAliases }) ?? {};
  if (deeperThan(tree, maxDepth)) return failed([{ ...whole, problem: `the file is nested deeper than ${maxDepth} levels` }]);
  return { tree, syntax: [], locate: (path, part) => place(offsetOf(document, path, part ?? "value")) };
}

const openFlow = "a `{` or `[` above is not closed, or what stands in it is not indented";

/** The reader gives it the code of any indentation that does not fit. */
function isOpenFlow({ code, message }: YAMLParseError): boolean {
  return code === "BAD_INDENT" && message.startsWith("Flow ");
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => deeperThan(item, levels - 1));
}

function offsetOf(document: Document, path: DocumentPath, part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : undefined) === String(step));
      if (pair === undefined) return offset;
      const wantsKey = part === "key" && index === path.length - 1;
      offset = (wantsKey ? start(pair.key) : (start(pair.value) ?? start(pair.key))) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = start(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function start(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}
