import type { Item, ModelRequest, OpaqueTool, Tool } from "../../exchange/index.ts";
import { fieldsOf, listOf, textOf } from "../json-fields.ts";
import { readTool } from "../openai-responses/tools.ts";
import { flatName } from "./namespaces.ts";

const webSearch = "web_search";
/** Versions of it, and what providers call it whose dialect has no search of its own. */
const searches = /^(\$?web_search(_.+)?|googleSearchRetrieval|enterpriseWebSearch)$/;
/** Items of the history that bring the model tools. */
const bringing = new Set(["tool_search_output", "additional_tools"]);

/**
 * What the tools are called that a request lets the model use: functions by their names, in a namespace by both; a search of the web
 * `web_search`, others of a provider by their type, and by their own name where they have one.
 *
 * @throws Fault `request_malformed` where those that the history brings cannot be read
 */
export function toolNames({ tools = [], toolChoice, items, extra }: ModelRequest): readonly string[] {
  const brought = [...tools, ...items.flatMap(broughtBy)].filter((tool) => toolChoice?.mode !== "none" || isAlwaysUsed(tool));
  return [...brought.flatMap(namesOf), ...namesBeside(fieldsOf(extra?.fields))];
}

/** In Chat Completions the search of the web is no tool, so that a choice of none does not mean it. */
function isAlwaysUsed({ type, ...tool }: Tool): boolean {
  return type === "web-search" && "dialect" in tool && tool.dialect === "openai-chat";
}

function broughtBy(item: Item): readonly Tool[] {
  if (item.type !== "opaque" || item.dialect !== "openai-responses" || !bringing.has(item.label)) return [];
  return listOf(fieldsOf(item.native).tools).map(readTool);
}

function namesOf(tool: Tool): readonly string[] {
  if (tool.type === "web-search") return [webSearch];
  if (tool.type !== "opaque") return [tool.name];
  return tool.label === "namespace" ? namesWithin(tool) : namesOfOwn(tool);
}

function namesWithin({ native }: OpaqueTool): readonly string[] {
  const namespace = textOf(fieldsOf(native).name) ?? "";
  return listOf(fieldsOf(native).tools)
    .map(readTool)
    .flatMap((inner) => {
      const names = namesOf(inner);
      const flat = names.map((name) => flatName(namespace, name));
      return inner.type === "opaque" || inner.type === "web-search" ? [...names, ...flat] : flat;
    });
}

/** A type that is not known, or has a member too many, does not hide the name behind it: not every provider looks at the type. */
function namesOfOwn({ label, native }: OpaqueTool): readonly string[] {
  const { name, function: called, custom } = fieldsOf(native);
  const names = [label, name, fieldsOf(called).name, fieldsOf(custom).name].flatMap((each) => textOf(each) ?? []);
  return names.some((each) => searches.test(each)) ? [...names, webSearch] : names;
}

/** What members beside the tools let the model use, whatever is said of the choice among those. */
function namesBeside(extra: Readonly<Record<string, unknown>>): readonly string[] {
  const plugins = listOf(extra.plugins).map((plugin) => textOf(fieldsOf(plugin).id));
  const { mode } = fieldsOf(extra.search_parameters);
  const isSearching = plugins.includes("web") || extra.enable_search === true || (extra.search_parameters != null && mode !== "off");
  return [...(isSearching ? [webSearch] : []), ...(listOf(extra.mcp_servers).length > 0 ? ["mcp_toolset"] : [])];
}
