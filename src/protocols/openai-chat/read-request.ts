import {
  type Extra,
  efforts,
  type FunctionTool,
  type JsonBody,
  type ModelRequest,
  type OutputFormat,
  type ReasoningControl,
  type Tool,
  type ToolChoice,
} from "../../exchange/index.ts";
import { checkRequest } from "./check-request.ts";
import {
  chatDialect,
  extraOf,
  flagOf,
  isObject,
  type JsonObject,
  listOf,
  malformed,
  numberOf,
  objectOf,
  textOf,
  wordOf,
} from "./json-value.ts";
import { legacyMark, readMessages } from "./read-messages.ts";
import { cacheOf } from "./read-parts.ts";

const requestFields = new Set([
  ...["model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"],
  ...["max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "seed", "n", "frequency_penalty"],
  ...["presence_penalty", "logit_bias", "logprobs", "top_logprobs", "response_format", "verbosity", "reasoning_effort"],
  ...[
    "service_tier",
    "user",
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "store",
    "audio",
    "modalities",
    "prediction",
    "web_search_options",
  ],
]);
const toolFields = new Set(["type", "function", "custom"]);

/** @throws Fault `request_malformed` */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const json = body.parse();
  const streamOptions = objectOf(json.stream_options);
  return {
    dialect: chatDialect,
    model: textOf(json.model) ?? "",
    items: readMessages(listOf(json.messages)),
    stream: json.stream === true,
    includeUsage: flagOf(streamOptions.include_usage),
    tools: readTools(json),
    toolChoice: readToolChoice(json.tool_choice ?? legacyChoice(json)),
    parallelToolCalls: flagOf(json.parallel_tool_calls),
    maxOutputTokens: numberOf(json.max_completion_tokens) ?? numberOf(json.max_tokens),
    temperature: numberOf(json.temperature),
    topP: numberOf(json.top_p),
    topK: numberOf(json.top_k),
    stop: readStop(json.stop),
    seed: numberOf(json.seed),
    count: numberOf(json.n),
    frequencyPenalty: numberOf(json.frequency_penalty),
    presencePenalty: numberOf(json.presence_penalty),
    logitBias: isObject(json.logit_bias) ? (json.logit_bias as Record<string, number>) : undefined,
    logprobs: flagOf(json.logprobs),
    topLogprobs: numberOf(json.top_logprobs),
    output: readOutput(json.response_format),
    verbosity: wordOf(json.verbosity),
    reasoning: readReasoningControl(json),
    serviceTier: wordOf(json.service_tier),
    endUser: wordOf(json.user) ?? wordOf(json.safety_identifier),
    metadata: isObject(json.metadata) ? (json.metadata as Record<string, string>) : undefined,
    cacheKey: wordOf(json.prompt_cache_key),
    cacheRetention: wordOf(json.prompt_cache_retention),
    store: flagOf(json.store),
    audio: isObject(json.audio) ? { voice: json.audio.voice, format: textOf(json.audio.format) ?? "" } : undefined,
    modalities: Array.isArray(json.modalities) ? json.modalities.filter((name) => typeof name === "string") : undefined,
    prediction: json.prediction ?? undefined,
    extra: readExtra(json, streamOptions),
  };
}

function readExtra(json: JsonObject, streamOptions: JsonObject): Extra | undefined {
  const extra = extraOf(json, requestFields);
  const { include_usage: _asked, ...rest } = streamOptions;
  const unread: JsonObject = {};
  if (Object.keys(rest).length > 0) unread.stream_options = rest;
  // Values that only their provider knows ("default", a grammar).
  if (wordOf(json.reasoning_effort) && !efforts.some((name) => name === json.reasoning_effort)) {
    unread.reasoning_effort = json.reasoning_effort;
  }
  if (isObject(json.response_format) && readOutput(json.response_format) === undefined) unread.response_format = json.response_format;
  if (Object.keys(unread).length === 0) return extra;
  return { dialect: chatDialect, fields: { ...extra?.fields, ...unread } };
}

function readTools(json: JsonObject): Tool[] | undefined {
  const tools = listOf(json.tools).map((tool, index) => readTool(tool, `tools[${index}]`));
  for (const [index, old] of listOf(json.functions).entries()) {
    const tool = readFunction(old, `functions[${index}]`, { dialect: chatDialect, fields: { [legacyMark]: true } });
    tools.push(tool);
  }
  if (isObject(json.web_search_options)) tools.push({ type: "web-search", dialect: chatDialect, native: json.web_search_options });
  return tools.length > 0 ? tools : undefined;
}

function readTool(tool: unknown, path: string): Tool {
  if (!isObject(tool)) throw malformed(path, "an object");
  if (isObject(tool.function) && (tool.type === "function" || tool.type === undefined)) {
    return { ...readFunction(tool.function, `${path}.function`, extraOf(tool, toolFields)), cache: cacheOf(tool) };
  }
  if (tool.type === "custom" && isObject(tool.custom)) {
    if (typeof tool.custom.name !== "string") throw malformed(`${path}.custom.name`, "a string");
    const { name, description, format } = tool.custom;
    return { type: "custom", name, description: wordOf(description), format: flatFormat(format) };
  }
  if (typeof tool.type !== "string" || tool.type === "function") throw malformed(path, "a tool with a type and its definition");
  return { type: "opaque", dialect: chatDialect, label: tool.type, native: tool };
}

function readFunction(value: unknown, path: string, extra: Extra | undefined): FunctionTool {
  const { name, description, parameters, strict } = objectOf(value);
  if (typeof name !== "string" || name === "") throw malformed(`${path}.name`, "a string");
  return { type: "function", name, description: textOf(description), schema: parameters ?? undefined, strict: flagOf(strict), extra };
}

/** A grammar stands in a member of its own here, and flat in Responses, whose form the vocabulary has. */
function flatFormat(format: unknown): unknown {
  if (!isObject(format) || !isObject(format.grammar)) return format ?? undefined;
  return { type: format.type, ...format.grammar };
}

/** It says nothing of tools. */
function legacyChoice({ function_call: choice, tools }: JsonObject): unknown {
  if (listOf(tools).length > 0) return undefined;
  return isObject(choice) ? { type: "function", function: choice } : choice;
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  if (choice === "any") return { mode: "required" };
  if (!isObject(choice)) return typeof choice === "string" ? { mode: "opaque", dialect: chatDialect, native: choice } : undefined;
  const name = textOf(objectOf(choice.function).name) ?? textOf(objectOf(choice.custom).name);
  if (name !== undefined) return { mode: "tool", name };
  if (choice.type === "allowed_tools") {
    const allowed = objectOf(choice.allowed_tools);
    const names = listOf(allowed.tools).map((tool) => {
      const entry = objectOf(tool);
      return textOf(objectOf(entry.function).name) ?? textOf(objectOf(entry.custom).name);
    });
    if (names.every((entry) => entry !== undefined)) return { mode: "subset", names, required: allowed.mode === "required" };
  }
  return { mode: "opaque", dialect: chatDialect, native: choice };
}

function readStop(stop: unknown): string[] | undefined {
  if (typeof stop === "string") return [stop];
  const list = listOf(stop).filter((word) => typeof word === "string");
  return list.length > 0 ? list : undefined;
}

function readOutput(format: unknown): OutputFormat | undefined {
  if (!isObject(format)) return undefined;
  if (format.type === "text") return { type: "text" };
  if (format.type === "json_object") return { type: "json" };
  if (typeof format.type !== "string") throw malformed("response_format.type", "text, json_object or json_schema");
  if (format.type !== "json_schema") return undefined;
  const { name, schema, strict, description } = objectOf(format.json_schema);
  return { type: "json-schema", name: textOf(name) ?? "response", schema, strict: flagOf(strict), description: wordOf(description) };
}

/** OpenAI's `reasoning_effort`, OpenRouter's `reasoning`, and the `thinking` of DeepSeek, Z.ai and Moonshot. */
export function readReasoningControl(json: JsonObject): ReasoningControl | undefined {
  const router = objectOf(json.reasoning);
  const thinking = objectOf(json.thinking);
  const effort = efforts.find((name) => name === (wordOf(json.reasoning_effort) ?? wordOf(router.effort)));
  const switched =
    router.enabled === false || thinking.type === "disabled" ? "disabled" : router.enabled || thinking.type ? "enabled" : undefined;
  const budgetTokens = numberOf(router.max_tokens) ?? numberOf(thinking.budget_tokens);
  if (effort === undefined && switched === undefined && budgetTokens === undefined) return undefined;
  return { effort, mode: switched, budgetTokens };
}
