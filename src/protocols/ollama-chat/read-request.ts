import type { Effort, JsonBody, ModelRequest, OutputFormat, ReasoningControl } from "../../exchange/index.ts";
import { readFunctionTool } from "../conversation/function-tools.ts";
import { checkRequest } from "./check-request.ts";
import { type Fields, fieldsOf, isFields, listOf, malformed, numberOf, ollamaDialect, restOf, riding, wordOf } from "./fields.ts";
import { readMessages } from "./read-messages.ts";

const requestFields = new Set(["model", "messages", "stream", "tools", "format", "think", "options", "logprobs", "top_logprobs"]);
const optionFields = new Set(["temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty"]);
const efforts: readonly Effort[] = ["minimal", "low", "medium", "high", "xhigh", "max"];

/** Streaming is what this dialect does where nothing is said. @throws Fault `request_malformed` */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const native = body.parse();
  const options = fieldsOf(native.options);
  const limit = numberOf(options.num_predict);
  const stop = readStop(options.stop);
  const tools = listOf(native.tools).map((tool, index) =>
    readFunctionTool(tool, `tools[${index}]`, { dialect: ollamaDialect, rest: restOf }),
  );
  const output = readOutput(native.format);
  const reasoning = readThink(native.think);
  return {
    dialect: ollamaDialect,
    model: wordOf(native.model) ?? "",
    items: readMessages(listOf(native.messages)),
    stream: native.stream !== false,
    ...(tools.length > 0 && { tools }),
    ...(isLimit(limit) && { maxOutputTokens: limit }),
    ...optional("temperature", numberOf(options.temperature)),
    ...optional("topP", numberOf(options.top_p)),
    ...optional("topK", numberOf(options.top_k)),
    ...optional("seed", numberOf(options.seed)),
    ...optional("frequencyPenalty", numberOf(options.frequency_penalty)),
    ...optional("presencePenalty", numberOf(options.presence_penalty)),
    ...optional("stop", stop),
    ...(typeof native.logprobs === "boolean" && { logprobs: native.logprobs }),
    ...optional("topLogprobs", numberOf(native.top_logprobs)),
    ...optional("output", output),
    ...optional("reasoning", reasoning),
    ...readRest(native, options, { limited: isLimit(limit), stopped: stop !== undefined, thinks: reasoning !== undefined }),
  };
}

/** Negative numbers are Ollama's words for "without end" and "until the context is full". */
function isLimit(limit: number | undefined): boolean {
  return limit !== undefined && limit >= 0;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value });
}

/** What the vocabulary has no word for rides along, also values of known members that mean something here only. */
function readRest(
  native: Fields,
  options: Fields,
  read: { limited: boolean; stopped: boolean; thinks: boolean },
): Pick<ModelRequest, "extra"> {
  const known = new Set([...optionFields, ...(read.limited ? ["num_predict"] : []), ...(read.stopped ? ["stop"] : [])]);
  const otherOptions = restOf(options, known);
  const think = read.thinks || native.think === undefined || native.think === null ? {} : { think: native.think };
  const rest = { ...restOf(native, requestFields), ...think };
  return riding(Object.keys(otherOptions).length === 0 ? rest : { ...rest, options: otherOptions });
}

function readStop(stop: unknown): readonly string[] | undefined {
  if (typeof stop === "string") return stop === "" ? undefined : [stop];
  const words = listOf(stop).filter((word) => typeof word === "string");
  return words.length > 0 ? words : undefined;
}

function readOutput(format: unknown): OutputFormat | undefined {
  if (format === "json") return { type: "json" };
  if (isFields(format)) return { type: "json-schema", name: "response", schema: format };
  if (wordOf(format) !== undefined) throw malformed("format", '"json" or a JSON Schema');
  return undefined;
}

function readThink(think: unknown): ReasoningControl | undefined {
  if (think === true) return { mode: "enabled" };
  if (think === false) return { mode: "disabled" };
  const effort = efforts.find((name) => name === think);
  return effort === undefined ? undefined : { effort };
}
