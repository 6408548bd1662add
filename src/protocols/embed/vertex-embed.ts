import { type EmbedRequest, type Losses, type Usage, usageOf } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { faultIn, readFault, writeFault } from "../gemini/faults.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { notForCallers } from "../task-requests.ts";
import { purposeWords } from "./gemini-embed.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/**
 * Google's `:predict` of Vertex for its embedding models (cloud.google.com/vertex-ai, "Text embeddings API"): an instance for each
 * text, each with its own count of tokens. An upstream's surface only.
 */
export const vertexEmbed: TaskCodec<"embed"> = {
  id: "vertex-embed",
  task: "embed",
  ...notForCallers,
  writeRequest(request: EmbedRequest, _target, losses: Losses) {
    if (request.endUser !== undefined) losses.add("end_user", "user", "M");
    if (request.truncate === "start") losses.add("embed_truncate", "truncate", "S", "approximated");
    const settings = { ...optional("task_type", request.purpose && purposeWords[request.purpose]), ...optional("title", request.title) };
    const parameters = {
      ...optional("outputDimensionality", request.dimensions),
      ...(request.truncate === "none" && { autoTruncate: false }),
    };
    return {
      instances: request.inputs.map((input, at) => {
        if (input.type !== "text") throw unsupported(`input[${at}]`, "This model of Vertex embeds text only.");
        return { content: input.text, ...settings };
      }),
      ...(Object.keys(parameters).length > 0 && { parameters }),
    };
  },
  skimAnswer(json) {
    const fault = faultIn(json);
    if (fault) return [{ type: "answer-error", fault }];
    return metered(usageIn(json));
  },
  readAnswer: (json, request) => ({
    vectors: wholeVectors(
      embeddingsIn(json).map(({ values }) => readVector(values)),
      request,
    ),
    ...optional("usage", usageIn(json)),
  }),
  readFault,
  writeFault,
};

function embeddingsIn(json: Fields): readonly Fields[] {
  return listOf(json.predictions).map((each) => fieldsOf(fieldsOf(each).embeddings));
}

/** Each text's tokens; none where one of them is not told. */
function usageIn(json: Fields): Usage | undefined {
  const counts = embeddingsIn(json).map(({ statistics }) => numberOf(fieldsOf(statistics).token_count));
  const told = counts.filter((count) => count !== undefined);
  if (told.length === 0 || told.length < counts.length) return undefined;
  return usageOf({ inputUncached: told.reduce((sum, count) => sum + count, 0) });
}
