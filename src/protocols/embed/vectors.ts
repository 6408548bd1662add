import type { EmbedRequest } from "../../exchange/index.ts";
import { unreadable } from "../json-fields.ts";

/** A vector in base64 is its numbers as little-endian 32-bit floats, one behind the other. */
const bytesPerNumber = 4;

/** @throws Fault `upstream_malformed` where it is no list of numbers, as JSON or in base64 */
export function readVector(native: unknown): readonly number[] {
  if (typeof native === "string") return decoded(native);
  if (Array.isArray(native) && native.every((each) => typeof each === "number")) return native;
  throw unreadable("An embedding in the provider's answer is no list of numbers.");
}

function decoded(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length === 0 || bytes.length % bytesPerNumber !== 0) throw unreadable("An embedding in the provider's answer is not whole.");
  return Array.from({ length: bytes.length / bytesPerNumber }, (_, at) => bytes.readFloatLE(at * bytesPerNumber));
}

/** As the caller asked for it. */
export function writeVector(vector: readonly number[], { encoding }: EmbedRequest): readonly number[] | string {
  if (encoding !== "base64") return vector;
  const bytes = Buffer.alloc(vector.length * bytesPerNumber);
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * bytesPerNumber);
  return bytes.toString("base64");
}

/** One vector for each input, or the answer is not the answer to this request. @throws Fault `upstream_malformed` */
export function wholeVectors(vectors: readonly (readonly number[])[], { inputs }: EmbedRequest): readonly (readonly number[])[] {
  if (vectors.length === inputs.length) return vectors;
  throw unreadable(`The provider gave ${vectors.length} embeddings for ${inputs.length} inputs.`);
}
