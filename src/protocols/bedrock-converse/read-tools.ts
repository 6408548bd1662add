import type { FunctionTool, Tool, ToolChoice } from "../../exchange/index.ts";
import { extraOf, type Fields, fieldsOf, isFields, malformed, optional, restOf, textOf } from "./fields.ts";
import { kindOf, readCachePoint } from "./read-blocks.ts";

/** The one tool of Bedrock's own that searches the web. */
export const webSearchName = "nova_grounding";

/** `toolConfig.tools`. @throws Fault `request_malformed` */
export function readTools(config: Fields): Tool[] | undefined {
  if (config.tools === undefined || config.tools === null) return undefined;
  if (!Array.isArray(config.tools)) throw malformed("toolConfig.tools", "must be a list");
  const tools: Tool[] = [];
  for (const [index, tool] of config.tools.entries()) {
    const path = `toolConfig.tools.${index}`;
    if (!isFields(tool)) throw malformed(path, "must be an object");
    if (isFields(tool.cachePoint)) markLast(tools, tool.cachePoint);
    else if (isFields(tool.toolSpec)) tools.push(readFunction(tool.toolSpec, `${path}.toolSpec`));
    else tools.push(readOwnTool(tool));
  }
  return tools;
}

function markLast(tools: Tool[], point: Fields): void {
  const index = tools.findLastIndex((tool) => tool.type === "function");
  if (index >= 0) tools[index] = { ...(tools[index] as FunctionTool), cache: readCachePoint(point) };
}

function readFunction(native: Fields, path: string): FunctionTool {
  const name = textOf(native.name);
  if (name === undefined) throw malformed(`${path}.name`, "is required");
  return {
    type: "function",
    name,
    ...optional("description", textOf(native.description)),
    ...optional("schema", fieldsOf(native.inputSchema).json),
    ...optional("strict", typeof native.strict === "boolean" ? native.strict : undefined),
    ...extraOf(restOf(native, ["name", "description", "inputSchema", "strict"])),
  };
}

function readOwnTool(native: Fields): Tool {
  const name = textOf(fieldsOf(native.systemTool).name);
  if (name === webSearchName) return { type: "web-search", dialect: "bedrock-converse", native };
  return { type: "opaque", dialect: "bedrock-converse", label: name ?? kindOf(native), native };
}

export function readToolChoice(native: unknown): ToolChoice | undefined {
  if (!isFields(native)) return undefined;
  if (isFields(native.auto)) return { mode: "auto" };
  if (isFields(native.any)) return { mode: "required" };
  const name = textOf(fieldsOf(native.tool).name);
  return name === undefined ? { mode: "opaque", dialect: "bedrock-converse", native } : { mode: "tool", name };
}
