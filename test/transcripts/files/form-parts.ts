import type { Json } from "../exchange.ts";

/** A part of a form: a field, or a file where it has a file's name. */
export interface FormPart {
  readonly name: string;
  readonly file?: string;
  readonly type?: string;
  readonly bytes: Uint8Array;
}

/** A reader of multipart/form-data (RFC 7578) of the test's own. Undefined for another type, and where the recorder kept no form. */
export function partsOf(type: string | undefined, body: Uint8Array): readonly FormPart[] | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";,]+)/i.exec(type ?? "")?.[1];
  if (boundary === undefined) return undefined;
  const pieces = Buffer.from(body).toString("latin1").split(`--${boundary}`);
  const end = pieces.pop();
  return pieces.length < 2 || !end?.startsWith("--") ? undefined : pieces.slice(1).flatMap(partOf);
}

function partOf(piece: string): readonly FormPart[] {
  const [, head = "", content] = /^\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*?)\r?\n?$/.exec(piece) ?? [];
  const name = /[; ]name="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined || content === undefined) return [];
  const file = /[; ]filename="([^"]*)"/i.exec(head)?.[1];
  const type = /^content-type: *(\S+)/im.exec(head)?.[1];
  const bytes = Buffer.from(content, "latin1");
  return [{ name, ...(file !== undefined && { file }), ...(type !== undefined && { type }), bytes }];
}

/** The fields by name; those that come more than once as a list. */
export function fieldsIn(parts: readonly FormPart[]): Json {
  const fields: Record<string, string | string[]> = {};
  for (const { name, file, bytes } of parts) {
    if (file !== undefined) continue;
    const text = new TextDecoder().decode(bytes);
    const before = fields[name];
    fields[name] = before === undefined ? text : [before, text].flat();
  }
  return fields;
}

export function formOf(fields: Json, files: readonly FormPart[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) form.append(name, String(each));
  for (const { name, file, type, bytes } of files) {
    form.append(name, new File([Uint8Array.from(bytes)], file ?? "file", type === undefined ? {} : { type }));
  }
  return form;
}
