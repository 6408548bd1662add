import type { Effort, FunctionTool, ModelRequest, Tool } from "../../../exchange/index.ts";
import { effortFor, nearestEffort } from "../../conversation/efforts.ts";
import { fieldsOf, interactionsDialect, isFields, type Native, optional, ownFields, unsupported } from "../fields.ts";
import type { WritingRequest } from "./write-steps.ts";

const maxStops = 5;
const levels: readonly Effort[] = ["minimal", "low", "medium", "high"];

/** `generation_config`, members in a fixed order. */
export function writeConfig(request: ModelRequest, writing: WritingRequest): Native {
  const choice = writeChoice(request, writing);
  return {
    ...optional("temperature", clamped(request.temperature, writing)),
    ...optional("top_p", request.topP),
    ...optional("max_output_tokens", limitOf(request, writing)),
    ...writeStops(request, writing),
    ...optional("seed", request.seed),
    ...writeThinking(request, writing),
    ...(choice !== undefined && { tool_choice: choice }),
    ...fieldsOf(ownFields(request.extra).generation_config),
  };
}

function clamped(temperature: number | undefined, { dialect, losses }: WritingRequest): number | undefined {
  if (temperature === undefined || temperature <= 2 || dialect === interactionsDialect) return temperature;
  losses.add("sampling_clamped", "temperature", "Q", "approximated");
  return 2;
}

function limitOf({ maxOutputTokens: asked }: ModelRequest, { target, losses, dialect }: WritingRequest): number | undefined {
  const ceiling = target.maxOutputTokens;
  if (asked === undefined || ceiling === undefined || asked <= ceiling || dialect === interactionsDialect) return asked;
  losses.add("max_tokens_clamped", "max_tokens", "Q", "approximated");
  return ceiling;
}

function writeStops({ stop = [] }: ModelRequest, { dialect, losses }: WritingRequest): Native {
  if (stop.length === 0) return {};
  if (stop.length > maxStops && dialect !== interactionsDialect) losses.add("sampling_dropped", "stop", "S");
  return { stop_sequences: dialect === interactionsDialect ? [...stop] : stop.slice(0, maxStops) };
}

/** Levels only; budgets become the nearest. */
function writeThinking({ reasoning: wish, dialect }: ModelRequest, { target, losses }: WritingRequest): Native {
  if (!wish) return {};
  const { effort, summary, budgetTokens, mode } = wish;
  if (dialect === interactionsDialect) return { ...optional("thinking_level", effort), ...optional("thinking_summaries", summary) };
  const amount = effort ?? (budgetTokens === undefined ? undefined : effortFor(budgetTokens));
  const wanted = mode === "disabled" ? "none" : (amount ?? (mode === "enabled" ? "medium" : undefined));
  const taken = (target.efforts ?? levels).filter((level) => levels.includes(level));
  const level = wanted === undefined ? undefined : nearestEffort(wanted, taken);
  if (wanted !== undefined && (level !== wanted || budgetTokens !== undefined)) {
    losses.add("reasoning_control_approximated", "reasoning", "Q", level ? "approximated" : "dropped");
  }
  const shown = summary === undefined ? mode === "enabled" || mode === "adaptive" : !["omitted", "none"].includes(summary);
  return { ...optional("thinking_level", level), ...(shown && { thinking_summaries: "auto" }) };
}

function writeChoice(request: ModelRequest, { losses, dialect }: WritingRequest): unknown {
  const { toolChoice: choice, tools = [] } = request;
  if (request.parallelToolCalls === false && tools.length > 0) losses.add("parallel_control_dropped", "parallel_tool_calls", "Q");
  if (dialect !== interactionsDialect && tools.length === 0) return undefined;
  switch (choice?.mode) {
    case "none":
      return "none";
    case "required":
      return "any";
    case "tool":
      return { allowed_tools: { mode: "any", tools: [choice.name] } };
    case "subset":
      return { allowed_tools: { mode: choice.required ? "any" : "auto", tools: [...choice.names] } };
    case "opaque":
      losses.add("tool_choice_approximated", "tool_choice", "S");
      return undefined;
    default:
      // Google holds calls to their schemas in this mode; it knows no such wish for a single function.
      if (tools.some((tool) => tool.type === "function" && tool.strict === true)) return "validated";
      return choice ? "auto" : undefined;
  }
}

/** @throws Fault `request_unsupported` */
export function writeTools({ tools }: ModelRequest, writing: WritingRequest): Native[] | undefined {
  return tools && tools.length > 0 ? tools.map((tool, index) => writeTool(tool, `tools.${index}`, writing)) : undefined;
}

function writeTool(tool: Tool, path: string, writing: WritingRequest): Native {
  if (tool.type === "function") return writeFunction(tool, path, writing);
  if (tool.type === "custom") throw unsupported(path, `The tool "${tool.name}" takes free text; this provider's tools take JSON.`);
  if (tool.dialect === interactionsDialect && isFields(tool.native)) return { ...tool.native };
  if (tool.type === "opaque") throw unsupported(path, `The model's provider has no hosted tool "${tool.label}".`);
  const { losses } = writing;
  losses.add("hosted_tool_approximated", path, "Q", "approximated");
  const native = fieldsOf(tool.native);
  const filters = [native.allowed_domains, native.blocked_domains, fieldsOf(native.filters).allowed_domains];
  if (filters.some((list) => Array.isArray(list) && list.length > 0)) losses.add("search_filter_dropped", path, "S");
  for (const name of ["user_location", "search_context_size", "max_uses"]) {
    if (native[name] !== undefined && native[name] !== null) losses.add("hosted_tool_option_dropped", `${path}.${name}`, "Q");
  }
  return { type: "google_search" };
}

function writeFunction(tool: FunctionTool, path: string, { losses }: WritingRequest): Native {
  if (tool.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  return {
    type: "function",
    name: tool.name,
    ...optional("description", tool.description),
    ...(tool.schema !== undefined && { parameters: tool.schema }),
    ...ownFields(tool.extra),
  };
}

export function writeFormat({ output, dialect }: ModelRequest, { target, losses }: WritingRequest): Native | undefined {
  switch (output?.type) {
    case undefined:
      return undefined;
    case "text":
      return dialect === interactionsDialect ? { type: "text", mime_type: "text/plain" } : undefined;
    case "json":
      return { type: "text", mime_type: "application/json" };
    case "json-schema":
      if (output.description !== undefined) losses.add("field_dropped", "response_format.description", "M");
      if (target.jsonSchema === false) losses.add("schema_keyword_dropped", "response_format", "S");
      return { type: "text", mime_type: "application/json", ...(target.jsonSchema !== false && { schema: output.schema }) };
  }
}
