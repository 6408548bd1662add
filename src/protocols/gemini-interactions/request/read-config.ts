import {
  efforts,
  type FunctionTool,
  type OutputFormat,
  type ReasoningControl,
  type Tool,
  type ToolChoice,
} from "../../../exchange/index.ts";
import {
  type Fields,
  fieldsOf,
  interactionsDialect,
  isFields,
  listOf,
  malformed,
  type Native,
  optional,
  restOf,
  riding,
  textOf,
} from "../fields.ts";

const functionMembers = new Set(["type", "name", "description", "parameters"]);

/** @throws Fault `request_malformed` */
export function readTools(tools: readonly unknown[]): Tool[] {
  return tools.map((tool, index): Tool => {
    const path = `tools[${index}]`;
    if (!isFields(tool)) throw malformed(path, "must be an object");
    if (tool.type === "function") return readFunction(tool, path);
    if (tool.type === "google_search") return { type: "web-search", dialect: interactionsDialect, native: tool };
    if (typeof tool.type !== "string") throw malformed(`${path}.type`, "is required");
    return { type: "opaque", dialect: interactionsDialect, label: tool.type, native: tool };
  });
}

function readFunction(native: Fields, path: string): FunctionTool {
  const { name, parameters } = native;
  if (typeof name !== "string" || name === "") throw malformed(`${path}.name`, "must be a name");
  return {
    type: "function",
    name,
    ...optional("description", textOf(native.description)),
    ...(parameters !== undefined && parameters !== null && { schema: parameters }),
    ...riding(restOf(native, functionMembers)),
  };
}

/** `rest`: values that only this dialect can take back. */
export function readChoice(native: unknown): { readonly choice?: ToolChoice; readonly rest: Native } {
  const allowed = fieldsOf(fieldsOf(native).allowed_tools);
  const mode = textOf(native) ?? textOf(allowed.mode);
  const names = listOf(allowed.tools).filter((name) => typeof name === "string");
  if (names.length > 0) {
    const [only] = names;
    const must = mode === "any";
    return {
      choice: must && names.length === 1 ? { mode: "tool", name: only as string } : { mode: "subset", names, required: must },
      rest: {},
    };
  }
  if (mode === "none" || mode === "auto") return { choice: { mode }, rest: {} };
  if (mode === "any") return { choice: { mode: "required" }, rest: {} };
  // The other dialects know no mode for `validated`: they may call or not, as in auto.
  if (mode === "validated") return { choice: { mode: "auto" }, rest: { tool_choice: native } };
  return { rest: native === undefined || native === null ? {} : { tool_choice: native } };
}

export function readThinking(config: Fields): { readonly reasoning?: ReasoningControl; readonly rest: Native } {
  const { thinking_level: level, thinking_summaries: summaries } = config;
  const effort = efforts.find((name) => name === level);
  const summary = textOf(summaries);
  const rest = effort === undefined && level !== undefined && level !== null ? { thinking_level: level } : {};
  if (effort === undefined && summary === undefined) return { rest };
  return { reasoning: { ...optional("effort", effort), ...optional("summary", summary) }, rest };
}

/** One text format, with a schema or without; several, and those of other modalities, mean something here only. */
export function readFormat(native: Fields): { readonly output?: OutputFormat; readonly rest: Native } {
  const given = native.response_format;
  const type = textOf(native.response_mime_type);
  const kept = { ...(given != null && { response_format: given }), ...(type !== undefined && { response_mime_type: type }) };
  const formats = isFields(given) ? [given] : listOf(given).filter(isFields);
  const [format] = formats;
  if (formats.length > 1) {
    // The other dialects hold the words to their schema; pictures and sound beside them have settings here only.
    const words = formats.filter(({ type: kind }) => kind === "text");
    return { ...(words.length === 1 && optional("output", readFormat({ response_format: words[0] }).output)), rest: kept };
  }
  if (format === undefined) return type === "application/json" ? { output: { type: "json" }, rest: {} } : { rest: kept };
  // Older clients give the schema itself, and its type beside it.
  const bare = format.type !== "text" && type === "application/json";
  if (format.type !== "text" && !bare) return { rest: kept };
  const schema = bare ? format : format.schema;
  if (schema !== undefined && schema !== null) return { output: { type: "json-schema", name: "response", schema }, rest: {} };
  return format.mime_type === "application/json" ? { output: { type: "json" }, rest: {} } : { output: { type: "text" }, rest: {} };
}
