import {
  type EmbedAnswer,
  type EmbedInput,
  type EmbedPurpose,
  type EmbedRequest,
  type JsonBody,
  type Losses,
  type MemberEdit,
  type Usage,
  usageOf,
} from "../../exchange/index.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { ofModality } from "../gemini/answer/usage.ts";
import { faultIn, readFault, writeFault } from "../gemini/faults.ts";
import { camelFields, listOf, malformed, numberOf } from "../gemini/fields.ts";
import { entryOf, type Fields, fieldsOf, optional, textOf, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { refuseUnknown } from "../task-requests.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/** Google's `models/*:embedContent` (ai.google.dev/api/embeddings): one content, one vector. */
export const geminiEmbed: TaskCodec<"embed"> = {
  ...shared("gemini-embed"),
  checkRequest(body) {
    if (body.kind("content") !== "object") throw malformed("content", "must be an object");
  },
  editRequest: (body, target) => (body.has("model") ? [{ name: "model", json: JSON.stringify(nameOf(target)) }] : []),
  readRequest(body, context) {
    const only = readOne(body.parse(), "content");
    return { model: context.model ?? "", ...only, inputs: [only.input] };
  },
  writeRequest(request, target, losses) {
    if (request.inputs.length !== 1) throw unsupported("input", "embedContent makes one embedding at a time.");
    return writeOne(request, request.inputs[0] as EmbedInput, target, losses);
  },
  readAnswer: (json, request) => answerOf(json, [json.embedding], request),
  writeAnswer: ({ vectors, usage }) => ({ embedding: { values: vectors[0] ?? [] }, ...written(usage) }),
};

/** `models/*:batchEmbedContents`: each with settings of its own, which all must share to be asked of another provider. */
export const geminiBatchEmbed: TaskCodec<"embed"> = {
  ...shared("gemini-batch-embed"),
  checkRequest(body) {
    if (body.kind("requests") !== "array") throw malformed("requests", "must be a list");
  },
  editRequest: editBatch,
  readRequest: readBatch,
  writeRequest: (request, target, losses) => ({
    requests: request.inputs.map((input, at) => ({
      model: nameOf(target),
      // Said once, not once for each input.
      ...writeOne(request, input, target, at === 0 ? losses : undefined),
    })),
  }),
  readAnswer: (json, request) => answerOf(json, listOf(json.embeddings), request),
  writeAnswer: ({ vectors, usage }) => ({ embeddings: vectors.map((values) => ({ values })), ...written(usage) }),
};

function shared<Id extends "gemini-embed" | "gemini-batch-embed">(id: Id) {
  return {
    id,
    task: "embed" as const,
    skimAnswer(json: Record<string, unknown>) {
      const fault = faultIn(json);
      if (fault) return [{ type: "answer-error", fault } as const];
      return metered(usageIn(json));
    },
    readFault,
    writeFault,
  };
}

/** Google's word for each purpose, which Vertex has too. */
export const purposeWords: Readonly<Record<EmbedPurpose, string>> = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  similarity: "SEMANTIC_SIMILARITY",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  "code-query": "CODE_RETRIEVAL_QUERY",
  question: "QUESTION_ANSWERING",
  "fact-check": "FACT_VERIFICATION",
};
const purposes = Object.fromEntries(Object.entries(purposeWords).map(([purpose, word]) => [word, purpose])) as Readonly<
  Record<string, EmbedPurpose>
>;

const understood = new Set(["model", "content", "taskType", "title", "outputDimensionality", "autoTruncate"]);

type One = Pick<EmbedRequest, "dimensions" | "purpose" | "title" | "truncate"> & { readonly input: EmbedInput };

function readBatch(body: JsonBody, context: { readonly model?: string }): EmbedRequest {
  const all = listOf(body.parse().requests).map((each, at) => readOne(fieldsOf(each), `requests[${at}].content`));
  const [first] = all;
  if (!first) throw malformed("requests", "must hold something");
  const settings = ({ input: _input, ...rest }: One) => JSON.stringify(rest);
  if (all.some((one) => settings(one) !== settings(first)))
    throw unsupported("requests", "The provider of this model takes one set of settings for all embeddings of a request.");
  const { input: _input, ...rest } = first;
  return { model: context.model ?? "", ...rest, inputs: all.map(({ input }) => input) };
}

function readOne(native: Fields, path: string): One {
  const fields = camelFields(native);
  refuseUnknown(fields, understood);
  const taskType = textOf(fields.taskType);
  const purpose = entryOf(purposes, taskType ?? "");
  if (!purpose && taskType !== undefined && !taskType.endsWith("UNSPECIFIED"))
    throw unsupported("taskType", `"${taskType}" means nothing to the provider of this model.`);
  return {
    input: inputOf(listOf(fieldsOf(fields.content).parts).map(fieldsOf), path),
    ...optional("purpose", purpose),
    ...optional("title", textOf(fields.title)),
    ...optional("dimensions", numberOf(fields.outputDimensionality)),
    ...optional("truncate", fields.autoTruncate === false ? ("none" as const) : undefined),
  };
}

/** The texts of a content make one vector together. */
function inputOf(parts: readonly Fields[], path: string): EmbedInput {
  if (parts.length === 0) throw malformed(path, "must have parts");
  const texts = parts.map(({ text }) => text);
  if (texts.every((text) => typeof text === "string")) return { type: "text", text: texts.join("\n") };
  const { mimeType, data } = fieldsOf(camelFields(parts[0] as Fields).inlineData);
  if (parts.length === 1 && typeof mimeType === "string" && mimeType.startsWith("image/") && typeof data === "string") {
    return { type: "image", dataUri: `data:${mimeType};base64,${data}` };
  }
  throw unsupported(path, "The provider of this model embeds one text or one picture at a time.");
}

function writeOne(request: EmbedRequest, input: EmbedInput, _target: TargetTraits, losses: Losses | undefined): Record<string, unknown> {
  if (request.truncate === "start") losses?.add("embed_truncate", "truncate", "S", "approximated");
  if (request.endUser !== undefined) losses?.add("end_user", "user", "M");
  return {
    content: { parts: [partOf(input)] },
    ...optional("taskType", request.purpose && purposeWords[request.purpose]),
    ...optional("title", request.title),
    ...optional("outputDimensionality", request.dimensions),
    ...(request.truncate === "none" && { autoTruncate: false }),
  };
}

function partOf(input: EmbedInput): Record<string, unknown> {
  if (input.type === "text") return { text: input.text };
  if (input.type === "tokens") throw unsupported("input", "Tokens are of another model; give text.");
  const match = /^data:([^;,]+);base64,(.*)$/s.exec(input.dataUri);
  if (!match) throw unsupported("input", "A picture must be a data URI in base64.");
  return { inlineData: { mimeType: match[1], data: match[2] } };
}

/** Each part of a batch names the model again, and must mean the one of the path. */
function editBatch(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  const requests = listOf(body.get("requests")).map(fieldsOf);
  const name = nameOf(target);
  if (requests.every(({ model }) => model === name)) return [];
  return [{ name: "requests", json: JSON.stringify(requests.map((each) => ({ ...each, model: name }))) }];
}

function nameOf({ model }: TargetTraits): string {
  return model.startsWith("models/") ? model : `models/${model}`;
}

function answerOf(json: Fields, natives: readonly unknown[], request: EmbedRequest): EmbedAnswer {
  return {
    vectors: wholeVectors(
      natives.map((native) => readVector(fieldsOf(native).values)),
      request,
    ),
    ...optional("usage", usageIn(json)),
  };
}

/** Only newer models tell; of the others it is estimated. */
function usageIn(json: Fields): Usage | undefined {
  const told = fieldsOf(json.usageMetadata);
  const tokens = numberOf(told.promptTokenCount);
  if (tokens === undefined) return undefined;
  // Google's own name for the list here; that of its conversations is another.
  const details = told.promptTokenDetails ?? told.promptTokensDetails;
  const inputAudio = Math.min(tokens, ofModality(details, "AUDIO"));
  return usageOf({ inputUncached: tokens, inputAudio, inputImage: Math.min(tokens - inputAudio, ofModality(details, "IMAGE")) });
}

function written(usage: Usage | undefined): Record<string, unknown> {
  return usage ? { usageMetadata: { promptTokenCount: usage.inputUncached } } : {};
}
