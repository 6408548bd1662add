import { type Usage, usageOf } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { errorBody, readFault } from "../openai-chat/faults.ts";
import { notForCallers } from "../task-requests.ts";
import { readResults } from "./ranking.ts";

/**
 * watsonx.ai's rerank (`POST /ml/v1/text/rerank`, cloud.ibm.com/apidocs/watsonx-ai#text-rerank): billed in tokens; its scores are
 * the model's own, not between 0 and 1. An upstream's surface only.
 */
export const watsonxRerank: TaskCodec<"rerank"> = {
  id: "watsonx-rerank",
  task: "rerank",
  ...notForCallers,
  writeRequest(request, target, losses) {
    if (request.maxTokensPerDocument !== undefined) losses.add("rerank_document_limit", "max_tokens_per_doc", "S");
    return {
      model_id: target.model,
      query: request.query,
      inputs: request.documents.map((text) => ({ text })),
      ...(request.top !== undefined && { parameters: { return_options: { top_n: request.top } } }),
    };
  },
  skimAnswer(json) {
    return metered(usageIn(json));
  },
  readAnswer: (json, request) => ({
    ...optional("model", textOf(json.model_id)),
    results: readResults(
      listOf(json.results).map((each) => ({ index: fieldsOf(each).index, relevance_score: fieldsOf(each).score })),
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
