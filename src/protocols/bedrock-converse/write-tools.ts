import type { FunctionTool, Item, ModelRequest, Tool } from "../../exchange/index.ts";
import { choosable, reportWithheld } from "../conversation/left-out.ts";
import { writeCachePoint } from "./cache-points.ts";
import { type Block, isFields, ownFields, unsupported } from "./fields.ts";
import { webSearchName } from "./read-tools.ts";
import type { WritingRequest } from "./write-blocks.ts";

export interface WrittenTools {
  readonly tools: Block[];
  readonly choice?: Block;
  /** Converse has no word for "no tool": where the history holds calls, the tools stay and the model is told so. */
  readonly instruction?: string;
}

/** @throws Fault `request_unsupported` */
export function writeTools(request: ModelRequest, writing: WritingRequest): WrittenTools {
  const tools: Block[] = [];
  const forbidden = request.toolChoice?.mode === "none";
  const called = calledNames(request.items);
  const withheld = forbidden && called.length === 0;
  if (withheld) reportWithheld(request, writing.losses);
  for (const [index, tool] of withheld ? [] : chosenTools(request, writing).entries()) {
    const path = `tools.${index}`;
    tools.push(writeTool(tool, path, writing));
    if (tool.type === "function" && tool.cache) tools.push(writeCachePoint(tool.cache, path, writing.losses));
  }
  if (tools.length === 0 && called.length > 0) {
    // Bedrock refuses calls in the history of a request that names no tools.
    if (!writing.own) writing.losses.add("tools_added", "tools", "Q", "emulated");
    for (const name of writing.own ? [] : called) tools.push({ toolSpec: { name, inputSchema: { json: { type: "object" } } } });
  }
  if (forbidden) return writeForbidden(tools, writing);
  const choice = tools.length > 0 ? writeChoice(request, writing) : undefined;
  return { tools, ...(choice && { choice }) };
}

function writeForbidden(tools: Block[], writing: WritingRequest): WrittenTools {
  if (tools.length === 0) return { tools };
  writing.losses.add("tool_choice_approximated", "tool_choice", "S", "emulated");
  return { tools, instruction: "Answer in words, without calling a tool." };
}

/** Names of the calls in the history, in the order in which they were first made. */
function calledNames(items: readonly Item[]): string[] {
  return [...new Set(items.flatMap((item) => (item.type === "call" ? [item.name] : [])))];
}

/** Bedrock cannot be told to choose among some of the tools: the others are left out. */
function chosenTools(request: ModelRequest, writing: WritingRequest): readonly Tool[] {
  if (request.toolChoice?.mode !== "subset") return request.tools ?? [];
  writing.losses.add("tool_choice_approximated", "tool_choice", "Q", "approximated");
  return choosable(request, writing.losses).map(({ tool }) => tool);
}

function writeTool(tool: Tool, path: string, writing: WritingRequest): Block {
  switch (tool.type) {
    case "function":
      return writeFunction(tool, path, writing);
    case "web-search":
      if (tool.dialect === "bedrock-converse" && isFields(tool.native)) return { ...tool.native };
      if (writing.family !== "nova") throw unsupported(path, "The model's provider has no search of the web for this model.");
      writing.losses.add("hosted_tool_approximated", path, "Q", "approximated");
      return { systemTool: { name: webSearchName } };
    case "custom":
      throw unsupported(path, `The tool "${tool.name}" takes free text; the model's provider only has tools that take JSON.`);
    case "opaque":
      if (tool.dialect === "bedrock-converse" && isFields(tool.native)) return { ...tool.native };
      throw unsupported(path, `The model's provider has no hosted tool "${tool.label}".`);
  }
}

function writeFunction(tool: FunctionTool, path: string, writing: WritingRequest): Block {
  const strict = tool.strict === true || (tool.strict === false && writing.own) ? tool.strict : undefined;
  const dropped = strict === true && writing.target.jsonSchema === false;
  if (dropped) writing.losses.add("strict_dropped", `${path}.strict`, "S");
  return {
    toolSpec: {
      name: tool.name,
      // Bedrock refuses a description that says nothing.
      ...(tool.description && { description: tool.description }),
      inputSchema: { json: writing.own ? tool.schema : objectSchema(tool.schema) },
      ...(strict !== undefined && !dropped && { strict }),
      ...ownFields(tool.extra),
    },
  };
}

/** Bedrock wants the type said; parameters of a function are an object anyway. */
function objectSchema(schema: unknown): unknown {
  if (!isFields(schema)) return { type: "object", properties: {} };
  return schema.type === undefined ? { type: "object", ...schema } : schema;
}

function writeChoice(request: ModelRequest, writing: WritingRequest): Block | undefined {
  const choice = request.toolChoice;
  switch (choice?.mode) {
    case "auto":
      return { auto: {} };
    case "required":
      return { any: {} };
    case "tool":
      return { tool: { name: choice.name } };
    case "subset":
      return choice.required ? { any: {} } : { auto: {} };
    case "opaque":
      if (choice.dialect === "bedrock-converse" && isFields(choice.native)) return { ...choice.native };
      writing.losses.add("tool_choice_approximated", "tool_choice", "S");
      return undefined;
    default:
      return undefined;
  }
}
