import type {
  Effort,
  Item,
  JsonBody,
  MessageItem,
  ModelRequest,
  OutputFormat,
  ReasoningControl,
  Role,
  Tool,
  ToolChoice,
} from "../../exchange/index.ts";
import type { ReadContext } from "../dialect.ts";
import { pushAll } from "../json-fields.ts";
import { readMark } from "./cache-marks.ts";
import { extraOf, type Fields, isFields, numberOf, textOf } from "./fields.ts";
import { type BlockRules, malformed, readSystem, readTurn } from "./read-blocks.ts";

const strictVersion = "2026-10-21";
const efforts: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

const knownMembers = [
  "model",
  "messages",
  "max_tokens",
  "system",
  "stream",
  "tools",
  "tool_choice",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "thinking",
  "output_config",
  "output_format",
  "metadata",
  "service_tier",
  "cache_control",
];

/** What the top-level members tell by themselves. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  if (!body.has("model")) throw malformed("model", "is required");
  if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "must be a name");
  if (!body.has("messages")) throw malformed("messages", "is required");
  if (body.kind("messages") !== "array") throw malformed("messages", "must be a list");
  if (!body.has("max_tokens")) throw malformed("max_tokens", "is required");
  const maxTokens = body.kind("max_tokens") === "number" ? body.get("max_tokens") : undefined;
  if (!Number.isSafeInteger(maxTokens) || (maxTokens as number) < 0) throw malformed("max_tokens", "must be a whole number");
  const stream = body.kind("stream");
  if (stream !== undefined && stream !== "boolean" && stream !== "null") throw malformed("stream", "must be true or false");
}

/** @throws Fault `request_malformed` */
export function readRequest(body: JsonBody, context: ReadContext): ModelRequest {
  checkRequest(body);
  const native = body.parse();
  const strict = (context.header("anthropic-version") ?? "") >= strictVersion;
  if (strict) {
    for (const name of ["temperature", "top_p", "top_k"]) {
      if (name in native) throw malformed(name, "is no longer taken in this version of the API");
    }
  }
  const tools = readTools(native.tools);
  const choice = isFields(native.tool_choice) ? native.tool_choice : undefined;
  const toolChoice = choice && readToolChoice(choice);
  const parallel = choice?.disable_parallel_tool_use;
  const thought = readReasoning(native);
  const stop = Array.isArray(native.stop_sequences) ? native.stop_sequences.filter((text) => typeof text === "string") : undefined;
  return {
    dialect: "anthropic-messages",
    model: textOf(native.model) ?? "",
    items: [...readSystem(native.system), ...readMessages(native.messages, { strict })],
    stream: native.stream === true,
    ...(tools && { tools }),
    ...(toolChoice && { toolChoice }),
    ...(typeof parallel === "boolean" && { parallelToolCalls: !parallel }),
    maxOutputTokens: numberOf(native.max_tokens) ?? 0,
    ...optional("temperature", numberOf(native.temperature)),
    ...optional("topP", numberOf(native.top_p)),
    ...optional("topK", numberOf(native.top_k)),
    ...optional("stop", stop),
    ...optional("output", readFormat(native)),
    ...optional("reasoning", thought.reasoning),
    ...optional("serviceTier", textOf(native.service_tier)),
    ...optional("endUser", isFields(native.metadata) ? textOf(native.metadata.user_id) : undefined),
    ...readMark(native),
    ...readRest(native, thought.rest),
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]: Value });
}

function readMessages(messages: unknown, rules: BlockRules): Item[] {
  if (!Array.isArray(messages) || messages.length === 0) throw malformed("messages", "needs at least one message");
  const items: Item[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    if (!isFields(message)) throw malformed(path, "must be an object");
    const role = message.role;
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw malformed(`${path}.role`, "must be user, assistant or system");
    }
    pushAll(items, withExtra(readMessage(role, message, path, rules), role, message));
  }
  return items;
}

/** A system message may say nothing but how the turns behind it are to be answered. */
function readMessage(role: Role, message: Fields, path: string, rules: BlockRules): Item[] {
  const silent = role === "system" && message.content == null && isFields(message.output_config);
  return silent ? [] : readTurn(role, message.content, `${path}.content`, rules);
}

/** What stands beside the content of a message rides along on its first words. */
function withExtra(items: Item[], role: Role, message: Fields): Item[] {
  const beside = extraOf(message, ["role", "content"]);
  if (beside.extra === undefined) return items;
  const at = items.findIndex(({ type }) => type === "message");
  if (at < 0) return [{ type: "message", role, parts: [], ...beside }, ...items];
  return items.with(at, { ...(items[at] as MessageItem), ...beside });
}

function readTools(native: unknown): Tool[] | undefined {
  if (native === undefined || native === null) return undefined;
  if (!Array.isArray(native)) throw malformed("tools", "must be a list");
  return native.map((tool: unknown, index): Tool => {
    if (!isFields(tool)) throw malformed(`tools.${index}`, "must be an object");
    const type = textOf(tool.type);
    if (type?.startsWith("web_search_")) return { type: "web-search", dialect: "anthropic-messages", native: tool };
    if (type !== undefined && type !== "custom") return { type: "opaque", dialect: "anthropic-messages", label: type, native: tool };
    const name = textOf(tool.name);
    if (name === undefined) throw malformed(`tools.${index}.name`, "is required");
    return {
      type: "function",
      name,
      ...optional("description", textOf(tool.description)),
      ...optional("schema", tool.input_schema),
      ...optional("strict", typeof tool.strict === "boolean" ? tool.strict : undefined),
      ...readMark(tool),
      ...extraOf(tool, ["name", "description", "input_schema", "strict", "cache_control"]),
    };
  });
}

function readToolChoice(native: Fields): ToolChoice {
  const name = textOf(native.name);
  if (native.type === "auto" || native.type === "none") return { mode: native.type };
  if (native.type === "any") return { mode: "required" };
  if (native.type === "tool" && name !== undefined) return { mode: "tool", name };
  return { mode: "opaque", dialect: "anthropic-messages", native };
}

/** `output_config.format`, or the older `output_format`. */
function readFormat(native: Fields): OutputFormat | undefined {
  const format = isFields(native.output_config) && native.output_config.format != null ? native.output_config.format : native.output_format;
  if (!isFields(format) || format.type !== "json_schema") return undefined;
  const title = isFields(format.schema) ? textOf(format.schema.title) : undefined;
  return { type: "json-schema", name: title !== undefined && /^[\w-]{1,64}$/.test(title) ? title : "answer", schema: format.schema };
}

interface ReadReasoning {
  readonly reasoning: ReasoningControl | undefined;
  /** Members of `thinking` that we do not act on; the whole of it, type included, where the mode is unknown. */
  readonly rest: Fields | undefined;
}

function readReasoning(native: Fields): ReadReasoning {
  const effortWord = isFields(native.output_config) ? native.output_config.effort : undefined;
  const effort = efforts.find((known) => known === effortWord);
  const thinking = isFields(native.thinking) ? native.thinking : undefined;
  if (!thinking) return { reasoning: effort && { effort }, rest: undefined };
  const type = thinking.type;
  const known = type === "enabled" || type === "adaptive" || type === "disabled";
  const budgetTokens = numberOf(thinking.budget_tokens);
  return {
    reasoning: {
      ...(effort && { effort }),
      mode: known ? type : "adaptive",
      ...optional("budgetTokens", budgetTokens),
      ...optional("summary", textOf(thinking.display)),
    },
    rest: known ? extraOf(thinking, ["type", "budget_tokens", "display"]).extra?.fields : thinking,
  };
}

/** What only the same dialect can take back: unknown members, and unknown members of members. */
function readRest(native: Fields, thinking: Fields | undefined): Pick<ModelRequest, "extra"> {
  const config = isFields(native.output_config) ? native.output_config : {};
  const effortKnown = efforts.some((known) => known === config.effort);
  const formatKnown = isFields(config.format) && config.format.type === "json_schema";
  const outputConfig = extraOf(config, [...(effortKnown ? ["effort"] : []), ...(formatKnown ? ["format"] : [])]).extra?.fields;
  const metadata = isFields(native.metadata) ? extraOf(native.metadata, ["user_id"]).extra?.fields : undefined;
  const oldFormat = isFields(native.output_format) && native.output_format.type === "json_schema" ? undefined : native.output_format;
  const rest: Fields = {
    ...extraOf(native, knownMembers).extra?.fields,
    ...(thinking && { thinking }),
    ...(outputConfig && { output_config: outputConfig }),
    ...(metadata && { metadata }),
    ...(oldFormat != null && { output_format: oldFormat }),
  };
  return Object.keys(rest).length === 0 ? {} : { extra: { dialect: "anthropic-messages", fields: rest } };
}
