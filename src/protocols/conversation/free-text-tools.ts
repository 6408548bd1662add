import { type CustomTool, type FunctionTool, type Item, type Losses, parseJson } from "../../exchange/index.ts";
import { fieldsOf, isFields, textOf } from "../json-fields.ts";

const parameter = "input";

/** A tool that takes free text, as a function with one text. A grammar goes along in words, which nothing enforces. */
export function asFunction({ name, description, format }: CustomTool, path: string, losses: Losses): FunctionTool {
  const form = fieldsOf(format);
  const grammar = isFields(form.grammar) ? form.grammar : form;
  const definition = textOf(grammar.definition);
  losses.add("free_text_tool_emulated", path, definition === undefined ? "Q" : "S", "emulated");
  const rule = definition === undefined ? "" : `\n\nIt must match this grammar (${textOf(grammar.syntax) ?? "lark"}):\n${definition}`;
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    schema: {
      type: "object",
      properties: { [parameter]: { type: "string", description: `The whole input of the tool, as plain text.${rule}` } },
      required: [parameter],
      additionalProperties: false,
    },
  };
}

/** A call of the history as the model would have made it; its result says nothing of free text. */
export function asJson(item: Item): Item {
  if (item.type === "call" && item.custom) {
    const { custom: _custom, arguments: text, ...call } = item;
    return { ...call, arguments: JSON.stringify({ [parameter]: text }) };
  }
  if (item.type === "result" && item.custom) {
    const { custom: _custom, ...result } = item;
    return result;
  }
  return item;
}

/** The text in the arguments of such a function; whatever else a model wrote there stays as it is. */
export function freeText(json: string): string {
  try {
    const value: unknown = parseJson(json);
    return textOf(fieldsOf(value)[parameter]) ?? json;
  } catch {
    return json;
  }
}
