import {
  type EmbedAnswer,
  type EmbedInput,
  type EmbedPurpose,
  type EmbedRequest,
  inputTokens,
  type JsonBody,
  type Losses,
  type Usage,
  usageOf,
} from "../../exchange/index.ts";
import { errorBody, faultIn, readFault } from "../cohere-chat/faults.ts";
import { malformed } from "../cohere-chat/fields.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { entryOf, fieldsOf, listOf, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";
import { readVector, wholeVectors, writeVector } from "./vectors.ts";

/** Cohere's embeddings, version 2 (`POST /v2/embed`, docs.cohere.com/reference/embed). */
export const cohereEmbed: TaskCodec<"embed"> = {
  id: "cohere-embed",
  task: "embed",
  checkRequest(body) {
    if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "the name of a model");
    if (body.kind("texts") !== "array" && body.kind("images") !== "array" && body.kind("inputs") !== "array")
      throw malformed("texts", "a list");
  },
  editRequest: editModel,
  readRequest,
  writeRequest,
  skimAnswer(json) {
    const fault = json.embeddings === undefined ? faultIn(json) : undefined;
    if (fault) return [{ type: "answer-error", fault }];
    return metered(usageIn(json));
  },
  readAnswer,
  writeAnswer,
  readFault,
  writeFault: (fault, requestId) => ({ status: fault.status, body: errorBody(fault, requestId) }),
};

/** Cohere's word → ours. It has one for each of the tasks that its models were trained for. */
const purposes: Readonly<Record<string, EmbedPurpose>> = {
  search_query: "query",
  search_document: "document",
  classification: "classification",
  clustering: "clustering",
};
const nearestPurpose: Readonly<Record<EmbedPurpose, string>> = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering",
  similarity: "clustering",
  "code-query": "search_query",
  question: "search_query",
  "fact-check": "search_query",
};

const truncations: Readonly<Record<string, EmbedRequest["truncate"]>> = { NONE: "none", START: "start", END: "end" };

const understood = new Set(["model", "texts", "images", "inputs", "input_type", "embedding_types", "output_dimension", "truncate"]);

function readRequest(body: JsonBody): EmbedRequest {
  const fields = body.parse();
  refuseUnknown(fields, understood);
  const kinds = listOf(fields.embedding_types);
  const other = kinds.find((kind) => kind !== "float" && kind !== "base64");
  if (other !== undefined)
    throw unsupported("embedding_types", `The provider of this model gives no ${textOf(other) ?? "such"} embeddings.`);
  if (kinds.length > 1) throw unsupported("embedding_types", "The provider of this model gives embeddings of one type at a time.");
  const purpose = entryOf(purposes, textOf(fields.input_type) ?? "");
  return {
    model: String(fields.model),
    inputs: inputsOf(fields),
    ...optional("dimensions", numberOf(fields.output_dimension)),
    encoding: kinds[0] === "base64" ? "base64" : "float",
    ...optional("purpose", purpose),
    ...optional("truncate", entryOf(truncations, textOf(fields.truncate) ?? "")),
  };
}

/** `texts`, `images` as data URIs, or `inputs`, of which each holds parts. */
function inputsOf(fields: Readonly<Record<string, unknown>>): readonly EmbedInput[] {
  const inputs = [
    ...listOf(fields.texts).map((text, at) => textInput(text, `texts[${at}]`)),
    ...listOf(fields.images).map((uri, at) => imageInput(uri, `images[${at}]`)),
    ...listOf(fields.inputs).map((input, at) => mixedInput(listOf(fieldsOf(input).content), `inputs[${at}]`)),
  ];
  if (inputs.length === 0) throw malformed("texts", "a list with something in it");
  return inputs;
}

function mixedInput(parts: readonly unknown[], path: string): EmbedInput {
  if (parts.length !== 1) throw unsupported(path, "The provider of this model takes one text or one picture for each embedding.");
  const part = fieldsOf(parts[0]);
  return part.type === "text" ? textInput(part.text, path) : imageInput(fieldsOf(part.image_url).url, path);
}

function textInput(text: unknown, path: string): EmbedInput {
  if (typeof text !== "string") throw malformed(path, "text");
  return { type: "text", text };
}

function imageInput(uri: unknown, path: string): EmbedInput {
  if (typeof uri !== "string" || !uri.startsWith("data:")) throw malformed(path, "a data URI");
  return { type: "image", dataUri: uri };
}

/** Cohere wants to be told what the vectors are for; who does not say so is taken to store them. */
function writeRequest(request: EmbedRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const { purpose, truncate } = request;
  if (purpose === undefined || purposes[nearestPurpose[purpose]] !== purpose) losses.add("embed_purpose", "purpose", "Q", "approximated");
  if (request.title !== undefined) losses.add("embed_title", "title", "Q");
  if (request.endUser !== undefined) losses.add("end_user", "user", "M");
  const texts: string[] = [];
  const images: string[] = [];
  for (const [at, input] of request.inputs.entries()) {
    if (input.type === "tokens") throw unsupported(`input[${at}]`, "Tokens are of another model; give text.");
    if (input.type === "text") texts.push(input.text);
    else images.push(input.dataUri);
  }
  if (texts.length > 0 && images.length > 0) throw unsupported("input", "Cohere embeds texts or pictures, not both at once.");
  return {
    model: target.model,
    input_type: images.length > 0 ? "image" : nearestPurpose[purpose ?? "document"],
    ...(images.length > 0 ? { images } : { texts }),
    embedding_types: ["float"],
    ...optional("output_dimension", request.dimensions),
    ...optional("truncate", truncate?.toUpperCase()),
  };
}

function readAnswer(json: Record<string, unknown>, request: EmbedRequest): EmbedAnswer {
  const embeddings = fieldsOf(json.embeddings);
  return {
    ...optional("id", textOf(json.id)),
    vectors: wholeVectors(listOf(embeddings.float ?? embeddings.base64).map(readVector), request),
    ...optional("usage", usageIn(json)),
  };
}

/** `billed_units`: tokens of text, and tokens of pictures. */
function usageIn(json: Readonly<Record<string, unknown>>): Usage | undefined {
  const billed = fieldsOf(fieldsOf(json.meta).billed_units);
  const text = numberOf(billed.input_tokens);
  const image = numberOf(billed.image_tokens);
  if (text === undefined && image === undefined) return undefined;
  return usageOf({ inputUncached: (text ?? 0) + (image ?? 0), inputImage: image ?? 0 });
}

function writeAnswer({ id, vectors, usage }: EmbedAnswer, request: EmbedRequest): Record<string, unknown> {
  const encoding = request.encoding ?? "float";
  return {
    id: id ?? "",
    embeddings: { [encoding]: vectors.map((vector) => writeVector(vector, request)) },
    texts: request.inputs.flatMap((input) => (input.type === "text" ? [input.text] : [])),
    // Its clients take no answer without; where the provider tells nothing, nothing is billed.
    meta: { api_version: { version: "2" }, billed_units: { input_tokens: usage ? inputTokens(usage) : 0 } },
    response_type: "embeddings_by_type",
  };
}
