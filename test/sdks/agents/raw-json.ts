/** The text of a member of a JSON object, exactly as it stands there; undefined where there is none. */
export function rawMember(json: string, name: string): string | undefined {
  let at = json.indexOf("{") + 1;
  for (;;) {
    at = behindSpace(json, at);
    if (json[at] !== '"') return undefined;
    const nameEnd = valueEnd(json, at);
    const start = behindSpace(json, behindSpace(json, nameEnd) + 1);
    const end = valueEnd(json, start);
    if (JSON.parse(json.slice(at, nameEnd)) === name) return json.slice(start, end);
    at = behindSpace(json, end);
    if (json[at] !== ",") return undefined;
    at++;
  }
}

function behindSpace(json: string, from: number): number {
  let at = from;
  while (json[at] === " " || json[at] === "\n" || json[at] === "\r" || json[at] === "\t") at++;
  return at;
}

/** Behind the value that begins here. */
function valueEnd(json: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const sign = json[at];
    if (sign === '"') {
      at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
    } else if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    else if (depth === 0) {
      while (at < json.length && !/[,\]}\s]/.test(json[at] ?? "")) at++;
      return at;
    }
    at++;
  } while (depth > 0 && at < json.length);
  return at;
}
