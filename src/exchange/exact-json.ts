import { parseJson } from "./parse-json.ts";

/** The runtime's own way to keep a number's text, which TypeScript does not know yet. */
interface ExactJson {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}
const { rawJSON, isRawJSON } = JSON as unknown as ExactJson;

/** Sixteen digits are where a number may lose some. */
const longNumber = /[[:,]\s*-?\d{16}/;
/** Looked for first: it takes far less time, and most texts have none. */
const manyDigits = /\d{16}/;

/** Whether the text may hold a number that the runtime rounds. */
export function holdsLongNumber(json: string): boolean {
  return manyDigits.test(json) && longNumber.test(json);
}

/** Members that hold what a model has written for a tool, or a tool for a model. */
const dataMembers = new Set(["input", "args", "arguments", "response", "json"]);

/**
 * JSON text as a value that stringifies with its large whole numbers as they stood: ids of 64 bits are numbers to many tools, and
 * the runtime would round them. Text without such a number is read as ever.
 *
 * @throws SyntaxError as `parseJson`
 */
export function parseData(text: string): unknown {
  const plain = parseJson(text);
  return holdsLongNumber(text) ? JSON.parse(text, exactNumber) : plain;
}

/** The same for a whole message: exact where it holds data of tools, plain numbers everywhere else. */
export function parseMessage(text: string): unknown {
  const plain = parseJson(text);
  return holdsLongNumber(text) ? plainBeside(JSON.parse(text, exactNumber)) : plain;
}

function exactNumber(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && source !== undefined
    ? rawJSON(source)
    : value;
}

function plainBeside(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isRawJSON(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(plainBeside);
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) if (!dataMembers.has(name)) members[name] = plainBeside(members[name]);
  return value;
}
