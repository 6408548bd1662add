import { inputTokens, type JsonBody, type Losses, type RerankAnswer, type RerankRequest, usageOf } from "../../exchange/index.ts";
import { errorBody, faultIn, readFault } from "../cohere-chat/faults.ts";
import { malformed } from "../cohere-chat/fields.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, numberOf, optional, textOf } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";
import { checkRerank, documentsOf, queryOf, readResults } from "./ranking.ts";

const understood = new Set(["model", "query", "documents", "top_n", "max_tokens_per_doc"]);

/** Cohere's rerank, version 2 (`POST /v2/rerank`, docs.cohere.com/reference/rerank). Billed in searches. */
export const cohereRerank: TaskCodec<"rerank"> = {
  id: "cohere-rerank",
  task: "rerank",
  checkRequest: (body) => checkRerank(body, malformed),
  editRequest: editModel,
  readRequest(body: JsonBody): RerankRequest {
    const fields = body.parse();
    refuseUnknown(fields, understood);
    return {
      model: String(fields.model),
      query: queryOf(fields.query, malformed),
      documents: documentsOf(fields.documents, malformed),
      ...optional("top", numberOf(fields.top_n)),
      ...optional("maxTokensPerDocument", numberOf(fields.max_tokens_per_doc)),
    };
  },
  writeRequest(request: RerankRequest, target: TargetTraits, _losses: Losses) {
    return {
      model: target.model,
      query: request.query,
      documents: request.documents,
      ...optional("top_n", request.top),
      ...optional("max_tokens_per_doc", request.maxTokensPerDocument),
    };
  },
  skimAnswer(json) {
    const fault = json.results === undefined ? faultIn(json) : undefined;
    if (fault) return [{ type: "answer-error", fault }];
    return metered(usageIn(json));
  },
  readAnswer: (json, request) => ({
    ...optional("id", textOf(json.id)),
    results: readResults(json.results, request),
    ...optional("usage", usageIn(json)),
  }),
  writeAnswer({ id, results, usage }: RerankAnswer) {
    const searches = usage?.units?.search;
    const billed = { ...optional("search_units", searches), ...(usage && !searches && { input_tokens: inputTokens(usage) }) };
    return {
      id: id ?? "",
      results: results.map(({ index, score }) => ({ index, relevance_score: score })),
      meta: { api_version: { version: "2" }, billed_units: billed },
    };
  },
  readFault,
  writeFault: (fault, requestId) => ({ status: fault.status, body: errorBody(fault, requestId) }),
};

function usageIn(json: Fields) {
  const meta = fieldsOf(json.meta);
  const searches = numberOf(fieldsOf(meta.billed_units).search_units);
  return searches === undefined ? undefined : usageOf({ units: { search: searches } });
}
