import type { JsonSeed, Span } from "./json-seed.ts";
import type { Random } from "./random.ts";

const words = ["null", "true", "false", "{}", "[]", '""', "0", "1", "-1", '"x"', "[null]", "[[]]", "[{}]", '[""]', '{"a":1}'];
const numbers = [
  ...["-0", "1e999", "-1e999", "1e-999", "9007199254740993", "123456789012345678901234567890", "0.1", "-2147483649", "4294967296"],
  ...["1.7976931348623157e308", "5e-324", "1E+2", "3.0000000000000004", "2e9", "1e15", "255", "65536"],
];
/** As they stand in JSON text. */
const strings = [
  ...["\\ud800", "\\udc00\\ud800", "\\u0000", "\\u2028", "\\ufeff", '\\"', "\\\\", "\\n\\r\\n", "__proto__", "constructor", "toString"],
  ...["data:image/png;base64,AAAA", "data:", "data:;base64,", "https://example.com/a.png", "http://[", "file:///etc/passwd", "s3://b/k"],
  ...["{", '{\\"a\\":', '{\\"a\\":{\\"__proto__\\":{\\"b\\":1}}}', "[1]", "null", '\\"\\"', "1e999", "assistant", "tool", "system", "user"],
  ...[
    "$.a[0].b",
    "$.a.__proto__.x",
    "$.a.length",
    "$.a[99999].b",
    "function",
    "text",
    "image_url",
    "tool_use",
    "tool_result",
    "thinking",
    "stop",
    "length",
    "error",
    "[DONE]",
    "data: x\\n\\n",
    "😀",
    "é",
  ],
];
const names = [
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "length",
    "",
    "0",
    "-1",
    "\\u0074ype",
    "Model",
    "model",
    "type",
  ],
  ...[
    "role",
    "content",
    "text",
    "error",
    "usage",
    "index",
    "id",
    "name",
    "arguments",
    "input",
    "parts",
    "tools",
    "stream",
    "finish_reason",
  ],
];
const depths = [1, 2, 8, 60, 126, 127, 128, 129, 400, 3000];
const lengths = [33, 49, 400, 5000];

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The seed's text with a few of its values changed; mostly still JSON. */
export function mutatedJson(seed: JsonSeed, donors: readonly JsonSeed[], random: Random): string {
  const edits: Edit[] = [];
  for (let count = random.few(6); count > 0; count--) {
    const edit = editOf(random.pick(seed.spans), seed, donors, random);
    if (edits.every((other) => edit.end <= other.start || other.end <= edit.start)) edits.push(edit);
  }
  edits.sort((left, right) => left.start - right.start);
  let out = "";
  let at = 0;
  for (const { start, end, text } of edits) {
    out += seed.text.slice(at, start) + text;
    at = end;
  }
  return out + seed.text.slice(at);
}

function editOf(span: Span, seed: JsonSeed, donors: readonly JsonSeed[], random: Random): Edit {
  const own = seed.text.slice(span.start, span.end);
  const value = (text: string): Edit => ({ start: span.start, end: span.end, text });
  switch (random.below(11)) {
    case 0:
    case 1:
      return value(anyWord(random));
    case 2:
      return value(donated(random.oneIn(3) ? random.pick(donors) : seed, random));
    case 3:
      return removed(span, seed.text);
    case 4:
      return repeated(span, seed.text, random);
    case 5:
      return span.nameEnd > span.from
        ? { start: span.from, end: span.nameEnd, text: `"${random.pick(names)}"` }
        : value(`{"${random.pick(names)}":${own}}`);
    case 6:
      return value(nested(own, random));
    case 7:
      return added(span, own, donated(seed, random), random);
    case 8:
      return value(span.kind === "n" ? random.pick(numbers) : span.kind === "s" ? changedText(own, random) : anyWord(random));
    case 9:
      return value(span.kind === "s" ? `[${own}]` : span.kind === "o" ? `[${own},${own}]` : JSON.stringify(own.slice(0, 200)));
    default:
      return value("null");
  }
}

function anyWord(random: Random): string {
  if (random.oneIn(3)) return random.pick(numbers);
  return random.oneIn(2) ? `"${random.pick(strings)}"` : random.pick(words);
}

function donated(donor: JsonSeed, random: Random): string {
  const { start, end } = random.pick(donor.spans);
  return end - start > 4000 ? "{}" : donor.text.slice(start, end);
}

/** Takes the member out with the comma behind it, or before it. */
function removed({ from, end }: Span, text: string): Edit {
  if (text[end] === ",") return { start: from, end: end + 1, text: "" };
  return { start: text[from - 1] === "," ? from - 1 : from, end, text: "" };
}

function repeated({ from, start, end }: Span, text: string, random: Random): Edit {
  const member = text.slice(from, end);
  const times = member.length > 200 ? 1 : random.pick([1, 1, 1, 2, 40]);
  // A value by itself stands in a list or is the whole: a list holds more of it, the whole becomes broken.
  const twin = from === start || random.oneIn(2) ? member : `${text.slice(from, start)}${anyWord(random)}`;
  return { start: end, end, text: `,${twin}`.repeat(times) };
}

function nested(own: string, random: Random): string {
  const depth = random.oneIn(4) ? random.pick(depths) : random.pick([1, 2, 3]);
  if (random.oneIn(2)) return "[".repeat(depth) + own + "]".repeat(depth);
  return `{"${random.pick(["a", "type", "content", "properties"])}":`.repeat(depth) + own + "}".repeat(depth);
}

function added(span: Span, own: string, value: string, random: Random): Edit {
  const end = span.end - 1;
  const comma = own.length > 2 ? "," : "";
  if (span.kind === "o") return { start: end, end, text: `${comma}"${random.pick(names)}":${value}` };
  if (span.kind === "a") return { start: end, end, text: comma + value };
  return { start: span.start, end: span.end, text: value };
}

function changedText(own: string, random: Random): string {
  const inside = own.slice(1, -1);
  switch (random.below(4)) {
    case 0:
      return `"${random.pick(strings)}"`;
    case 1:
      return `"${inside}${random.pick(strings)}"`;
    case 2:
      return `"${"x".repeat(random.pick(lengths))}"`;
    default:
      return `"${random.pick(strings)}${inside}"`;
  }
}
