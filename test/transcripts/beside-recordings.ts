import { isObject, type Json, listOf, objectsOf, parseJson, type RecordedExchange } from "./exchange.ts";

export type Kind = "embed" | "rerank" | "moderate";

/** What a recorded answer beside conversations holds, read without the gateway's own readers. */
export interface Recorded {
  readonly exchange: RecordedExchange;
  readonly kind: Kind;
  /** Type of the gateway's provider, and the model there. */
  readonly provider: string;
  readonly model: string;
  readonly inputs: number;
  /** Vectors; index and score of each document; scores of each text, by the names of their categories. */
  readonly numbers: readonly (readonly number[])[];
}

/** The recorded answers that hold vectors, a ranking or scores, by their shape. */
export function recordedOf(exchange: RecordedExchange): readonly Recorded[] {
  if (exchange.answer?.status !== 200) return [];
  const json = parseJson(new TextDecoder().decode(exchange.answer.body));
  if (!isObject(json)) return [];
  const request = exchange.requestJson ?? {};
  const path = decodeURIComponent(exchange.path);
  const model =
    /\/models?\/([^/]+?)(?:\/invoke|:\w*[eE]mbed\w*|:predict)$/.exec(path)?.[1] ?? String(request.model ?? request.model_id ?? "model");
  const found = (kind: Kind, provider: string, named: string, numbers: readonly (readonly number[])[], inputs = numbers.length) =>
    numbers.length === 0 ? [] : [{ exchange, kind, provider, model: named, inputs, numbers }];
  const results = objectsOf(json.results);
  if (results.some((row) => "category_scores" in row)) return found("moderate", exchange.provider, model, results.map(scoresOf));
  const ranking = objectsOf(json.results ?? json.data).filter((row) => "index" in row && scoreNames.some((name) => name in row));
  if (ranking.length > 0) {
    const scores = ranking.map((row) => [
      Number(row.index),
      Number(scoreNames.map((name) => row[name]).find((score) => score !== undefined)),
    ]);
    const provider = rankers.includes(exchange.provider) ? exchange.provider : "bedrock";
    const documents = Math.max(listOf(request.documents ?? request.inputs).length, ...scores.map(([index]) => (index ?? 0) + 1));
    return found("rerank", provider, provider === "bedrock" ? "cohere.rerank-v3-5:0" : model, scores, documents);
  }
  if (exchange.provider === "deepinfra" && Array.isArray(json.scores))
    return found("rerank", "deepinfra", model, sorted(json.scores), json.scores.length);
  const data = objectsOf(json.data).filter((row) => "embedding" in row);
  const provider = exchange.provider === "azure-openai" ? "azure" : exchange.provider;
  const compatible = ["openai", "azure", "mistral", "voyage"].includes(provider) ? provider : "openai";
  const vectorsOf = (rows: readonly unknown[]) => rows.map(numbersOf);
  if (data.length > 0) return found("embed", compatible, model, vectorsOf(data.map(({ embedding }) => embedding)));
  if (/:batchEmbedContents$/.test(path))
    return found("embed", "gemini", model, vectorsOf(objectsOf(json.embeddings).map(({ values }) => values)));
  if (exchange.provider === "vertex") return found("embed", "vertex", knownOfVertex(model), vectorsOf(vertexVectors(json)));
  if (exchange.provider === "watsonx") return found("embed", "watsonx", model, vectorsOf(results.map(({ embedding }) => embedding)));
  if (exchange.provider === "ollama" && Array.isArray(json.embeddings)) return found("embed", "ollama", model, vectorsOf(json.embeddings));
  if (exchange.provider === "cohere" && isObject(json.embeddings))
    return found("embed", "cohere", model, vectorsOf(listOf(json.embeddings.float)));
  if (exchange.provider !== "bedrock" || !/embed/.test(`${model} ${exchange.file}`)) return [];
  const family = /nova|titan|cohere/.exec(`${model} ${exchange.file}`)?.[0] ?? "titan";
  const named = /embed/.test(model) ? model : (bedrockModels[family] ?? model);
  if (Array.isArray(json.embedding)) return found("embed", "bedrock", named, [numbersOf(json.embedding)]);
  const rows = listOf(isObject(json.embeddings) ? json.embeddings.float : json.embeddings);
  return found("embed", "bedrock", named, vectorsOf(rows.map((row) => (isObject(row) ? row.embedding : row))));
}

const scoreNames = ["relevance_score", "relevanceScore", "score"];
const rankers = ["cohere", "together", "voyage", "jina", "watsonx"];

const bedrockModels: Readonly<Record<string, string>> = {
  nova: "amazon.nova-2-multimodal-embeddings-v1:0",
  titan: "amazon.titan-embed-text-v2:0",
  cohere: "cohere.embed-english-v3",
};

/** Scores in the order of the documents, best first. */
function sorted(scores: readonly unknown[]): readonly (readonly number[])[] {
  return scores.map((score, index) => [index, Number(score)]).sort(([, one = 0], [, other = 0]) => other - one);
}

/** `:predict` holds predictions, `:embedContent` one embedding. */
function vertexVectors(json: Json): readonly unknown[] {
  const predicted = objectsOf(json.predictions).map(({ embeddings }) => (isObject(embeddings) ? embeddings.values : undefined));
  const one = isObject(json.embedding) ? [json.embedding.values] : [];
  return [...predicted, ...one].filter((values) => values !== undefined);
}

/** Answers without their request name no model. */
function knownOfVertex(model: string): string {
  return model === "model" ? "text-embedding-005" : model;
}

/** Scores by the names of their categories. */
export function scoresOf({ category_scores: scores }: Json): readonly number[] {
  return Object.entries(isObject(scores) ? scores : {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, score]) => Number(score));
}

/** A vector as JSON or in base64. */
export function numbersOf(value: unknown): readonly number[] {
  if (typeof value !== "string") return listOf(value).map(Number);
  const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
  return [...new Float32Array(bytes.buffer)];
}
