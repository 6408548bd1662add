import type { Losses, ModelRequest } from "../../exchange/index.ts";
import { leaveOutOfMessages } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { entryOf } from "../json-fields.ts";
import { keepLastPoints } from "./cache-points.ts";
import { type Block, fieldsOf, optional, ownFields, restOf } from "./fields.ts";
import { WritingRequest } from "./write-blocks.ts";
import { writeThinking } from "./write-thinking.ts";
import { type WrittenTools, writeTools } from "./write-tools.ts";
import { writeConversation } from "./write-turns.ts";

/**
 * The body for an upstream that speaks Converse, members in a fixed order. The model and whether to stream stand in the
 * path. @throws Fault `request_unsupported`
 */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const writing = new WritingRequest(request.dialect, target, losses);
  leaveOutOfMessages(request, "bedrock-converse", losses);
  if (request.cache !== undefined) losses.add("cache_hint_dropped", "cache_control", "Q");
  if (request.endUser !== undefined) losses.add("user_dropped", "user", "M");
  const conversation = writeConversation(request.items, writing);
  const tools = writeTools(request, writing);
  const system = [...conversation.system, ...instructions(request, tools, writing)];
  keepLastPoints([tools.tools, system, ...conversation.turns.map((turn) => turn.content)], losses);
  const thinking = writeThinking(request, conversation.turns, tools.choice, writing);
  const sampling = writeSampling(request, thinking.thinks, writing);
  const own = ownFields(request.extra);
  const inference = {
    ...optional("maxTokens", clamped(thinking.maxTokens, writing)),
    ...sampling.inference,
    ...optional("stopSequences", writeStop(request, writing)),
    ...fieldsOf(own.inferenceConfig),
  };
  const modelFields = joinedFields(
    { ...thinking.fields, ...sampling.fields, ...writeParallel(request, tools, writing) },
    fieldsOf(own.additionalModelRequestFields),
  );
  const output = { ...writeFormat(request, writing), ...fieldsOf(own.outputConfig) };
  const body: Block = {
    ...(system.length > 0 && { system }),
    messages: conversation.turns,
    ...(Object.keys(inference).length > 0 && { inferenceConfig: inference }),
    ...(tools.tools.length > 0 && { toolConfig: { tools: tools.tools, ...optional("toolChoice", tools.choice) } }),
    ...(Object.keys(output).length > 0 && { outputConfig: output }),
    ...(Object.keys(modelFields).length > 0 && { additionalModelRequestFields: modelFields }),
    ...writeTier(request, losses),
    ...writeMetadata(request, losses),
    ...restOf(own, ["inferenceConfig", "additionalModelRequestFields", "outputConfig"]),
  };
  return body;
}

function clamped(asked: number | undefined, { target, losses, own }: WritingRequest): number | undefined {
  const ceiling = target.maxOutputTokens;
  if (asked === undefined || ceiling === undefined || asked <= ceiling || own) return asked;
  losses.add("max_tokens_clamped", "max_tokens", "Q", "approximated");
  return ceiling;
}

interface Sampling {
  readonly inference: Block;
  readonly fields: Block;
}

/** Temperature 0 to 1; Claude takes none beside thoughts, and not both it and `topP` on newer models. */
function writeSampling(request: ModelRequest, thinks: boolean, writing: WritingRequest): Sampling {
  const { target, losses, family, own } = writing;
  const drop = (path: string) => losses.add("sampling_dropped", path, "Q");
  const { temperature, topP, topK } = request;
  if (own) return { inference: { ...optional("temperature", temperature), ...optional("topP", topP) }, fields: topKField(topK, writing) };
  if (target.sampling === false || thinks) {
    if (temperature !== undefined && temperature !== 1) drop("temperature");
    if (topK !== undefined) drop("top_k");
    const kept = thinks && target.sampling !== false && topP !== undefined && topP >= 0.95 && topP < 1 ? { topP } : {};
    if (topP !== undefined && topP !== 1 && !("topP" in kept)) drop("top_p");
    return { inference: kept, fields: {} };
  }
  if (temperature !== undefined && temperature > 1) losses.add("sampling_clamped", "temperature", "Q", "approximated");
  const twice = family === "claude" && temperature !== undefined && topP !== undefined;
  if (twice && topP !== 1) drop("top_p");
  return {
    inference: {
      ...(temperature !== undefined && { temperature: Math.min(1, temperature) }),
      ...(topP !== undefined && !twice && { topP }),
    },
    fields: topKField(topK, writing),
  };
}

function topKField(topK: number | undefined, { family, own, losses }: WritingRequest): Block {
  if (topK === undefined) return {};
  if (family === "nova") return { inferenceConfig: { topK } };
  if (family === "claude" || own) return { top_k: topK };
  losses.add("sampling_dropped", "top_k", "Q");
  return {};
}

/** Members of one name that both sides have are joined. */
function joinedFields(written: Block, own: Block): Block {
  const joined: Block = { ...written, ...own };
  for (const name of ["inferenceConfig", "output_config"]) {
    if (name in written && name in own) joined[name] = { ...fieldsOf(own[name]), ...fieldsOf(written[name]) };
  }
  return joined;
}

/** Bedrock refuses empty stop strings, and Claude those of white space alone. */
function writeStop(request: ModelRequest, { family, losses, own }: WritingRequest): string[] | undefined {
  if (own || request.stop === undefined) return request.stop && [...request.stop];
  const taken = request.stop.filter((text) => (family === "claude" ? text.trim() : text) !== "");
  if (taken.length < request.stop.length) losses.add("sampling_dropped", "stop", "S");
  return taken.length > 0 ? taken : undefined;
}

/** Only Claude can be asked for one call at a time, in its own words beside Converse's choice. */
function writeParallel(request: ModelRequest, { tools, choice }: WrittenTools, { family, losses, own }: WritingRequest): Block {
  const parallel = request.parallelToolCalls;
  if (parallel === undefined || (parallel && !own) || tools.length === 0) return {};
  if (family !== "claude") {
    losses.add("parallel_control_dropped", "parallel_tool_calls", "Q");
    return {};
  }
  const name = fieldsOf(choice?.tool).name;
  const type = choice?.any ? "any" : choice?.tool ? "tool" : "auto";
  return { tool_choice: { type, ...optional("name", name), disable_parallel_tool_use: !parallel } };
}

function writeFormat(request: ModelRequest, { target }: WritingRequest): Block {
  const { output } = request;
  if (output?.type !== "json-schema" || target.jsonSchema === false) return {};
  const named = { name: output.name, ...optional("description", output.description) };
  return { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(output.schema), ...named } } } };
}

/** What Converse has no field for and the model is asked in words: JSON without a schema, JSON on a model that cannot be held to it, no tools. */
function instructions(request: ModelRequest, tools: WrittenTools, { target, losses }: WritingRequest): Block[] {
  const blocks: Block[] = tools.instruction === undefined ? [] : [{ text: tools.instruction }];
  const { output } = request;
  if (output?.type === "json") {
    losses.add("output_format_emulated", "response_format", "Q", "emulated");
    blocks.push({ text: "Answer with one valid JSON object and nothing else." });
  } else if (output?.type === "json-schema" && target.jsonSchema === false) {
    losses.add("output_format_emulated", "response_format", "S", "emulated");
    const schema = JSON.stringify(output.schema);
    blocks.push({ text: `Answer with one valid JSON value that fits this JSON Schema, and nothing else.\n${schema}` });
  }
  return blocks;
}

const tiers: Readonly<Record<string, string>> = {
  default: "default",
  standard_only: "default",
  priority: "priority",
  flex: "flex",
  reserved: "reserved",
};

function writeTier(request: ModelRequest, losses: Losses): Block {
  const tier = request.serviceTier;
  if (tier === undefined || tier === "auto") return {};
  const type = request.dialect === "bedrock-converse" ? tier : entryOf(tiers, tier);
  if (type === undefined) losses.add("tier_dropped", "service_tier", "Q");
  return type === undefined ? {} : { serviceTier: { type } };
}

const mostMetadata = 16;
const metadataAlphabet = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/** Pairs that stand in the account's log of calls; Bedrock takes sixteen, in an alphabet of its own. */
function writeMetadata(request: ModelRequest, losses: Losses): Block {
  const pairs = Object.entries(request.metadata ?? {});
  const own = request.dialect === "bedrock-converse";
  const taken = own
    ? pairs
    : pairs.filter((pair) => pair[0] !== "" && pair.every((text) => metadataAlphabet.test(text))).slice(0, mostMetadata);
  if (taken.length < pairs.length) losses.add("metadata_dropped", "metadata", "M");
  return taken.length > 0 ? { requestMetadata: Object.fromEntries(taken) } : {};
}
