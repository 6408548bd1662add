import type { Json } from "./asked.ts";

/** The vectors that the upstream embeds everything into, by place. */
export const vectors: readonly (readonly number[])[] = [
  [0.25, -0.5, 1],
  [-1, 0.125, 0],
];

/** The answer where the path is that of embeddings, as the provider writes it. */
export function embeddings(path: string, body: Json): Json | undefined {
  if (path.endsWith("/mistral/embeddings")) return { id: "upstream1", ...openai(body) };
  if (path.endsWith("/embeddings")) return openai(body);
  if (path.endsWith(":batchEmbedContents")) return { embeddings: vectorsFor(body.requests).map((values) => ({ values })) };
  if (path.endsWith("/v2/embed")) {
    const float = vectorsFor(body.texts);
    return { id: "upstream1", embeddings: { float }, texts: body.texts, meta: { billed_units: { input_tokens: 4 } } };
  }
  if (path.endsWith("/api/embed")) return { model: body.model, embeddings: vectorsFor(body.input), prompt_eval_count: 4 };
  return undefined;
}

function vectorsFor(inputs: unknown): (readonly number[])[] {
  return (Array.isArray(inputs) ? inputs : [inputs]).map((_, at) => vectors[at % vectors.length]!);
}

function openai(body: Json): Json {
  const data = vectorsFor(body.input).map((vector, index) => {
    const packed = Buffer.from(new Float32Array(vector).buffer).toString("base64");
    return { object: "embedding", index, embedding: body.encoding_format === "base64" ? packed : vector };
  });
  return { object: "list", data, model: body.model, usage: { prompt_tokens: 4, total_tokens: 4 } };
}
