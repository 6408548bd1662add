const quote = 0x22;
const backslash = 0x5c;
/** Text up to this length nests at most half as deep, which every walk over its value stands. */
const plainLength = 8192;
const maxDepth = 256;
/** Names that differ make one object slow to build; a provider's largest has a few hundred. */
const maxMembers = 100_000;
/** An empty object takes two bytes of text and fifty of memory. */
const maxObjects = 5_000_000;

/**
 * `JSON.parse` for text that others wrote. Long text is looked through first, in a time linear in its length: the runtime's
 * own parser takes any depth, but whatever walks or writes its value later would end without a stack.
 *
 * @throws SyntaxError where the text is not JSON, is nested deeper than 256 levels, has more than 100,000 members in one
 *   object or more than 5,000,000 objects and lists
 */
export function parseJson(text: string): unknown {
  if (text.length > plainLength) checkMeasure(text);
  return JSON.parse(text);
}

/** Only what is in strings is skipped; whether the text is JSON is for the parser to say. */
function checkMeasure(text: string): void {
  // Of each open object or list, how many members it has so far.
  const members = new Uint32Array(maxDepth + 1);
  let depth = 0;
  let objects = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) throw new SyntaxError(`nested deeper than ${maxDepth} levels`);
      if (++objects > maxObjects) throw new SyntaxError(`more than ${maxObjects} objects and lists`);
      members[depth] = 0;
      if (isDigit(text.charCodeAt(at + 1))) at = beforeNextMark(text, at + 1);
    } else if (code === 0x7d || code === 0x5d) {
      if (depth > 0) depth--;
    } else if (code === 0x3a && ++(members[depth] as number) > maxMembers) {
      throw new SyntaxError(`more than ${maxMembers} members in one object`);
    }
  }
}

function isDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d;
}

const marks = /["[\]{}:]/g;

/** A list of numbers is skipped by native search: a vector has thousands. */
function beforeNextMark(text: string, from: number): number {
  marks.lastIndex = from;
  return marks.test(text) ? marks.lastIndex - 2 : text.length;
}

/** The closing quote; the end of the text where there is none. */
function endOfString(text: string, open: number): number {
  const near = Math.min(text.length, open + 24);
  for (let at = open + 1; at < near; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
