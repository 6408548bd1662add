import { type EmbedRequest, Fault, type Losses, type Usage, usageOf } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import { errorBody, readFault } from "../openai-chat/faults.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/**
 * watsonx.ai's embeddings (`POST /ml/v1/text/embeddings`, cloud.ibm.com/apidocs/watsonx-ai#text-embeddings). An upstream's surface
 * only. Its inputs have no purpose and its vectors the model's own length; what is too long is refused.
 */
export const watsonxEmbed: TaskCodec<"embed"> = {
  id: "watsonx-embed",
  task: "embed",
  checkRequest: refuseCallers,
  editRequest: refuseCallers,
  readRequest: refuseCallers,
  writeRequest(request: EmbedRequest, target, losses: Losses) {
    if (request.dimensions !== undefined)
      throw unsupported("dimensions", "watsonx.ai gives vectors of the model's own length; leave dimensions out.");
    if (request.purpose !== undefined) losses.add("embed_purpose", "purpose", "Q");
    if (request.title !== undefined) losses.add("embed_title", "title", "Q");
    if (request.endUser !== undefined) losses.add("end_user", "user", "M");
    if (request.truncate === "start" || request.truncate === "end") losses.add("embed_truncate", "truncate", "S");
    return {
      model_id: target.model,
      inputs: request.inputs.map((input, at) => {
        if (input.type !== "text") throw unsupported(`input[${at}]`, "watsonx.ai embeds text only.");
        return input.text;
      }),
    };
  },
  skimAnswer(json) {
    const usage = usageIn(json);
    return [...(usage ? [{ type: "usage-report", usage } as const] : []), { type: "answer-end" }];
  },
  readAnswer: (json, request) => ({
    ...optional("model", textOf(json.model_id)),
    vectors: wholeVectors(
      listOf(json.results).map((each) => readVector(fieldsOf(each).embedding)),
      request,
    ),
    ...optional("usage", usageIn(json)),
  }),
  writeAnswer: refuseCallers,
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

function refuseCallers(): never {
  throw new Fault("request_unsupported", { message: "Callers embed in other forms." });
}

function usageIn(json: Fields): Usage | undefined {
  const tokens = numberOf(json.input_token_count);
  return tokens === undefined ? undefined : usageOf({ inputUncached: tokens });
}
