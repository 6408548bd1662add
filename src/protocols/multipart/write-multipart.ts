import type { UploadedFile } from "../../exchange/index.ts";

/** A part of a form on its way to an upstream. */
export type FormPart =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly file: UploadedFile; readonly filename?: string; readonly type?: string };

/** A body whose length is known and which can be read again for another try. */
export interface FormBody {
  readonly contentType: string;
  /** In bytes. */
  readonly length: number;
  /** From the beginning, every time it is asked for. */
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * A form as multipart/form-data (RFC 7578): the same parts and boundary give the same bytes.
 *
 * @param boundary must not be guessable: a file that holds it could smuggle fields in
 */
export function writeMultipart(parts: readonly FormPart[], boundary: string): FormBody {
  const heads = parts.map((part, at) => Buffer.from(`${at === 0 ? "" : "\r\n"}${headOf(part, boundary)}`));
  const end = Buffer.from(`${parts.length === 0 ? "" : "\r\n"}--${boundary}--\r\n`);
  let length = end.length;
  for (const [at, part] of parts.entries()) length += (heads[at] as Buffer).length + ("file" in part ? part.file.size : 0);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length,
    async *stream() {
      for (const [at, part] of parts.entries()) {
        yield heads[at] as Buffer;
        if ("file" in part) yield* part.file.stream();
      }
      yield end;
    },
  };
}

function headOf(part: FormPart, boundary: string): string {
  const opening = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(part.name)}"`;
  if (!("file" in part)) return `${opening}\r\n\r\n${part.value}`;
  const filename = part.filename ?? part.file.filename;
  return `${opening}; filename="${escaped(filename)}"\r\nContent-Type: ${part.type ?? part.file.type}\r\n\r\n`;
}

/** As browsers write names (WHATWG HTML, "multipart/form-data encoding algorithm"). */
function escaped(name: string): string {
  return name.replace(/[\r\n"]/g, (letter) => (letter === '"' ? "%22" : letter === "\r" ? "%0D" : "%0A"));
}
