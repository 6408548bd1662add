import { createHash } from "node:crypto";
import type { Losses, ModelRequest, OutputFormat, Tool } from "../../exchange/index.ts";
import { effortFor, nearestEffort } from "../conversation/efforts.ts";
import { reportFields } from "../conversation/foreign-fields.ts";
import type { TargetTraits } from "../dialect.ts";
import { chatDialect, isObject, type JsonObject, objectOf, ownFields, unsupported, wordOf } from "./json-value.ts";
import { legacyMark } from "./read-messages.ts";
import { readReasoningControl } from "./read-request.ts";
import { writeMessages } from "./write-messages.ts";

const longestUser = 64;

/** The body for an upstream of this dialect, its members always in the same order. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): JsonObject {
  const foreign = request.dialect !== chatDialect;
  const own = ownFields(request.extra);
  if (foreign) checkForeign(request, losses);
  const messages = writeMessages(request, target, losses);
  const body: JsonObject = {
    model: target.model,
    messages,
    ...writeTools(request, losses),
    response_format: writeOutput(request.output, target, messages, losses),
    [target.outputLimitField ?? "max_completion_tokens"]: request.maxOutputTokens,
    ...writeReasoning(request, target, losses),
    ...writeSampling(request, losses),
    ...writeMeta(request, losses),
    modalities: request.modalities,
    audio: request.audio,
    prediction: request.prediction,
    ...own,
    ...writeStreaming(request, target, own),
  };
  for (const name of Object.keys(body)) if (body[name] === undefined) delete body[name];
  return body;
}

function checkForeign(request: ModelRequest, losses: Losses): void {
  reportFields(request, losses);
  if (request.modalities?.includes("audio") && request.audio === undefined) {
    throw unsupported("modalities", "Sound of this provider's models comes in a form that the caller's dialect cannot hold.");
  }
  if (request.cache !== undefined) losses.add("cache_hint_dropped", "cache_control", "Q");
  const last = request.items.at(-1);
  if (last?.type === "message" && last.role === "assistant")
    losses.add("prefill_approximated", `items[${request.items.length - 1}]`, "S", "approximated");
}

function writeTools(request: ModelRequest, losses: Losses): JsonObject {
  const tools: JsonObject[] = [];
  let search: unknown;
  for (const [index, tool] of (request.tools ?? []).entries()) {
    if (tool.type === "web-search")
      search = tool.dialect === chatDialect ? tool.native : searchOptions(tool.native, `tools[${index}]`, losses);
    else if (tool.type === "opaque" && tool.dialect !== chatDialect) {
      throw unsupported(`tools[${index}]`, `The tool "${tool.label}" runs only at a provider that speaks ${tool.dialect}.`);
    } else tools.push(writeTool(tool, index, request, losses));
  }
  return {
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: tools.length > 0 || request.dialect === chatDialect ? writeToolChoice(request, losses) : undefined,
    parallel_tool_calls: tools.length > 0 || request.dialect === chatDialect ? request.parallelToolCalls : undefined,
    web_search_options: search,
  };
}

function writeTool(tool: Exclude<Tool, { type: "web-search" }>, index: number, request: ModelRequest, losses: Losses): JsonObject {
  if (tool.type === "opaque") return tool.native as JsonObject;
  if (tool.type === "custom") {
    return { type: "custom", custom: { name: tool.name, description: tool.description, format: nestedFormat(tool.format) } };
  }
  if (tool.cache !== undefined && request.dialect !== chatDialect) losses.add("cache_hint_dropped", `tools[${index}]`, "Q");
  const { [legacyMark]: _mark, ...extra } = ownFields(tool.extra);
  return {
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: tool.schema, strict: tool.strict },
    ...extra,
  };
}

function nestedFormat(format: unknown): unknown {
  if (!isObject(format) || format.type !== "grammar") return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

/** The search tools of Responses and Anthropic, as far as `web_search_options` can hold them. */
function searchOptions(native: unknown, path: string, losses: Losses): JsonObject {
  const tool = objectOf(native);
  const place = objectOf(tool.user_location);
  for (const name of ["filters", "max_uses", "allowed_domains", "blocked_domains"]) {
    const value = tool[name];
    if (value !== undefined && value !== null) losses.add("hosted_tool_approximated", `${path}.${name}`, "Q");
  }
  const { type: _type, ...approximate } = place;
  return {
    ...(wordOf(tool.search_context_size) && { search_context_size: tool.search_context_size }),
    ...(Object.keys(approximate).length > 0 && { user_location: { type: "approximate", approximate } }),
  };
}

function writeToolChoice(request: ModelRequest, losses: Losses): unknown {
  const choice = request.toolChoice;
  if (choice === undefined) return undefined;
  switch (choice.mode) {
    case "tool":
      return namedChoice(choice.name, request);
    case "subset":
      return {
        type: "allowed_tools",
        allowed_tools: { mode: choice.required ? "required" : "auto", tools: choice.names.map((name) => namedChoice(name, request)) },
      };
    case "opaque":
      if (choice.dialect === chatDialect) return choice.native;
      losses.add("tool_choice_approximated", "tool_choice", "S", "dropped");
      return undefined;
    default:
      return choice.mode;
  }
}

function namedChoice(name: string, request: ModelRequest): JsonObject {
  const custom = request.tools?.some((tool) => tool.type === "custom" && tool.name === name);
  return custom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}

/** Where the target knows no schemas, the model is told in words, and the answer may not follow. */
function writeOutput(output: OutputFormat | undefined, target: TargetTraits, messages: JsonObject[], losses: Losses): unknown {
  if (output === undefined || output.type === "text") return output;
  if (output.type === "json") return { type: "json_object" };
  if (target.jsonSchema !== false) {
    const { name, schema, strict, description } = output;
    return { type: "json_schema", json_schema: { name, description, schema, strict } };
  }
  losses.add("strict_dropped", "response_format", "S", "emulated");
  const at = messages.findIndex((message) => message.role !== "system" && message.role !== "developer");
  messages.splice(at < 0 ? messages.length : at, 0, {
    role: "system",
    content: `Answer with one JSON value that matches this JSON Schema, and with nothing else:\n${JSON.stringify(output.schema)}`,
  });
  return { type: "json_object" };
}

function writeReasoning(request: ModelRequest, target: TargetTraits, losses: Losses): JsonObject {
  const control = request.reasoning;
  if (control === undefined) return {};
  const approximated = (action: "dropped" | "approximated") => losses.add("reasoning_control_approximated", "reasoning", "Q", action);
  if (request.dialect === chatDialect) {
    // The caller's own `reasoning` or `thinking` goes back as it came; only what it does not say is written beside it.
    const said = readReasoningControl(ownFields(request.extra));
    if (control.effort === undefined || said?.effort === control.effort) return {};
  }
  // Whoever wants thoughts and does not say how many gets the middle.
  const inWords = control.budgetTokens === undefined ? undefined : effortFor(control.budgetTokens);
  const wanted = control.effort ?? inWords ?? (control.mode === "enabled" ? "medium" : undefined);
  if (control.mode === "disabled" && control.effort === undefined) {
    const lowest =
      target.reasoningEffort === false ? undefined : target.efforts?.find((effort) => effort === "none" || effort === "minimal");
    if (lowest !== "none") approximated(lowest === undefined ? "dropped" : "approximated");
    return { reasoning_effort: lowest };
  }
  if (wanted === undefined) return {};
  if (target.reasoningEffort === false || target.efforts?.length === 0) {
    approximated("dropped");
    return {};
  }
  const taken = target.efforts ? nearestEffort(wanted, target.efforts) : wanted;
  if (taken !== control.effort) approximated(taken ? "approximated" : "dropped");
  return { reasoning_effort: taken };
}

function writeSampling(request: ModelRequest, losses: Losses): JsonObject {
  const own = request.dialect === chatDialect;
  if (request.topK !== undefined && !own) losses.add("sampling_dropped", "top_k", "Q");
  const asksLogprobs = (request.topLogprobs ?? 0) > 0 || request.include?.includes("message.output_text.logprobs");
  return {
    temperature: request.temperature,
    top_p: request.topP,
    top_k: own ? request.topK : undefined,
    n: request.count,
    stop: request.stop,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    logit_bias: request.logitBias,
    logprobs: request.logprobs ?? (asksLogprobs && !own ? true : undefined),
    top_logprobs: request.topLogprobs,
    verbosity: request.verbosity,
  };
}

function writeMeta(request: ModelRequest, losses: Losses): JsonObject {
  const own = request.dialect === chatDialect;
  const user = own && ownFields(request.extra).safety_identifier === request.endUser ? undefined : request.endUser;
  if (own) {
    const { serviceTier, metadata, store, cacheKey, cacheRetention } = request;
    return { service_tier: serviceTier, user, metadata, store, prompt_cache_key: cacheKey, prompt_cache_retention: cacheRetention };
  }
  // Chat Completions takes metadata only for answers that it stores.
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.add("metadata_dropped", "metadata", "M");
  if (request.store) losses.add("state_unsupported", "store", "M");
  const tier = request.serviceTier === "auto" || request.serviceTier === "default" ? undefined : request.serviceTier;
  const known = tier === undefined || request.dialect === "openai-responses";
  if (!known) losses.add("tier_dropped", "service_tier", "Q");
  return {
    service_tier: known ? tier : undefined,
    user: shortUser(user, losses),
    prompt_cache_key: request.cacheKey,
    prompt_cache_retention: request.cacheRetention,
  };
}

/** OpenAI refuses longer ids; coding agents send account and session in one. */
function shortUser(user: string | undefined, losses: Losses): string | undefined {
  if (user === undefined || user.length <= longestUser) return user;
  losses.add("user_hashed", "user", "M", "approximated");
  return createHash("sha256").update(user).digest("hex");
}

function writeStreaming(request: ModelRequest, target: TargetTraits, own: Readonly<JsonObject>): JsonObject {
  if (!request.stream) return { stream: undefined, stream_options: undefined };
  const asks = (target.streamUsage ?? "asked") === "asked";
  const options = { ...objectOf(own.stream_options), ...(asks && { include_usage: true }) };
  return { stream: true, stream_options: Object.keys(options).length > 0 ? options : undefined };
}
