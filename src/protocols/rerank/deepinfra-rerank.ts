import { type Usage, usageOf } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { type Fields, listOf, numberOf, optional, unreadable } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { errorBody, readFault } from "../openai-chat/faults.ts";
import { notForCallers } from "../task-requests.ts";

/**
 * DeepInfra's rerankers (`POST /v1/inference/{model}`, deepinfra.com/Qwen/Qwen3-Reranker-8B/api): a query for each document, a
 * score for each in their order, billed in tokens. An upstream's surface only.
 */
export const deepinfraRerank: TaskCodec<"rerank"> = {
  id: "deepinfra-rerank",
  task: "rerank",
  ...notForCallers,
  writeRequest({ query, documents, maxTokensPerDocument }, _target, losses) {
    if (maxTokensPerDocument !== undefined) losses.add("rerank_document_limit", "max_tokens_per_doc", "S");
    return { queries: documents.map(() => query), documents };
  },
  skimAnswer(json) {
    return metered(usageIn(json));
  },
  readAnswer(json, { documents, top }) {
    const scores = listOf(json.scores).map(numberOf);
    if (scores.length !== documents.length) throw unreadable("The provider's answer does not hold a score for each document.");
    const results = scores.map((score, index) => {
      if (score === undefined) throw unreadable("A score in the provider's answer is no number.");
      return { index, score };
    });
    return { results: results.sort((one, other) => other.score - one.score).slice(0, top), ...optional("usage", usageIn(json)) };
  },
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

function usageIn(json: Fields): Usage | undefined {
  const tokens = numberOf(json.input_tokens);
  return tokens === undefined ? undefined : usageOf({ inputUncached: tokens });
}
