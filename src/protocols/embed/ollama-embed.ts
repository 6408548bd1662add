import { type EmbedRequest, type Fault, inputTokens, type JsonBody, type Losses, usageOf } from "../../exchange/index.ts";
import type { TargetTraits, TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import { errorBody, faultIn, readFault } from "../ollama-chat/faults.ts";
import { malformed } from "../ollama-chat/fields.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";
import { readVector, wholeVectors } from "./vectors.ts";

/** Ollama's own embeddings (`POST /api/embed`, docs.ollama.com/api/embed). */
export const ollamaEmbed: TaskCodec<"embed"> = {
  id: "ollama-embed",
  task: "embed",
  checkRequest(body) {
    if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "the name of a model");
    if (body.kind("input") !== "string" && body.kind("input") !== "array") throw malformed("input", "text or a list of texts");
  },
  editRequest: editModel,
  readRequest,
  writeRequest,
  skimAnswer(json) {
    const fault: Fault | undefined = faultIn(json);
    if (fault) return [{ type: "answer-error", fault }];
    const tokens = numberOf(json.prompt_eval_count);
    const usage = tokens === undefined ? [] : [{ type: "usage-report", usage: usageOf({ inputUncached: tokens }) } as const];
    return [...usage, { type: "answer-end" }];
  },
  readAnswer(json, request) {
    const tokens = numberOf(json.prompt_eval_count);
    return {
      ...optional("model", textOf(json.model)),
      vectors: wholeVectors(listOf(json.embeddings).map(readVector), request),
      ...(tokens !== undefined && { usage: usageOf({ inputUncached: tokens }) }),
    };
  },
  writeAnswer: ({ vectors, usage }, request) => ({
    model: request.model,
    embeddings: vectors,
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: usage ? inputTokens(usage) : 0,
  }),
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

/** Where a model runs is nothing that another provider could be told. */
const ofTheMachine = new Set(["keep_alive", "options"]);
const understood = new Set(["model", "input", "truncate", "dimensions", ...ofTheMachine]);

function readRequest(body: JsonBody): EmbedRequest {
  const fields: Fields = body.parse();
  refuseUnknown(fields, understood);
  if (Object.keys(fieldsOf(fields.options)).length > 0) throw unsupported("options", "The provider of this model takes no such options.");
  const inputs = typeof fields.input === "string" ? [fields.input] : listOf(fields.input);
  if (inputs.length === 0) throw malformed("input", "a list with something in it");
  return {
    model: String(fields.model),
    inputs: inputs.map((text, at) => {
      if (typeof text !== "string") throw malformed(`input[${at}]`, "text");
      return { type: "text", text };
    }),
    ...optional("dimensions", numberOf(fields.dimensions)),
    ...optional("truncate", fields.truncate === false ? ("none" as const) : undefined),
  };
}

function writeRequest(request: EmbedRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  if (request.purpose !== undefined) losses.add("embed_purpose", "purpose", "Q");
  if (request.title !== undefined) losses.add("embed_title", "title", "Q");
  if (request.truncate === "start") losses.add("embed_truncate", "truncate", "S", "approximated");
  if (request.endUser !== undefined) losses.add("end_user", "user", "M");
  return {
    model: target.model,
    input: request.inputs.map((input) => {
      if (input.type !== "text") throw unsupported("input", "Ollama embeds text only.");
      return input.text;
    }),
    ...optional("dimensions", request.dimensions),
    ...(request.truncate === "none" && { truncate: false }),
  };
}
