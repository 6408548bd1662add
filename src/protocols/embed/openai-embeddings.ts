import {
  type EmbedAnswer,
  type EmbedInput,
  type EmbedRequest,
  inputTokens,
  type JsonBody,
  type Losses,
  parseJson,
  type Usage,
  usageOf,
} from "../../exchange/index.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { listOf, optional, textOf, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { isObject, malformed, objectOf } from "../openai-chat/json-value.ts";
import { chatUsage } from "../openai-chat/usage.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";
import { readVector, wholeVectors, writeVector } from "./vectors.ts";

/**
 * `/v1/embeddings`. Between a caller and an upstream that both speak it the bytes pass untouched both ways, but for the model's
 * name.
 */
export const openaiEmbeddings: TaskCodec<"embed"> = {
  id: "openai-embeddings",
  task: "embed",
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  checkRequest: checkEmbeddings,
  editRequest: editModel,
  skimAnswer(json) {
    const usage = embeddingsUsage(json.usage);
    const fault = faultIn(json);
    if (fault) return [{ type: "answer-error", fault }];
    return metered(usage);
  },
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

function checkEmbeddings(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  const input = body.kind("input");
  if (input !== "string" && input !== "array") throw malformed("input", "a string or a list");
  const format = body.get("encoding_format");
  if (format !== undefined && format !== null && format !== "float" && format !== "base64") {
    throw malformed("encoding_format", "float or base64");
  }
  const dimensions = body.get("dimensions");
  if (dimensions === undefined || dimensions === null) return;
  if (typeof dimensions !== "number" || !Number.isSafeInteger(dimensions) || dimensions < 1)
    throw malformed("dimensions", "a whole number above 0");
}

const understood = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

function readRequest(body: JsonBody): EmbedRequest {
  const fields = body.parse();
  refuseUnknown(fields, understood);
  return {
    model: String(fields.model),
    inputs: inputsOf(fields.input),
    ...optional("dimensions", typeof fields.dimensions === "number" ? fields.dimensions : undefined),
    encoding: fields.encoding_format === "base64" ? "base64" : "float",
    ...optional("endUser", textOf(fields.user)),
  };
}

/** Text, a list of texts, one text as tokens, or a list of those. */
function inputsOf(input: unknown): readonly EmbedInput[] {
  if (typeof input === "string") return [{ type: "text", text: input }];
  const list = listOf(input);
  if (list.length === 0) throw malformed("input", "a text, or a list with something in it");
  if (list.every((each) => typeof each === "string")) return list.map((text) => ({ type: "text", text }));
  if (isTokens(list)) return [{ type: "tokens", tokens: list }];
  if (list.every(isTokens)) return list.map((tokens) => ({ type: "tokens", tokens }));
  throw malformed("input", "text or tokens, or a list of either");
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((token) => Number.isSafeInteger(token) && token >= 0);
}

function writeRequest(request: EmbedRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const { embedPurpose } = target;
  const purpose = request.purpose && embedPurpose?.words[request.purpose];
  if (request.purpose !== undefined && purpose === undefined) losses.add("embed_purpose", "purpose", "Q");
  if (request.title !== undefined) losses.add("embed_title", "title", "Q");
  if (request.truncate !== undefined) losses.add("embed_truncate", "truncate", "S");
  const inputs = request.inputs.map((input, at) => {
    if (input.type === "image") throw unsupported(`inputs[${at}]`, "The provider of this model embeds text only.");
    return input.type === "text" ? input.text : input.tokens;
  });
  return {
    model: target.model,
    input: inputs,
    ...optional("dimensions", request.dimensions),
    encoding_format: "float",
    ...optional("user", request.endUser),
    ...(embedPurpose && optional(embedPurpose.member, purpose)),
  };
}

function readAnswer(json: Record<string, unknown>, request: EmbedRequest): EmbedAnswer {
  const rows = listOf(json.data).map(objectOf);
  const sorted = rows.every(({ index }) => typeof index === "number")
    ? rows.toSorted((one, other) => Number(one.index) - Number(other.index))
    : rows;
  return {
    ...optional("model", textOf(json.model)),
    vectors: wholeVectors(
      sorted.map(({ embedding }) => readVector(embedding)),
      request,
    ),
    ...optional("usage", embeddingsUsage(json.usage)),
  };
}

function writeAnswer({ model, vectors, usage }: EmbedAnswer, request: EmbedRequest): Record<string, unknown> {
  const tokens = usage ? inputTokens(usage) : 0;
  return {
    object: "list",
    data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: writeVector(vector, request) })),
    model: model ?? request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** Some providers tell only the total. */
function embeddingsUsage(block: unknown): Usage | undefined {
  const usage = chatUsage(isObject(block) ? { ...block, completion_tokens: 0 } : undefined);
  return usage && usageOf({ ...usage, output: 0, reasoning: 0 });
}

const maxUsageBytes = 64 * 1024;

/**
 * The usage of an answer that is too big to be parsed for it: vectors hold numbers or base64, so the last `"usage"` in
 * the bytes is the member, wherever it stands. Undefined where there is none that can be read.
 */
export function skimEmbeddings(answer: Uint8Array): Usage | undefined {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const at = bytes.lastIndexOf('"usage"');
  const open = at < 0 ? -1 : bytes.indexOf("{", at);
  if (open < 0 || !/^\s*:\s*$/.test(bytes.toString("latin1", at + 7, Math.min(open, at + 64)))) return undefined;
  const text = bytes.toString("utf8", open, Math.min(bytes.length, open + maxUsageBytes));
  for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}", end + 1)) {
    const usage = parsedUsage(text.slice(0, end + 1));
    if (usage) return embeddingsUsage(usage);
  }
  return undefined;
}

/** Undefined where the text stops inside of a nested object. */
function parsedUsage(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
