import { createHash } from "node:crypto";
import type { CallItem, CustomTool, Extra, FunctionTool, Item, Losses, Tool } from "../../exchange/index.ts";
import { fieldsOf, keptBy, listOf, textOf } from "../json-fields.ts";
import { readTool } from "../openai-responses/tools.ts";

/** What every provider takes as a name. */
const longestName = 64;

/** A tool under a plain name, and what its caller calls it. */
export interface FlatTool {
  readonly tool: Tool;
  readonly name: string;
  readonly namespace: string | undefined;
}

/**
 * The tools of Responses for dialects without namespaces: each tool of one stands by itself, under both names. A search of OpenAI's
 * own index, without access to the web, is nobody else's, and searching the web in its place is what the caller forbade: it goes.
 */
export function flatTools(tools: readonly Tool[], losses?: Losses): FlatTool[] {
  return tools.flatMap((tool, index): FlatTool[] => {
    if (tool.type === "web-search" && fieldsOf(tool.native).external_web_access === false) {
      losses?.add("hosted_tool_dropped", `tools[${index}]`, "S");
      return [];
    }
    if (tool.type !== "opaque" || tool.label !== "namespace")
      return [{ tool, name: "name" in tool ? tool.name : "", namespace: undefined }];
    losses?.add("namespace_flattened", `tools[${index}]`, "Q", "approximated");
    return toolsIn(tool.native, losses, index);
  });
}

function toolsIn(native: unknown, losses: Losses | undefined, index: number): FlatTool[] {
  const namespace = textOf(fieldsOf(native).name) ?? "";
  return listOf(fieldsOf(native).tools).flatMap((inner, place): FlatTool[] => {
    const tool = readTool(inner, index);
    if (tool.type !== "function" && tool.type !== "custom") {
      losses?.add("hosted_tool_dropped", `tools[${index}].tools[${place}]`, "S");
      return [];
    }
    return [{ tool: plain(tool, namespace), name: tool.name, namespace }];
  });
}

/** Members that only the namespace's dialect knows, such as `defer_loading`, say nothing where everything is loaded. */
function plain(tool: FunctionTool | CustomTool, namespace: string): Tool {
  if (tool.type === "custom") return { ...tool, name: flatName(namespace, tool.name) };
  const { extra: _extra, ...rest } = tool;
  return { ...rest, name: flatName(namespace, tool.name) };
}

/** The name of a tool in a namespace, where there are none. */
export function flatName(namespace: string, name: string): string {
  const joined = namespace.endsWith("_") || name.startsWith("_") ? namespace + name : `${namespace}__${name}`;
  if (joined.length <= longestName) return joined;
  return `${joined.slice(0, longestName - 9)}_${createHash("sha256").update(joined).digest("hex").slice(0, 8)}`;
}

/** A call of the history by the name that the model knows; what its result says of names is said by the call. */
export function withFlatName(item: Item): Item {
  if (item.type !== "call" && item.type !== "result") return item;
  const kept = keptBy("openai-responses", item.extra);
  const namespace = textOf(kept.namespace);
  if (namespace === undefined) return item;
  const { namespace: _namespace, ...fields } = kept;
  if (item.type === "call") return { ...withFields(item, fields), name: flatName(namespace, item.name) };
  const { name: _name, ...rest } = fields;
  return withFields(item, rest);
}

function withFields<Kind extends { readonly extra?: Extra }>({ extra: _extra, ...item }: Kind, fields: Extra["fields"]): Kind {
  const extra: Extra | undefined = Object.keys(fields).length > 0 ? { dialect: "openai-responses", fields } : undefined;
  return { ...item, ...(extra && { extra }) } as Kind;
}

/** For a call of the caller's own tool. */
export function namespaceOf(namespace: string | undefined): Pick<CallItem, "extra"> {
  return namespace === undefined ? {} : { extra: { dialect: "openai-responses", fields: { namespace } } };
}
