import type { FunctionTool, Tool, ToolChoice } from "../../../exchange/index.ts";
import {
  camelFields,
  extraOf,
  type Fields,
  fieldsOf,
  geminiDialect,
  isFields,
  listOf,
  malformed,
  optional,
  plainFields,
  restOf,
  textOf,
} from "../fields.ts";
import { jsonSchema } from "./schema.ts";

const declarationMembers = new Set(["name", "description", "parametersJsonSchema"]);
const callingMembers = new Set(["mode", "allowedFunctionNames"]);

/** Each function, and each of the tools that Google runs itself, is a tool of its own. @throws Fault `request_malformed` */
export function readTools(native: unknown): Tool[] | undefined {
  if (native === undefined) return undefined;
  return listOf(native).flatMap((given, index): Tool[] => {
    if (!isFields(given)) throw malformed(`tools[${index}]`, "must be an object");
    return Object.entries(plainFields(given, `tools[${index}]`)).flatMap(([label, tool]): Tool[] => {
      if (label === "functionDeclarations")
        return listOf(tool).map((one, at) => readFunction(one, `tools[${index}].functionDeclarations[${at}]`));
      if (label === "googleSearch") return [{ type: "web-search", dialect: geminiDialect, native: { googleSearch: tool } }];
      return [{ type: "opaque", dialect: geminiDialect, label, native: { [label]: tool } }];
    });
  });
}

/** `parameters` are schemas of Gemini's own; the same dialect gets them back as they were. */
function readFunction(given: unknown, path: string): FunctionTool {
  if (!isFields(given)) throw malformed(path, "must be an object");
  const native = camelFields(given);
  const name = textOf(native.name);
  if (name === undefined) throw malformed(`${path}.name`, "is required");
  const schema = native.parametersJsonSchema ?? (native.parameters === undefined ? undefined : jsonSchema(native.parameters));
  return {
    type: "function",
    name,
    ...optional("description", textOf(native.description)),
    ...optional("schema", schema),
    ...extraOf(native, declarationMembers),
  };
}

/** For those who send enums as numbers. */
const numberedModes: readonly (string | undefined)[] = [undefined, "AUTO", "ANY", "NONE"];

export interface ReadChoice {
  readonly choice?: ToolChoice;
  /** What only the same dialect can take back. */
  readonly rest: Fields;
}

export function readToolConfig(given: unknown): ReadChoice {
  const native = plainFields(fieldsOf(given), "toolConfig");
  const { functionCallingConfig, ...rest } = native;
  const calling = plainFields(fieldsOf(functionCallingConfig), "toolConfig.functionCallingConfig");
  const names = listOf(calling.allowedFunctionNames).filter((name) => typeof name === "string");
  const mode = typeof calling.mode === "number" ? numberedModes[calling.mode] : textOf(calling.mode)?.toUpperCase();
  const inner = restOf(calling, callingMembers);
  // The other dialects know no mode for it: they may call or not, as in AUTO.
  const kept = mode === "VALIDATED" && names.length === 0 ? { ...inner, mode } : inner;
  const choice = choiceOf(mode, names);
  return { ...(choice && { choice }), rest: { ...rest, ...(Object.keys(kept).length > 0 && { functionCallingConfig: kept }) } };
}

function choiceOf(mode: string | undefined, names: readonly string[]): ToolChoice | undefined {
  switch (mode) {
    case "NONE":
      return { mode: "none" };
    case "ANY":
      if (names.length === 0) return { mode: "required" };
      return names.length === 1 ? { mode: "tool", name: names[0] as string } : { mode: "subset", names, required: true };
    case "AUTO":
    case "VALIDATED":
      return names.length === 0 ? { mode: "auto" } : { mode: "subset", names, required: false };
    default:
      return undefined;
  }
}
