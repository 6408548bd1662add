import { type EmbedAnswer, type EmbedInput, type EmbedRequest, type Losses, noUsage, type Usage, usageOf } from "../../exchange/index.ts";
import { readFault, writeFault } from "../bedrock-converse/faults.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, optional, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { notForCallers } from "../task-requests.ts";
import { cohereEmbed } from "./cohere-embed.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/**
 * Embedding models behind Bedrock's InvokeModel: each family in its own form (docs.aws.amazon.com/bedrock/latest/userguide, "Titan
 * Embeddings", "Nova Embeddings", "Cohere Embed"). An upstream's surface only; Cohere's takes many texts, the others one.
 */
export const bedrockEmbed: TaskCodec<"embed"> = {
  id: "bedrock-embed",
  task: "embed",
  ...notForCallers,
  writeRequest(request, target, losses) {
    const family = familyOf(target.model);
    if (request.endUser !== undefined) losses.add("end_user", "user", "M");
    return family.write(request, target, losses);
  },
  skimAnswer(json) {
    return metered(usageIn(json));
  },
  readAnswer,
  readFault,
  writeFault,
};

interface Family {
  write(request: EmbedRequest, target: TargetTraits, losses: Losses): Record<string, unknown>;
}

const cohere: Family = {
  write(request, target, losses) {
    const { model: _model, ...body } = cohereEmbed.writeRequest(request, target, losses);
    return body;
  },
};

const titan: Family = {
  write(request, _target, losses) {
    if (request.purpose !== undefined) losses.add("embed_purpose", "purpose", "Q");
    if (request.title !== undefined) losses.add("embed_title", "title", "Q");
    if (request.truncate !== undefined) losses.add("embed_truncate", "truncate", "S");
    return { inputText: onlyText(request), ...optional("dimensions", request.dimensions) };
  },
};

const nova: Family = {
  write(request, _target, losses) {
    if (request.title !== undefined) losses.add("embed_title", "title", "Q");
    const { purpose, truncate } = request;
    return {
      taskType: "SINGLE_EMBEDDING",
      singleEmbeddingParams: {
        embeddingPurpose: novaPurposes[purpose ?? "document"] ?? "GENERIC_INDEX",
        ...optional("embeddingDimension", request.dimensions),
        text: { value: onlyText(request), truncationMode: (truncate ?? "end").toUpperCase() },
      },
    };
  },
};

const novaPurposes: Readonly<Partial<Record<string, string>>> = {
  query: "TEXT_RETRIEVAL",
  question: "TEXT_RETRIEVAL",
  "fact-check": "TEXT_RETRIEVAL",
  "code-query": "TEXT_RETRIEVAL",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

/** The family stands in the model's name, behind a region's prefix, or in an ARN. @throws Fault `request_unsupported` */
function familyOf(model: string): Family {
  if (/cohere\.embed/.test(model)) return cohere;
  if (/amazon\.titan-embed/.test(model)) return titan;
  if (/amazon\.nova.*embed/.test(model)) return nova;
  throw unsupported("model", `${model} is not an embedding model that is known of Bedrock: Cohere's, Titan's and Nova's are.`);
}

function onlyText({ inputs }: EmbedRequest): string {
  const [input] = inputs as readonly [EmbedInput, ...EmbedInput[]];
  if (inputs.length > 1) throw unsupported("input", "This model of Bedrock makes one embedding at a time.");
  if (input.type !== "text") throw unsupported("input", "This model of Bedrock is given text only.");
  return input.text;
}

/** Titan: `embedding`. Nova: a list of objects. Cohere: a list of vectors, or of vectors by type. */
function readAnswer(json: Record<string, unknown>, request: EmbedRequest): EmbedAnswer {
  const { embedding, embeddings } = json;
  const native = embedding === undefined ? listOf(isFields(embeddings) ? embeddings.float : embeddings) : [embedding];
  return {
    vectors: wholeVectors(
      native.map((each) => readVector(isFields(each) ? each.embedding : each)),
      request,
    ),
    ...optional("usage", usageIn(json)),
  };
}

/** Titan's models count in the body, the others only in a header. */
function usageIn(json: Fields): Usage | undefined {
  const tokens = numberOf(json.inputTextTokenCount) ?? numberOf(fieldsOf(fieldsOf(json.meta).billed_units).input_tokens);
  return tokens === undefined ? undefined : usageOf({ ...noUsage, inputUncached: tokens });
}
