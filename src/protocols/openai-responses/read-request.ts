import {
  type Effort,
  type Extra,
  efforts,
  type Item,
  type JsonBody,
  type ModelRequest,
  type OutputFormat,
  type ReasoningControl,
} from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { checkRequest } from "./check-request.ts";
import { readItem } from "./read-items.ts";
import { readTool, readToolChoice } from "./tools.ts";
import { extraOf, isWire, malformed, responsesDialect, textOf, type Wire } from "./wire.ts";

const members = new Set([
  ...["model", "instructions", "input", "stream", "tools", "tool_choice", "parallel_tool_calls", "max_output_tokens", "temperature"],
  ...[
    "top_p",
    "top_logprobs",
    "reasoning",
    "text",
    "service_tier",
    "safety_identifier",
    "user",
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
  ],
  ...["store", "include", "background", "previous_response_id", "conversation"],
]);
const reasoningMembers = new Set(["effort", "summary"]);
const textMembers = new Set(["format", "verbosity"]);

/** Marks the leading system message that came as the member `instructions`, so that it goes back there. */
export const instructionsMark: Extra = { dialect: responsesDialect, fields: { member: "instructions" } };

/** @throws Fault `request_malformed`, `request_unsupported` */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const wire = body.parse();
  const include = stringsOf(wire, "include");
  const topLogprobs = numberOf(wire, "top_logprobs");
  const user = textOf(wire.user);
  const endUser = textOf(wire.safety_identifier) ?? user;
  const extra = requestExtra(wire, user);
  const toolChoice = readToolChoice(wire.tool_choice);
  const wantsLogprobs = include?.includes("message.output_text.logprobs") || (topLogprobs ?? 0) > 0;
  return {
    dialect: responsesDialect,
    model: wire.model as string,
    items: readInput(wire),
    stream: wire.stream === true,
    ...(Array.isArray(wire.tools) && { tools: wire.tools.map(readTool) }),
    ...(toolChoice && { toolChoice }),
    ...present("parallelToolCalls", booleanOf(wire, "parallel_tool_calls")),
    ...present("maxOutputTokens", numberOf(wire, "max_output_tokens")),
    ...present("temperature", numberOf(wire, "temperature")),
    ...present("topP", numberOf(wire, "top_p")),
    ...(wantsLogprobs && { logprobs: true }),
    ...present("topLogprobs", topLogprobs),
    ...present("output", readFormat(wire.text)),
    ...present("verbosity", isWire(wire.text) ? textOf(wire.text.verbosity) : undefined),
    ...present("reasoning", readReasoningControl(wire.reasoning)),
    ...present("serviceTier", textOf(wire.service_tier)),
    ...present("endUser", endUser),
    ...present("metadata", metadataOf(wire.metadata)),
    ...present("cacheKey", textOf(wire.prompt_cache_key)),
    ...present("cacheRetention", textOf(wire.prompt_cache_retention)),
    ...present("store", booleanOf(wire, "store")),
    ...present("include", include),
    ...(extra && { extra }),
  };
}

function readInput(wire: Wire): Item[] {
  const items: Item[] = [];
  const instructions = textOf(wire.instructions);
  if (instructions !== undefined) {
    items.push({ type: "message", role: "system", parts: [{ type: "text", text: instructions }], extra: instructionsMark });
  } else if (Array.isArray(wire.instructions)) {
    pushAll(
      items,
      wire.instructions.map((item, index) => readItem(item, `instructions[${index}]`)),
    );
  } else if (wire.instructions !== undefined && wire.instructions !== null) {
    throw malformed("instructions", "a string");
  }
  if (typeof wire.input === "string") items.push({ type: "message", role: "user", parts: [{ type: "text", text: wire.input }] });
  else if (Array.isArray(wire.input)) for (const [index, item] of wire.input.entries()) items.push(readItem(item, `input[${index}]`));
  return items;
}

/** Unknown members, and of known ones the parts that have no place in the vocabulary. */
function requestExtra(wire: Wire, user: string | undefined): Extra | undefined {
  const rest: Wire = { ...extraOf(wire, members)?.fields };
  if (user !== undefined) rest.user = user;
  for (const [name, known] of [["reasoning", reasoningMembers] as const, ["text", textMembers] as const]) {
    const value = wire[name];
    const inner = isWire(value) ? { ...extraOf(value, known)?.fields } : {};
    if (name === "reasoning" && isWire(value) && typeof value.effort === "string" && !isEffort(value.effort)) inner.effort = value.effort;
    if (Object.keys(inner).length > 0) rest[name] = inner;
  }
  return Object.keys(rest).length > 0 ? { dialect: responsesDialect, fields: rest } : undefined;
}

function readFormat(text: unknown): OutputFormat | undefined {
  if (!isWire(text) || !isWire(text.format)) return undefined;
  const { type, name, schema, strict, description } = text.format;
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") throw malformed("text.format.type", '"text", "json_object" or "json_schema"');
  if (typeof name !== "string") throw malformed("text.format.name", "a string");
  return {
    type: "json-schema",
    name,
    schema,
    ...(typeof strict === "boolean" && { strict }),
    ...(typeof description === "string" && { description }),
  };
}

function readReasoningControl(value: unknown): ReasoningControl | undefined {
  if (!isWire(value)) return undefined;
  const effort = efforts.find((name) => name === value.effort);
  const summary = textOf(value.summary);
  return { ...(effort && { effort }), ...(summary !== undefined && { summary }) };
}

function isEffort(value: string): value is Effort {
  return efforts.some((name) => name === value);
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]?: Value });
}

function numberOf(wire: Wire, name: string): number | undefined {
  const value = wire[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw malformed(name, "a number");
  return value;
}

function booleanOf(wire: Wire, name: string): boolean | undefined {
  const value = wire[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw malformed(name, "true or false");
  return value;
}

function stringsOf(wire: Wire, name: string): readonly string[] | undefined {
  const value = wire[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) throw malformed(name, "a list of strings");
  return value;
}

function metadataOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isWire(value) || !Object.values(value).every((entry) => typeof entry === "string"))
    throw malformed("metadata", "an object of strings");
  return value as Record<string, string>;
}
