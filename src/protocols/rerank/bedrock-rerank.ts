import { usageOf } from "../../exchange/index.ts";
import { readFault, writeFault } from "../bedrock-converse/faults.ts";
import type { TaskCodec } from "../dialect.ts";
import { optional, textOf, unsupported } from "../json-fields.ts";
import { notForCallers } from "../task-requests.ts";
import { readResults } from "./ranking.ts";

/**
 * Rerankers behind Bedrock's InvokeModel: Cohere's and Amazon's (docs.aws.amazon.com/bedrock/latest/userguide/rerank-supported.html).
 * An upstream's surface only. A query over up to a hundred documents is one search.
 */
export const bedrockRerank: TaskCodec<"rerank"> = {
  id: "bedrock-rerank",
  task: "rerank",
  ...notForCallers,
  writeRequest(request, target, losses) {
    const isCohere = /cohere\.rerank/.test(target.model);
    if (!isCohere && !/amazon\.rerank/.test(target.model)) throw unsupported("model", `${target.model} is no reranker of Bedrock's.`);
    if (request.maxTokensPerDocument !== undefined && !isCohere) losses.add("rerank_document_limit", "max_tokens_per_doc", "S");
    return {
      query: request.query,
      documents: request.documents,
      ...optional("top_n", request.top),
      ...(isCohere && { api_version: 2, ...optional("max_tokens_per_doc", request.maxTokensPerDocument) }),
    };
  },
  skimAnswer: () => [{ type: "usage-report", usage: usageOf({ units: { search: 1 } }) }, { type: "answer-end" }],
  readAnswer: (json, request) => ({
    ...optional("id", textOf(json.id)),
    results: readResults(json.results, request),
    usage: usageOf({ units: { search: Math.ceil(request.documents.length / documentsOfSearch) } }),
  }),
  readFault,
  writeFault,
};

const documentsOfSearch = 100;
