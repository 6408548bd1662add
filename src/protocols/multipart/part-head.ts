import { Fault } from "../../exchange/index.ts";

/** What the header lines of a part say of it. */
export interface PartHead {
  readonly name: string;
  /** Undefined where the part is a plain field. */
  readonly filename: string | undefined;
  /** As it was written, without a check; undefined where it was not said. */
  readonly type: string | undefined;
}

const longestName = 256;
const longestFilename = 1024;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the header lines of a part of multipart/form-data (RFC 7578, section 4). Names are UTF-8, in quotes or bare; `filename*`
 * (RFC 8187) stands before `filename`.
 *
 * @param lines without the empty line that ends them
 * @throws Fault `request_malformed`, `request_unsupported`
 */
export function readPartHead(lines: Uint8Array): PartHead {
  let disposition: ReadonlyMap<string, string> | undefined;
  let type: string | undefined;
  for (const line of decoded(lines).split("\r\n")) {
    const [, header = "", value = ""] = headerLine.exec(line) ?? [];
    if (header === "" || hasControls(value)) throw malformedForm("a line above a part is no header");
    const name = header.toLowerCase();
    if (name === "content-disposition") {
      if (disposition) throw malformedForm("a part has two Content-Disposition headers");
      disposition = readDisposition(value);
    } else if (name === "content-type") {
      type = value === "" ? undefined : value;
    } else if (name === "content-transfer-encoding" && !/^(binary|8bit|7bit)$/i.test(value)) {
      throw new Fault("request_unsupported", { message: `Parts of a form come as they are, not in ${value.slice(0, 40)}.` });
    }
  }
  const name = disposition?.get("name");
  if (name === undefined || name === "") throw malformedForm("a part has no name");
  const filename = disposition?.get("filename*") ?? disposition?.get("filename");
  if (name.length > longestName) throw malformedForm(`the name of a field is longer than ${longestName} characters`);
  if ((filename?.length ?? 0) > longestFilename) throw malformedForm(`the name of a file is longer than ${longestFilename} characters`);
  return { name, filename, type };
}

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw malformedForm("the headers of a part are not UTF-8", cause);
  }
}

function hasControls(text: string): boolean {
  return /[^\P{Cc}\t]/u.test(text);
}

/** `form-data; name="…"; filename="…"`. A backslash escapes a quote or itself; before anything else it is one, as in a path. */
function readDisposition(value: string): ReadonlyMap<string, string> {
  const kind = /^form-data(?=[ \t]*(?:;|$))/i.exec(value);
  if (!kind) throw malformedForm("a part's Content-Disposition is not form-data");
  const parameter = /[ \t]*;[ \t]*([A-Za-z0-9_-]+\*?)[ \t]*=[ \t]*(?:"((?:\\["\\]|[^"\\]|\\(?!["\\]))*)"|([^\s;"]*))/y;
  const found = new Map<string, string>();
  let at = kind[0].length;
  while (at < value.length) {
    parameter.lastIndex = at;
    const match = parameter.exec(value);
    if (!match) {
      if (/^[ \t;]*$/.test(value.slice(at))) break;
      throw malformedForm("a part's Content-Disposition cannot be read");
    }
    const name = match[1]!.toLowerCase();
    if (found.has(name)) throw malformedForm(`a part's Content-Disposition says ${name} twice`);
    const written = match[2] === undefined ? (match[3] ?? "") : match[2].replace(/\\(["\\])/g, "$1");
    found.set(name, name.endsWith("*") ? extended(written) : written);
    at = parameter.lastIndex;
  }
  return found;
}

/** `UTF-8''na%C3%AFve.wav` */
function extended(value: string): string {
  const [, percented] = /^utf-8'[A-Za-z0-9-]*'(.*)$/i.exec(value) ?? [];
  try {
    if (percented !== undefined) return decodeURIComponent(percented);
  } catch {
    // Told below.
  }
  throw malformedForm("an extended file name is not UTF-8");
}

/** @param what goes on after "The form cannot be read:" */
export function malformedForm(what: string, cause?: unknown): Fault {
  return new Fault("request_malformed", { message: `The form cannot be read: ${what}.`, ...(cause !== undefined && { cause }) });
}
