import type { Losses, Tool, ToolChoice } from "../../exchange/index.ts";
import {
  compact,
  extraOf,
  isWire,
  listOf,
  malformed,
  ownFields,
  responsesDialect,
  textOf,
  unsupported,
  type Wire,
  wireOf,
} from "./wire.ts";

const functionMembers = new Set(["type", "name", "description", "parameters", "strict"]);
const customMembers = new Set(["type", "name", "description", "format"]);
const webSearchNames = /^web_search(_preview)?(_\d{4}_\d{2}_\d{2})?$/;

/** @throws Fault `request_malformed` */
export function readTool(value: unknown, index: number): Tool {
  if (!isWire(value) || typeof value.type !== "string") throw malformed(`tools[${index}]`, "a tool with a type");
  if (value.type === "function") {
    const name = textOf(value.name);
    if (name === undefined) throw malformed(`tools[${index}].name`, "a string");
    const description = textOf(value.description);
    const extra = extraOf(value, functionMembers);
    return {
      type: "function",
      name,
      ...(description !== undefined && { description }),
      ...(isWire(value.parameters) && { schema: value.parameters }),
      ...(typeof value.strict === "boolean" && { strict: value.strict }),
      ...(extra && { extra }),
    };
  }
  if (value.type === "custom" && typeof value.name === "string" && !extraOf(value, customMembers)) {
    const description = textOf(value.description);
    return {
      type: "custom",
      name: value.name,
      ...(description !== undefined && { description }),
      ...(isWire(value.format) && { format: value.format }),
    };
  }
  if (webSearchNames.test(value.type)) return { type: "web-search", dialect: responsesDialect, native: value };
  return { type: "opaque", dialect: responsesDialect, label: value.type, native: value };
}

/**
 * @param foreign the tool comes from another dialect, where a tool that does not say `strict` is not strict; here it
 * would be tried, so it is said.
 * @throws Fault `request_unsupported`
 */
export function writeTool(tool: Tool, path: string, foreign: boolean, losses: Losses): Wire {
  switch (tool.type) {
    case "function": {
      const strict = tool.strict ?? (foreign ? false : undefined);
      const parameters = tool.schema ?? (foreign ? { type: "object", properties: {} } : undefined);
      if (tool.cache) losses.add("cache_hint_dropped", path, "Q");
      const { name, description } = tool;
      return compact({ type: "function", name, description, parameters, strict, ...ownFields(tool.extra) });
    }
    case "custom":
      return compact({ type: "custom", name: tool.name, description: tool.description, format: flatFormat(tool.format) });
    case "web-search":
      return tool.dialect === responsesDialect ? wireOf(tool.native) : webSearch(wireOf(tool.native), path, losses);
    case "opaque":
      if (tool.dialect === responsesDialect) return wireOf(tool.native);
      throw unsupported(path, `The tool "${tool.label}" runs only at a provider that speaks ${tool.dialect} (hosted_tool_unsupported).`);
  }
}

/** Chat nests the grammar one level deeper. */
function flatFormat(format: unknown): unknown {
  return isWire(format) && isWire(format.grammar) ? { type: "grammar", ...format.grammar } : format;
}

/** Another dialect's web search, as far as this one can say it. */
function webSearch(native: Wire, path: string, losses: Losses): Wire {
  const options = wireOf(native.web_search_options ?? native);
  if (options.max_uses !== undefined) losses.add("hosted_tool_option_dropped", `${path}.max_uses`, "Q");
  if (listOf(options.blocked_domains).length > 0) losses.add("hosted_tool_option_dropped", `${path}.blocked_domains`, "S");
  const place = wireOf(options.user_location);
  const allowed = listOf(options.allowed_domains);
  return compact({
    type: "web_search",
    filters: allowed.length > 0 ? { allowed_domains: allowed } : undefined,
    search_context_size: options.search_context_size,
    user_location: isWire(place.approximate)
      ? { type: "approximate", ...place.approximate }
      : isWire(options.user_location)
        ? place
        : undefined,
  });
}

export function readToolChoice(value: unknown): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "auto" || value === "none" || value === "required") return { mode: value };
  if (!isWire(value)) throw malformed("tool_choice", '"auto", "none", "required" or an object');
  if ((value.type === "function" || value.type === "custom") && typeof value.name === "string") return { mode: "tool", name: value.name };
  if (value.type === "allowed_tools") {
    const names: string[] = [];
    for (const tool of listOf(value.tools)) {
      if (isWire(tool) && (tool.type === "function" || tool.type === "custom") && typeof tool.name === "string") names.push(tool.name);
      else return { mode: "opaque", dialect: responsesDialect, native: value };
    }
    return { mode: "subset", names, required: value.mode === "required" };
  }
  return { mode: "opaque", dialect: responsesDialect, native: value };
}

/** @throws Fault `request_unsupported` */
export function writeToolChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  switch (choice.mode) {
    case "auto":
    case "none":
    case "required":
      return choice.mode;
    case "tool":
      return nameTool(choice.name, tools);
    case "subset":
      return {
        type: "allowed_tools",
        mode: choice.required ? "required" : "auto",
        tools: choice.names.map((name) => nameTool(name, tools)),
      };
    case "opaque":
      if (choice.dialect === responsesDialect) return choice.native;
      throw unsupported("tool_choice", "This tool choice is known only to the caller's own dialect (tool_choice_unsupported).");
  }
}

function nameTool(name: string, tools: readonly Tool[]): Wire {
  const custom = tools.some((tool) => tool.type === "custom" && tool.name === name);
  return { type: custom ? "custom" : "function", name };
}
