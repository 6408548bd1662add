import { type Part, parseData } from "../../../exchange/index.ts";
import { type Fields, fieldsOf, isFields, listOf, type Native, restOf, textOf } from "../fields.ts";

const responseMembers = new Set(["id", "name", "response", "parts"]);

export interface ReadResponse {
  readonly parts: Part[];
  readonly isError: boolean;
  /** The text stood in `{name, content}`. */
  readonly named: boolean;
  /** Members that nobody acts on. */
  readonly rest: Native;
}

/**
 * What a function answered. Gemini holds an object, the other dialects a text: `{output: "…"}` and `{error: "…"}` are
 * Google's own convention for a plain text, `{name, content}` is that of its examples and of the `ai` toolkit; any other
 * object is its JSON.
 */
export function readResponse(native: Fields, readPart: (part: Fields) => Part): ReadResponse {
  const response = fieldsOf(native.response);
  const named = namedContent(response, native.name);
  const plain = soleText(response, "output") ?? named;
  const error = soleText(response, "error");
  const text = plain ?? error ?? JSON.stringify(response);
  const media = listOf(native.parts).filter(isFields).map(readPart);
  return {
    parts: [{ type: "text", text }, ...media],
    isError: plain === undefined && error !== undefined,
    named: named !== undefined,
    rest: restOf(native, responseMembers),
  };
}

/** The text under the only member; undefined where writing it back would give something else. */
function soleText(response: Fields, name: string): string | undefined {
  const text = textOf(response[name]);
  if (text === undefined || Object.keys(response).length !== 1) return undefined;
  return objectIn(text) === undefined ? text : undefined;
}

function namedContent(response: Fields, name: unknown): string | undefined {
  return response.name === name && Object.keys(response).length === 2 ? textOf(response.content) : undefined;
}

/** The object for a result's text. */
export function writeResponse(text: string, isError: boolean): Native {
  if (isError) return { error: text };
  return objectIn(text) ?? { output: text };
}

export function objectIn(json: string): Native | undefined {
  if (!json.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = parseData(json);
    return isFields(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
