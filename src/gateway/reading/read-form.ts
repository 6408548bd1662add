import { Fault, type GatewayRequest, JsonBody, type Spool, type SpooledBytes, type UploadedFile } from "../../exchange/index.ts";
import { MultipartReader, malformedForm, type PartHead } from "../../protocols/index.ts";

/** Fields are text: prompts, names, options. */
const maxFieldBytes = 1024 * 1024;
const maxFiles = 64;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[\x20-\x7e\t]*)?$/;

/** A form: its fields as an object of texts (a list where a name stands twice), and its files. */
export interface Form {
  readonly body: JsonBody;
  readonly files: readonly UploadedFile[];
  /** Nothing of the files is kept after this. Never throws. */
  release(): Promise<void>;
}

/**
 * Reads a form as it comes. Files wait in the spool, so that another try can send them again.
 *
 * @param limit in bytes, of the whole form
 * @throws Fault `request_malformed`, `request_too_large`, `request_unsupported`, `client_gone`
 */
export async function readForm(http: GatewayRequest, boundary: string, limit: number, spool: Spool): Promise<Form> {
  const parts = new FormParts(spool);
  const reader = new MultipartReader(boundary, parts);
  try {
    for await (const chunk of http.stream(limit)) {
      reader.push(chunk);
      await parts.stored();
    }
    reader.end();
    return { body: parts.fields(), files: parts.files(), release: () => parts.release() };
  } catch (error) {
    await parts.release();
    throw error;
  }
}

interface BegunFile {
  readonly head: PartHead;
  readonly bytes: SpooledBytes;
}

/** Sorts what the reader finds: fields into memory, files into the spool. */
class FormParts {
  readonly #spool: Spool;
  readonly #fields = new Map<string, string[]>();
  readonly #files: BegunFile[] = [];
  #field: { readonly name: string; readonly pieces: Uint8Array[] } | undefined;
  #file: BegunFile | undefined;
  #fieldBytes = 0;
  /** What the spool has not taken yet. */
  readonly #unstored: { readonly file: SpooledBytes; readonly bytes: Uint8Array }[] = [];

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  onPart(head: PartHead): void {
    if (head.filename === undefined) {
      this.#field = { name: head.name, pieces: [] };
      return;
    }
    if (this.#files.length >= maxFiles) throw new Fault("request_too_large", { message: `The form has more than ${maxFiles} files.` });
    this.#file = { head, bytes: this.#spool.begin() };
    this.#files.push(this.#file);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#file) {
      this.#unstored.push({ file: this.#file.bytes, bytes });
      return;
    }
    this.#fieldBytes += bytes.length;
    if (this.#fieldBytes > maxFieldBytes) {
      throw new Fault("request_too_large", {
        message: `The fields of the form are larger than ${maxFieldBytes} bytes; files have a file name.`,
      });
    }
    this.#field?.pieces.push(Uint8Array.from(bytes));
  }

  onPartEnd(): void {
    const field = this.#field;
    if (field) {
      const values = this.#fields.get(field.name) ?? [];
      values.push(textOf(Buffer.concat(field.pieces), field.name));
      this.#fields.set(field.name, values);
    }
    this.#field = undefined;
    this.#file = undefined;
  }

  /** Waits until everything that was found is stored. */
  async stored(): Promise<void> {
    for (const { file, bytes } of this.#unstored.splice(0)) {
      const writing = file.append(bytes);
      if (writing) await writing;
    }
  }

  fields(): JsonBody {
    const members = [...this.#fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const);
    return JsonBody.scan(Buffer.from(JSON.stringify(Object.fromEntries(members))));
  }

  files(): readonly UploadedFile[] {
    return this.#files.map(({ head, bytes }) => ({
      field: head.name,
      filename: baseName(head.filename ?? ""),
      type: head.type !== undefined && mediaType.test(head.type) ? head.type : "application/octet-stream",
      size: bytes.size,
      head: bytes.head,
      stream: () => bytes.stream(),
    }));
  }

  async release(): Promise<void> {
    await Promise.all(this.#files.map(({ bytes }) => bytes.close()));
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw malformedForm(`the field "${name}" is not UTF-8; a file has a file name`, cause);
  }
}

/** Some clients send the whole path of a file, which is nobody's business (RFC 7578, section 4.2). */
function baseName(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
}
