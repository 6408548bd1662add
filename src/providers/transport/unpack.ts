import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { Fault } from "../../exchange/index.ts";

const maxEncodings = 2;
const freeBytes = 64 * 1024 * 1024;
const maxRatio = 100;

/** The encodings of a `content-encoding` header, in the order in which they were applied; empty for a plain body. */
export function contentEncodings(header: string | null | undefined): readonly string[] {
  if (header === undefined || header === null || header === "") return [];
  return header
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
}

/**
 * Unpacks a body chunk by chunk, each as soon as it came. The output may grow to 64 MB or 100 times the input, whichever
 * is more. Leaving the loop ends the source at once, whatever it is waiting for.
 * @throws Fault `upstream_too_large` beyond that, `upstream_malformed` for an encoding or bytes that can't be unpacked,
 * `upstream_incomplete` for a packed body that breaks off; faults of the source pass.
 */
export function unpack(
  source: AsyncIterator<Uint8Array>,
  encodings: readonly string[],
  upstream: string,
): AsyncIterableIterator<Uint8Array> {
  const unpacked = unpackedChunks(source, encodings, upstream);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => unpacked.next(),
    async return() {
      await source.return?.();
      return unpacked.return(undefined);
    },
  };
}

async function* unpackedChunks(
  source: AsyncIterator<Uint8Array>,
  encodings: readonly string[],
  upstream: string,
): AsyncGenerator<Uint8Array> {
  let inputBytes = 0;
  let outputBytes = 0;
  async function* counted() {
    for (let step = await source.next(); step.done !== true; step = await source.next()) {
      inputBytes += step.value.length;
      yield step.value;
    }
  }
  try {
    const last = unpackers(encodings, upstream).reduce<Readable>(
      // Every failure reaches the reader of the last stage; the callback has nothing to add.
      (from, stage) => pipeline(from, stage, () => undefined),
      Readable.from(counted(), { objectMode: true, highWaterMark: 1 }),
    );
    for await (const chunk of last as AsyncIterable<Uint8Array>) {
      if (outputBytes + chunk.length > Math.max(freeBytes, maxRatio * inputBytes)) {
        throw new Fault("upstream_too_large", { message: `The answer of ${upstream} unpacks to more than ${outputBytes} bytes.` });
      }
      outputBytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw unpackFault(error, upstream);
  } finally {
    await source.return?.();
  }
}

function unpackers(encodings: readonly string[], upstream: string): Transform[] {
  if (encodings.length > maxEncodings) {
    throw new Fault("upstream_malformed", { message: `${upstream} packed its answer ${encodings.length} times over.` });
  }
  return encodings.toReversed().map((encoding) => {
    switch (encoding) {
      case "gzip":
      case "x-gzip":
        return createGunzip();
      case "deflate":
        return createInflate();
      case "br":
        return createBrotliDecompress();
      case "zstd":
        return createZstdDecompress();
      default:
        throw new Fault("upstream_malformed", { message: `${upstream} packed its answer in an encoding that nobody asked for.` });
    }
  });
}

function unpackFault(error: unknown, upstream: string): Fault {
  if (error instanceof Fault) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") {
    return new Fault("upstream_incomplete", { message: `The packed answer of ${upstream} broke off.`, cause: error });
  }
  return new Fault("upstream_malformed", { message: `The answer of ${upstream} could not be unpacked.`, cause: error });
}
