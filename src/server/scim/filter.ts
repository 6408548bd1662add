import { Fault } from "../../exchange/index.ts";

/** `name`, `name.sub`, either behind the URN of a schema (RFC 7644 3.10). */
export interface AttributePath {
  /** As it was written; absent where none was. */
  readonly schema?: string;
  readonly name: string;
  readonly sub?: string;
}

export type Comparison = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";
export type Literal = string | number | boolean | null;

/** RFC 7644 3.4.2.2. */
export type Filter =
  | { readonly kind: "compare"; readonly path: AttributePath; readonly by: Comparison; readonly value: Literal }
  | { readonly kind: "present"; readonly path: AttributePath }
  | { readonly kind: "within"; readonly path: AttributePath; readonly filter: Filter }
  | { readonly kind: "not"; readonly filter: Filter }
  | { readonly kind: "and" | "or"; readonly left: Filter; readonly right: Filter };

/** `members`, `name.givenName`, `emails[type eq "work"].value`: what a PATCH changes (RFC 7644 3.5.2). */
export interface PatchPath {
  readonly path: AttributePath;
  /** Which values of a list. */
  readonly filter?: Filter;
}

const longest = 4_096;
const deepest = 32;
const comparisons: ReadonlySet<string> = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
const token = /\s*(?:([()[\]])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.:$-])|(\.?[A-Za-z$][\w.:$-]*))/y;

/** @throws Fault `request_malformed` (`invalidFilter`) */
export function parseFilter(text: string): Filter {
  const reader = new Reader(text, "invalidFilter");
  const filter = reader.or(0);
  reader.end();
  return filter;
}

/** @throws Fault `request_malformed` (`invalidPath`) */
export function parsePatchPath(text: string): PatchPath {
  const reader = new Reader(text, "invalidPath");
  const path = reader.path();
  const filter = reader.takes("[") ? reader.within(0) : undefined;
  const sub = filter === undefined ? undefined : reader.subAttribute();
  reader.end();
  return { path: sub === undefined ? path : { ...path, sub }, ...(filter !== undefined && { filter }) };
}

/** @throws Fault `request_malformed` (`invalidPath`) */
export function parseAttributePath(text: string): AttributePath {
  const { path, filter } = parsePatchPath(text);
  if (filter !== undefined)
    throw new Fault("request_malformed", { message: `"${text.slice(0, 100)}" is no name of an attribute.`, nativeCode: "invalidPath" });
  return path;
}

/** Reads the grammar from left to right: `or` binds looser than `and`, `not` and brackets bind tightest. */
class Reader {
  readonly #tokens: readonly string[];
  readonly #scimType: string;
  #at = 0;

  constructor(text: string, scimType: string) {
    this.#scimType = scimType;
    if (text.length > longest) throw this.#wrong(`is longer than ${longest} characters`);
    const tokens: string[] = [];
    let at = 0;
    while (text.slice(at).trim() !== "") {
      token.lastIndex = at;
      const found = token.exec(text);
      if (!found) throw this.#wrong(`cannot be read from character ${at + 1} on`);
      tokens.push((found[1] ?? found[2] ?? found[3] ?? found[4]) as string);
      at = token.lastIndex;
    }
    this.#tokens = tokens;
  }

  or(depth: number): Filter {
    let left = this.#and(depth);
    while (this.#word("or")) left = { kind: "or", left, right: this.#and(depth) };
    return left;
  }

  /** Behind `[`, which was taken. */
  within(depth: number): Filter {
    const filter = this.or(this.#deeper(depth));
    this.#expect("]");
    return filter;
  }

  path(): AttributePath {
    const text = this.#next();
    const colon = text.lastIndexOf(":");
    if (colon >= 0 && !/^urn:/i.test(text)) throw this.#wrong(`has "${text.slice(0, 100)}" in the place of an attribute`);
    const [name = "", sub, ...more] = text.slice(colon + 1).split(".");
    const isName = (part: string) => /^[A-Za-z$][\w$-]*$/.test(part);
    if (colon >= 0 && !isName(name)) return { schema: text, name: "" };
    if (!isName(name) || (sub !== undefined && !isName(sub)) || more.length > 0)
      throw this.#wrong(`has "${text.slice(0, 100)}" in the place of an attribute`);
    return { ...(colon >= 0 && { schema: text.slice(0, colon) }), name, ...(sub !== undefined && { sub }) };
  }

  /** `.value` behind a bracket. */
  subAttribute(): string | undefined {
    const text = this.#tokens[this.#at];
    if (text === undefined || !/^\.[A-Za-z$][\w$-]*$/.test(text)) return undefined;
    this.#at += 1;
    return text.slice(1);
  }

  takes(sign: string): boolean {
    if (this.#tokens[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong(`goes on with "${this.#tokens[this.#at]?.slice(0, 100)}" where it should end`);
  }

  #and(depth: number): Filter {
    let left = this.#one(depth);
    while (this.#word("and")) left = { kind: "and", left, right: this.#one(depth) };
    return left;
  }

  #one(depth: number): Filter {
    if (this.#word("not")) {
      this.#expect("(");
      return { kind: "not", filter: this.#bracketed(depth) };
    }
    if (this.takes("(")) return this.#bracketed(depth);
    const path = this.path();
    if (this.takes("[")) return { kind: "within", path, filter: this.within(depth) };
    const by = this.#next().toLowerCase();
    if (by === "pr") return { kind: "present", path };
    if (!comparisons.has(by)) throw this.#wrong(`has "${by.slice(0, 100)}" in the place of an operator`);
    return { kind: "compare", path, by: by as Comparison, value: this.#literal() };
  }

  #bracketed(depth: number): Filter {
    const filter = this.or(this.#deeper(depth));
    this.#expect(")");
    return filter;
  }

  #literal(): Literal {
    const text = this.#next();
    const word = text.toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "string" || typeof value === "number") return value;
    } catch {
      // No text and no number: said below.
    }
    throw this.#wrong(`has "${text.slice(0, 100)}" in the place of a value`);
  }

  #word(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const text = this.#tokens[this.#at];
    if (text === undefined) throw this.#wrong("ends too early");
    this.#at += 1;
    return text;
  }

  #expect(sign: string): void {
    if (!this.takes(sign)) throw this.#wrong(`has no "${sign}" where one belongs`);
  }

  #deeper(depth: number): number {
    if (depth >= deepest) throw this.#wrong(`nests deeper than ${deepest} brackets`);
    return depth + 1;
  }

  #wrong(why: string): Fault {
    const what = this.#scimType === "invalidPath" ? "path" : "filter";
    return new Fault("request_malformed", { message: `The ${what} ${why}.`, nativeCode: this.#scimType });
  }
}
