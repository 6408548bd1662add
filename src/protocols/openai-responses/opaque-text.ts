import { entryOf } from "../json-fields.ts";
import { isWire, listOf, textOf, type Wire, wireOf } from "./wire.ts";

/** What a hosted tool's item says in plain words, for dialects that cannot hold it; undefined where words would not be true to it. */
export function opaqueText(item: Wire): string | undefined {
  return entryOf(renderings, textOf(item.type) ?? "")?.(item);
}

const renderings: Readonly<Record<string, (item: Wire) => string | undefined>> = {
  web_search_call(item) {
    const action = wireOf(item.action);
    const query = textOf(action.query) ?? listOf(action.queries).join("; ");
    if (query !== "") return `[Web search: ${query}]`;
    const url = textOf(action.url);
    return url === undefined ? "[Web search]" : `[Web page opened: ${url}]`;
  },
  file_search_call(item) {
    const found = listOf(item.results).map((result) => `${textOf(wireOf(result).filename) ?? ""}: ${textOf(wireOf(result).text) ?? ""}`);
    return [`[File search: ${listOf(item.queries).join("; ")}]`, ...found].join("\n");
  },
  code_interpreter_call(item) {
    const logs = listOf(item.outputs).flatMap((output) => textOf(wireOf(output).logs) ?? []);
    return ["[Code run]", textOf(item.code) ?? "", ...(logs.length > 0 ? ["[Output]", ...logs] : [])].join("\n");
  },
  mcp_call(item) {
    const outcome = textOf(item.output) ?? (item.error ? `error: ${JSON.stringify(item.error)}` : "nothing");
    return `[Tool ${textOf(item.name) ?? ""} of ${textOf(item.server_label) ?? ""} called with ${textOf(item.arguments) ?? "{}"}; it answered: ${outcome}]`;
  },
  shell_call(item) {
    return ["[Commands run]", ...listOf(wireOf(item.action).commands).map(String)].join("\n");
  },
  shell_call_output(item) {
    if (typeof item.output === "string") return `[Output of the commands]\n${item.output}`;
    const parts = listOf(item.output).filter(isWire);
    return ["[Output of the commands]", ...parts.map((part) => `${textOf(part.stdout) ?? ""}${textOf(part.stderr) ?? ""}`)].join("\n");
  },
};
