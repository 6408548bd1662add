import { createHash } from "node:crypto";
import type { Exchange } from "../../exchange/index.ts";
import type { JsonArray } from "../writing/json-array.ts";

/**
 * What tells a request from others under the same key: endpoint, model, form of the answer, end user, and the whole body. Of a form
 * its fields and files, since the marks between them are made anew each time. To be hashed under a key before it is kept.
 */
export async function fingerprint(exchange: Exchange, endpoint: string, array: JsonArray | undefined): Promise<string> {
  const { model, stream, endUser, body, files } = exchange;
  const hash = createHash("sha256");
  const part = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  part(Buffer.from(JSON.stringify([endpoint, model, stream, array !== undefined, endUser ?? null])));
  part(body.bytes);
  for (const file of files ?? []) {
    part(Buffer.from(JSON.stringify([file.field, file.filename, file.type, file.size])));
    for await (const chunk of file.stream()) hash.update(chunk);
  }
  return hash.digest("base64url");
}
