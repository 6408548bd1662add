import type { FunctionTool, Losses, ModelRequest, Tool, ToolChoice } from "../../exchange/index.ts";
import { choosable } from "../conversation/left-out.ts";
import { unsupported } from "../json-fields.ts";
import { cohereDialect, type Fields, fieldsOf, ownFields } from "./fields.ts";

/** The tools, how they may be chosen, and how strictly their schemas hold. @throws Fault `request_unsupported` */
export function writeTools(request: ModelRequest, losses: Losses): Fields {
  const own = request.dialect === cohereDialect;
  const choice = writeChoice(request.toolChoice, losses);
  const chosen = choosable(request, losses);
  const tools = chosen.map(({ tool, path }) => writeTool(tool, path, losses));
  if (tools.length === 0) return own && choice !== undefined ? { tool_choice: choice } : {};
  const strict = writeStrict(
    chosen.map(({ tool }) => tool),
    own,
    losses,
  );
  return { tools, ...(choice !== undefined && { tool_choice: choice }), ...(strict !== undefined && { strict_tools: strict }) };
}

function writeChoice(choice: ToolChoice | undefined, losses: Losses): unknown {
  switch (choice?.mode) {
    case undefined:
    case "auto":
      return undefined;
    case "none":
      return "NONE";
    case "required":
      return "REQUIRED";
    case "tool":
      losses.add("tool_choice_approximated", "tool_choice", "Q", "approximated");
      return "REQUIRED";
    case "subset":
      losses.add("tool_choice_approximated", "tool_choice", "Q", "approximated");
      return choice.required ? "REQUIRED" : undefined;
    case "opaque":
      if (choice.dialect === cohereDialect) return choice.native;
      losses.add("tool_choice_approximated", "tool_choice", "S");
      return undefined;
  }
}

/** One word for all tools: where only some are strict it cannot be said. */
function writeStrict(tools: readonly Tool[], own: boolean, losses: Losses): boolean | undefined {
  const functions = tools.filter((tool): tool is FunctionTool => tool.type === "function");
  if (functions.length > 0 && functions.every((tool) => tool.strict === true)) return true;
  if (own) return functions.find((tool) => tool.strict !== undefined)?.strict;
  if (functions.some((tool) => tool.strict === true)) losses.add("strict_dropped", "tools", "S");
  return undefined;
}

function writeTool(tool: Tool, path: string, losses: Losses): Fields {
  if (tool.type === "opaque" && tool.dialect === cohereDialect) return tool.native as Fields;
  if (tool.type === "custom") {
    throw unsupported(path, `The tool "${tool.name}" takes free text; the model's provider only has tools that take JSON.`);
  }
  if (tool.type !== "function") {
    const label = tool.type === "opaque" ? tool.label : "web_search";
    throw unsupported(path, `The model's provider has no hosted tool "${label}".`);
  }
  if (tool.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  const { function: inner, ...outer } = ownFields(tool.extra);
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      parameters: tool.schema ?? { type: "object", properties: {} },
      ...fieldsOf(inner),
    },
    ...outer,
  };
}
