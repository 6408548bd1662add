import { type DialectId, Fault, type FunctionTool, type OpaqueTool } from "../../exchange/index.ts";
import { type Fields, isFields, optional, wordOf } from "../json-fields.ts";

const toolFields = new Set(["type", "function"]);
const functionFields = new Set(["name", "description", "parameters"]);

/** What differs between the dialects that write tools as Chat Completions does. */
export interface ToolForm {
  readonly dialect: DialectId;
  /** The members that are not known, for writing back. */
  rest(native: Fields, known: ReadonlySet<string>): Fields;
  /** Of every tool, where the dialect says it once for all. */
  readonly strict?: boolean | undefined;
}

/** `{type: "function", function: {name, description, parameters}}`, or a tool of another type. @throws Fault `request_malformed` */
export function readFunctionTool(tool: unknown, path: string, { dialect, rest, strict }: ToolForm): FunctionTool | OpaqueTool {
  if (!isFields(tool)) throw malformed(path, "an object");
  if (!isFields(tool.function)) {
    const label = wordOf(tool.type);
    if (label === undefined || label === "function") throw malformed(`${path}.function`, "an object");
    return { type: "opaque", dialect, label, native: tool };
  }
  const { name, description, parameters } = tool.function;
  if (typeof name !== "string" || name === "") throw malformed(`${path}.function.name`, "a string");
  const inner = rest(tool.function, functionFields);
  const outer = rest(tool, toolFields);
  const fields = Object.keys(inner).length === 0 ? outer : { ...outer, function: inner };
  return {
    type: "function",
    name,
    ...(typeof description === "string" && { description }),
    ...(parameters !== undefined && parameters !== null && { schema: parameters }),
    ...optional("strict", strict),
    ...(Object.keys(fields).length > 0 && { extra: { dialect, fields } }),
  };
}

function malformed(param: string, expected: string): Fault {
  return new Fault("request_malformed", { message: `"${param}" must be ${expected}.`, param });
}
