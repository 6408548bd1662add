import type { FunctionTool, ModelRequest, Tool, WebSearchTool } from "../../exchange/index.ts";
import { choosable } from "../conversation/left-out.ts";
import { writeMark } from "./cache-marks.ts";
import { type Block, type Fields, isFields, ownFields, unsupported } from "./fields.ts";
import type { WritingRequest } from "./write-blocks.ts";

export interface WrittenTools {
  readonly tools?: Block[];
  readonly choice?: Block;
}

/** @throws Fault `request_unsupported` */
export function writeTools(request: ModelRequest, writing: WritingRequest): WrittenTools {
  const tools = chosenTools(request, writing)?.map((tool, index) => writeTool(tool, `tools.${index}`, writing));
  if (!tools || tools.length === 0) return tools && writing.dialect === "anthropic-messages" ? { tools } : {};
  const choice = writeChoice(request, writing);
  return { tools, ...(choice && { choice }) };
}

/** Anthropic cannot be told to choose among some of the tools: the others are left out. */
function chosenTools(request: ModelRequest, writing: WritingRequest): readonly Tool[] | undefined {
  if (request.toolChoice?.mode !== "subset" || !request.tools) return request.tools;
  writing.losses.add("tool_choice_approximated", "tool_choice", "Q", "approximated");
  return choosable(request, writing.losses).map(({ tool }) => tool);
}

function writeTool(tool: Tool, path: string, writing: WritingRequest): Block {
  switch (tool.type) {
    case "function":
      return writeFunction(tool, path, writing);
    case "web-search":
      return tool.dialect === "anthropic-messages" && isFields(tool.native) ? { ...tool.native } : webSearch(tool, path, writing);
    case "custom":
      throw unsupported(path, `The tool "${tool.name}" takes free text; the model's provider only has tools that take JSON.`);
    case "opaque":
      if (tool.dialect === "anthropic-messages" && isFields(tool.native)) return { ...tool.native };
      throw unsupported(path, `The model's provider has no hosted tool "${tool.label}".`);
  }
}

function writeFunction(tool: FunctionTool, path: string, writing: WritingRequest): Block {
  const strict = tool.strict === true || (tool.strict === false && writing.dialect === "anthropic-messages") ? tool.strict : undefined;
  const dropped = strict === true && writing.target.jsonSchema === false;
  if (dropped) writing.losses.add("strict_dropped", `${path}.strict`, "S");
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: objectSchema(tool.schema),
    ...(strict !== undefined && !dropped && { strict }),
    ...writeMark(tool.cache, path, writing.losses),
    ...ownFields(tool.extra),
  };
}

/** Anthropic wants the type said; parameters of a function are an object anyway. */
function objectSchema(schema: unknown): unknown {
  if (!isFields(schema)) return { type: "object", properties: {} };
  return schema.type === undefined ? { type: "object", ...schema } : schema;
}

/** The search of the OpenAI dialects as Anthropic's: same wish, other engine, other price. */
function webSearch(tool: WebSearchTool, path: string, writing: WritingRequest): Block {
  writing.losses.add("hosted_tool_approximated", path, "Q", "approximated");
  const native = isFields(tool.native) ? tool.native : {};
  const filters = isFields(native.filters) ? native.filters : {};
  const location = userLocation(native.user_location);
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(Array.isArray(filters.allowed_domains) && { allowed_domains: filters.allowed_domains }),
    ...(location && { user_location: location }),
  };
}

function userLocation(native: unknown): Block | undefined {
  if (!isFields(native)) return undefined;
  const place: Fields = isFields(native.approximate) ? native.approximate : native;
  const location: Block = { type: "approximate" };
  for (const name of ["city", "region", "country", "timezone"]) {
    if (typeof place[name] === "string" && place[name] !== "") location[name] = place[name];
  }
  return location;
}

function writeChoice(request: ModelRequest, writing: WritingRequest): Block | undefined {
  const single = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const choice = request.toolChoice;
  switch (choice?.mode) {
    case undefined:
      return request.parallelToolCalls === false ? { type: "auto", ...single } : undefined;
    case "auto":
      return { type: "auto", ...single };
    case "none":
      return { type: "none" };
    case "required":
      return { type: "any", ...single };
    case "tool":
      return { type: "tool", name: choice.name, ...single };
    case "subset":
      return { type: choice.required ? "any" : "auto", ...single };
    case "opaque":
      if (choice.dialect === "anthropic-messages" && isFields(choice.native)) return { ...choice.native };
      writing.losses.add("tool_choice_approximated", "tool_choice", "S");
      return request.parallelToolCalls === false ? { type: "auto", ...single } : undefined;
  }
}
