import {
  inputTokens,
  type JsonBody,
  type RerankAnswer,
  type RerankRequest,
  type SurfaceId,
  type Usage,
  usageOf,
} from "../../exchange/index.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, numberOf, optional, textOf } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { malformed } from "../openai-chat/json-value.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";
import { checkRerank, documentsOf, queryOf, readResults } from "./ranking.ts";

/** What Jina's form and Voyage's call the same things. */
interface Words {
  readonly top: "top_n" | "top_k";
  /** Where the ranking stands in the answer. */
  readonly results: "results" | "data";
  readonly understood: ReadonlySet<string>;
}

/**
 * Jina's rerank (`POST /v1/rerank`, api.jina.ai/redoc), which Together, vLLM, llama.cpp, LocalAI, SiliconFlow and others speak too.
 * Billed in tokens.
 */
export const jinaRerank = rerankOf("jina-rerank", {
  top: "top_n",
  results: "results",
  understood: new Set(["model", "query", "documents", "top_n", "return_documents"]),
});

/** Voyage's (`POST /v1/rerank`, docs.voyageai.com/reference/reranker-api). */
export const voyageRerank = rerankOf("voyage-rerank", {
  top: "top_k",
  results: "data",
  understood: new Set(["model", "query", "documents", "top_k", "return_documents", "truncation"]),
});

function rerankOf(id: SurfaceId, words: Words): TaskCodec<"rerank"> {
  return {
    id,
    task: "rerank",
    checkRequest: (body) => checkRerank(body, malformed),
    editRequest: editModel,
    readRequest(body: JsonBody): RerankRequest {
      const fields = body.parse();
      refuseUnknown(fields, words.understood);
      return {
        model: String(fields.model),
        query: queryOf(fields.query, malformed),
        documents: documentsOf(fields.documents, malformed),
        ...optional("top", numberOf(fields[words.top])),
        // Jina's default is to echo, Voyage's and Together's is not to: who says nothing gets none, and loses nothing by it.
        ...(fields.return_documents === true && { echo: true }),
      };
    },
    writeRequest(request: RerankRequest, target: TargetTraits, losses) {
      if (request.maxTokensPerDocument !== undefined) losses.add("rerank_document_limit", "max_tokens_per_doc", "S");
      return {
        model: target.model,
        query: request.query,
        documents: request.documents,
        ...optional(words.top, request.top),
        return_documents: false,
      };
    },
    skimAnswer(json) {
      const fault = faultIn(json);
      if (fault) return [{ type: "answer-error", fault }];
      return metered(usageIn(json));
    },
    readAnswer: (json, request) => ({
      ...optional("id", textOf(json.id)),
      ...optional("model", textOf(json.model)),
      results: readResults(json[words.results] ?? json.results ?? json.data, request),
      ...optional("usage", usageIn(json)),
    }),
    writeAnswer({ id, model, results, usage }: RerankAnswer, request) {
      return {
        ...optional("id", id),
        object: "list",
        model: model ?? request.model,
        [words.results]: results.map(({ index, score }) => ({
          index,
          relevance_score: score,
          ...(request.echo && { document: words.results === "results" ? { text: request.documents[index] } : request.documents[index] }),
        })),
        usage: { total_tokens: usage ? inputTokens(usage) : 0 },
      };
    },
    readFault,
    writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  };
}

/** Cohere bills searches, and some that speak this form bill as it does. */
function usageIn(json: Fields): Usage | undefined {
  const searches = numberOf(fieldsOf(fieldsOf(json.meta).billed_units).search_units);
  if (searches !== undefined) return usageOf({ units: { search: searches } });
  const usage = fieldsOf(json.usage);
  const tokens = numberOf(usage.total_tokens) ?? numberOf(usage.prompt_tokens);
  return tokens === undefined ? undefined : usageOf({ inputUncached: tokens });
}
