import type { Item, JsonBody, MessageItem, ModelRequest, OutputFormat, ReasoningControl, ToolChoice } from "../../exchange/index.ts";
import { readFunctionTool } from "../conversation/function-tools.ts";
import { checkRequest } from "./check-request.ts";
import { documentsMark, readDocument } from "./documents.ts";
import { cohereDialect, type Fields, fieldsOf, isFields, listOf, numberOf, optional, restOf, riding, wordOf } from "./fields.ts";
import { readMessages } from "./read-messages.ts";

const requestFields = new Set([
  ...["model", "messages", "stream", "tools", "strict_tools", "tool_choice", "documents", "response_format", "max_tokens"],
  ...["stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty", "k", "p", "logprobs", "thinking"],
]);
const thinkingFields = new Set(["type", "token_budget"]);
const formatFields = new Set(["type", "json_schema"]);

/** @throws Fault `request_malformed` */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const native = body.parse();
  const strict = typeof native.strict_tools === "boolean" ? native.strict_tools : undefined;
  const tools = listOf(native.tools).map((tool, index) =>
    readFunctionTool(tool, `tools[${index}]`, { dialect: cohereDialect, rest: restOf, strict }),
  );
  const stop = listOf(native.stop_sequences).filter((text) => typeof text === "string");
  return {
    dialect: cohereDialect,
    model: wordOf(native.model) ?? "",
    items: withDocuments(readMessages(listOf(native.messages)), listOf(native.documents)),
    stream: native.stream === true,
    ...(tools.length > 0 && { tools }),
    ...optional("toolChoice", readToolChoice(native.tool_choice)),
    ...optional("maxOutputTokens", numberOf(native.max_tokens)),
    ...optional("temperature", numberOf(native.temperature)),
    ...optional("topP", numberOf(native.p)),
    ...optional("topK", numberOf(native.k)),
    ...optional("seed", numberOf(native.seed)),
    ...optional("frequencyPenalty", numberOf(native.frequency_penalty)),
    ...optional("presencePenalty", numberOf(native.presence_penalty)),
    ...(stop.length > 0 && { stop }),
    ...(typeof native.logprobs === "boolean" && { logprobs: native.logprobs }),
    ...optional("output", readOutput(native.response_format)),
    ...optional("reasoning", readThinking(native.thinking)),
    ...riding(readRest(native, tools.length > 0 ? undefined : strict)),
  };
}

/** Members of no other dialect, and of known ones what only this dialect understands. */
function readRest(native: Fields, strict: boolean | undefined): Fields {
  const { thinking, response_format: format } = native;
  const odd = isFields(format) && Object.keys(restOf(format, formatFields)).length > 0;
  return {
    ...restOf(native, requestFields),
    ...(isFields(thinking) && Object.keys(restOf(thinking, thinkingFields)).length > 0 && { thinking }),
    ...(odd && { response_format: format }),
    ...optional("strict_tools", strict),
  };
}

/** The documents of a request lie open before the first turn: one message of theirs, behind the instructions. */
function withDocuments(items: Item[], documents: readonly unknown[]): Item[] {
  if (documents.length === 0) return items;
  const parts = documents.map((document, index) => readDocument(document, {}, `documents[${index}]`));
  const message: MessageItem = { type: "message", role: "user", parts, ...riding({ [documentsMark]: true }) };
  const first = items.findIndex((item) => item.type !== "message" || item.role !== "system");
  const at = first < 0 ? items.length : first;
  return [...items.slice(0, at), message, ...items.slice(at)];
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "REQUIRED") return { mode: "required" };
  if (choice === "NONE") return { mode: "none" };
  return wordOf(choice) === undefined ? undefined : { mode: "opaque", dialect: cohereDialect, native: choice };
}

function readOutput(format: unknown): OutputFormat | undefined {
  const { type, json_schema: schema } = fieldsOf(format);
  if (type === "text") return { type: "text" };
  if (type !== "json_object") return undefined;
  return isFields(schema) ? { type: "json-schema", name: "response", schema } : { type: "json" };
}

function readThinking(thinking: unknown): ReasoningControl | undefined {
  const { type, token_budget: budget } = fieldsOf(thinking);
  if (type !== "enabled" && type !== "disabled") return undefined;
  return { mode: type, ...optional("budgetTokens", numberOf(budget)) };
}
