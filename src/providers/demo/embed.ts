import { createHash } from "node:crypto";

const dimensionsByDefault = 256;

/** Vectors that depend on the text alone: the same text is always the same point, and every vector has length one. */
export function embed(request: Record<string, unknown>): unknown {
  const inputs = Array.isArray(request.input) && typeof request.input[0] !== "number" ? request.input : [request.input];
  const dimensions = Math.min(3072, Math.max(1, Number(request.dimensions ?? dimensionsByDefault) || dimensionsByDefault));
  const texts = inputs.map((input) => (typeof input === "string" ? input : JSON.stringify(input ?? null)));
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    const embedding = request.encoding_format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
    return { object: "embedding", index, embedding };
  });
  const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
  return { object: "list", data, model: "chat", usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  let block = Buffer.alloc(0);
  for (let at = 0; at < dimensions; at++) {
    if (at % 32 === 0) block = createHash("sha256").update(`${at}:${text}`).digest();
    vector[at] = (block[at % 32] as number) / 127.5 - 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
