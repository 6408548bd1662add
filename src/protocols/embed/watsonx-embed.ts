import { type EmbedRequest, type Losses, type Usage, usageOf } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { errorBody, readFault } from "../openai-chat/faults.ts";
import { notForCallers } from "../task-requests.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/**
 * watsonx.ai's embeddings (`POST /ml/v1/text/embeddings`, cloud.ibm.com/apidocs/watsonx-ai#text-embeddings). An upstream's surface
 * only. Its inputs have no purpose and its vectors the model's own length; what is too long is refused.
 */
export const watsonxEmbed: TaskCodec<"embed"> = {
  id: "watsonx-embed",
  task: "embed",
  ...notForCallers,
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
    return metered(usageIn(json));
  },
  readAnswer: (json, request) => ({
    ...optional("model", textOf(json.model_id)),
    vectors: wholeVectors(
      listOf(json.results).map((each) => readVector(fieldsOf(each).embedding)),
      request,
    ),
    ...optional("usage", usageIn(json)),
  }),
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

function usageIn(json: Fields): Usage | undefined {
  const tokens = numberOf(json.input_token_count);
  return tokens === undefined ? undefined : usageOf({ inputUncached: tokens });
}
