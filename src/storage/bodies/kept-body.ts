/** One side of an exchange. */
export interface BodySide {
  /** The media type as it was sent; empty where none was. */
  readonly type: string;
  /** How long it was, also where less of it was kept. */
  readonly length: number;
  /** Less was kept than there was: it is longer than what is kept of a body, or memory was short. */
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
}

/** What was asked and what was answered, as the caller sent and received it. No headers: credentials stand in those. */
export interface KeptBody {
  readonly request: BodySide;
  readonly answer: BodySide & {
    readonly status: number;
    /** It came to its end. */
    readonly whole: boolean;
  };
}

/** A length, so much JSON, the bytes of the request, the bytes of the answer. */
export function packBody({ request, answer }: KeptBody): readonly Uint8Array[] {
  const { bytes: requestBytes, ...requestHead } = request;
  const { bytes: answerBytes, ...answerHead } = answer;
  const head = Buffer.from(JSON.stringify({ request: { ...requestHead, kept: requestBytes.length }, answer: answerHead }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return [length, head, requestBytes, answerBytes];
}

/** @param packed the pieces of `packBody` as one: it came out of a seal, so nobody else wrote it */
export function unpackBody(packed: Buffer): KeptBody {
  const end = 4 + packed.readUInt32BE(0);
  const head = JSON.parse(packed.toString("utf8", 4, end)) as {
    request: Omit<BodySide, "bytes"> & { kept: number };
    answer: Omit<KeptBody["answer"], "bytes">;
  };
  const { kept, ...request } = head.request;
  return {
    request: { ...request, bytes: packed.subarray(end, end + kept) },
    answer: { ...head.answer, bytes: packed.subarray(end + kept) },
  };
}
