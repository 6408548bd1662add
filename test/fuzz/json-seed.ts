/** What a value is: the first letter of its kind. */
export type Kind = "o" | "a" | "s" | "n" | "w";

/** Where a value stands in a seed's text. */
export interface Span {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  /** Where its member begins, the name's quote; the value's own start in lists and for the whole. */
  readonly from: number;
  /** Behind the member's name; equal to `from` where there is none. */
  readonly nameEnd: number;
}

/** JSON text with the places of all its values, so that it is mutated as text: twins, escapes and wrong numbers stay what they are. */
export interface JsonSeed {
  readonly text: string;
  readonly spans: readonly Span[];
}

const longestText = 200;
const longestList = 12;

/** Long texts and lists are cut, so that a million inputs are minutes: what they say is not read by anybody. */
export function jsonSeed(value: unknown): JsonSeed {
  const text = JSON.stringify(value, (_name, each) => {
    if (typeof each === "string" && each.length > longestText) return each.slice(0, longestText - (longestText % 4));
    return Array.isArray(each) && each.length > longestList ? [...each.slice(0, longestList - 4), ...each.slice(-4)] : each;
  });
  const spans: Span[] = [];
  walk(text, 0, 0, 0, spans);
  return { text, spans };
}

/** Reads one value of text that `JSON.stringify` wrote. @returns where it ends */
function walk(text: string, start: number, from: number, nameEnd: number, spans: Span[]): number {
  const first = text[start];
  const place = spans.length;
  const kind: Kind = first === "{" ? "o" : first === "[" ? "a" : first === '"' ? "s" : first === "-" || (first ?? "") <= "9" ? "n" : "w";
  spans.push({ kind, start, end: start, from, nameEnd });
  const end = kind === "o" || kind === "a" ? endOfMembers(text, start, kind, spans) : endOfPlain(text, start, kind);
  spans[place] = { kind, start, end, from, nameEnd };
  return end;
}

function endOfMembers(text: string, start: number, kind: Kind, spans: Span[]): number {
  let at = start + 1;
  while (text[at] !== "}" && text[at] !== "]") {
    if (text[at] === ",") at++;
    const from = at;
    const nameEnd = kind === "o" ? endOfPlain(text, at, "s") : at;
    at = walk(text, kind === "o" ? nameEnd + 1 : at, from, nameEnd, spans);
  }
  return at + 1;
}

function endOfPlain(text: string, start: number, kind: Kind): number {
  let at = start + 1;
  if (kind !== "s") {
    while (at < text.length && !",]}".includes(text[at] as string)) at++;
    return at;
  }
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
