import type { FunctionTool, ModelRequest, Tool, WebSearchTool } from "../../../exchange/index.ts";
import { type Fields, fieldsOf, filled, geminiDialect, isFields, type Native, ownFields, unsupported } from "../fields.ts";
import { generationOf } from "../generation.ts";
import type { WritingRequest } from "./write-parts.ts";

/** All functions in one list where the first of them stood, Google's own tools each by itself. @throws Fault `request_unsupported` */
export function writeTools(request: ModelRequest, writing: WritingRequest): Native[] | undefined {
  const tools: Native[] = [];
  let functions: Native[] | undefined;
  for (const [index, tool] of (request.tools ?? []).entries()) {
    if (tool.type !== "function") {
      tools.push(hostedTool(tool, `tools.${index}`, writing));
      continue;
    }
    if (!functions) {
      functions = [];
      tools.push({ functionDeclarations: functions });
    }
    functions.push(writeFunction(tool, `tools.${index}`, writing));
  }
  return tools.length > 0 || (request.tools && writing.dialect === geminiDialect) ? tools : undefined;
}

/** JSON Schema goes as it is; a schema of Gemini's own goes back in its own form. */
function writeFunction(tool: FunctionTool, path: string, writing: WritingRequest): Native {
  if (tool.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  const own = ownFields(tool.extra);
  const schema = own.parameters === undefined && tool.schema !== undefined ? { parametersJsonSchema: tool.schema } : {};
  return { name: tool.name, ...(tool.description !== undefined && { description: tool.description }), ...schema, ...own };
}

function hostedTool(tool: Exclude<Tool, FunctionTool>, path: string, writing: WritingRequest): Native {
  if (tool.type === "custom") {
    throw unsupported(path, `The tool "${tool.name}" takes free text; the model's provider only has tools that take JSON.`);
  }
  if (tool.dialect === geminiDialect && isFields(tool.native)) return { ...tool.native };
  if (tool.type === "web-search") return webSearch(tool, path, writing);
  throw unsupported(path, `The model's provider has no hosted tool "${tool.label}".`);
}

/** Another dialect's search as Google's: same wish, other engine, other price. It cannot be held to some sites. */
function webSearch(tool: WebSearchTool, path: string, { losses }: WritingRequest): Native {
  losses.add("hosted_tool_approximated", path, "Q", "approximated");
  const native = fieldsOf(tool.native);
  const filters = fieldsOf(native.filters);
  if ([native.allowed_domains, native.blocked_domains, filters.allowed_domains].some((list) => Array.isArray(list) && list.length > 0)) {
    losses.add("search_filter_dropped", path, "S");
  }
  for (const name of ["user_location", "search_context_size", "max_uses"]) {
    if (native[name] !== undefined && native[name] !== null) losses.add("hosted_tool_option_dropped", `${path}.${name}`, "Q");
  }
  return { googleSearch: {} };
}

export function writeToolConfig(request: ModelRequest, writing: WritingRequest): Native | undefined {
  const { functionCallingConfig: ownCalling, ...own } = fieldsOf(ownFields(request.extra).toolConfig);
  const calling = { ...writeChoice(request, writing), ...fieldsOf(ownCalling) };
  return filled({ ...(filled(calling) && { functionCallingConfig: calling }), ...mixedTools(request, writing), ...own });
}

/** Google's own tools beside functions: since Gemini 3, when asked for. */
function mixedTools(request: ModelRequest, { dialect, target }: WritingRequest): Native {
  const kinds = new Set(request.tools?.map((tool) => tool.type === "function"));
  return dialect !== geminiDialect && kinds.size > 1 && generationOf(target.model) >= 3 ? { includeServerSideToolInvocations: true } : {};
}

function writeChoice(request: ModelRequest, writing: WritingRequest): Fields {
  const { losses, dialect } = writing;
  if (request.parallelToolCalls === false && request.tools?.length) losses.add("parallel_control_dropped", "parallel_tool_calls", "Q");
  if (dialect !== geminiDialect && !request.tools?.length) return {};
  const choice = request.toolChoice;
  switch (choice?.mode) {
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [choice.name] };
    case "subset":
      return { mode: choice.required ? "ANY" : "VALIDATED", allowedFunctionNames: [...choice.names] };
    case "opaque":
      losses.add("tool_choice_approximated", "tool_choice", "S");
      return {};
    default:
      return isStrict(request) ? { mode: "VALIDATED" } : choice ? { mode: "AUTO" } : {};
  }
}

/** Gemini holds calls to their schemas in this mode; it knows no such wish for a single function. */
function isStrict(request: ModelRequest): boolean {
  return request.tools?.some((tool) => tool.type === "function" && tool.strict === true) ?? false;
}
