import type { Item, JsonBody, ModelRequest } from "../../../exchange/index.ts";
import type { ReadContext } from "../../dialect.ts";
import { camelFields, type Fields, filled, geminiDialect, malformed, restOf, textOf } from "../fields.ts";
import { readConfig } from "./read-config.ts";
import { readContents, readSystem } from "./read-contents.ts";
import { readToolConfig, readTools } from "./read-tools.ts";

const knownMembers = new Set([
  ...["contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "serviceTier", "cachedContent", "model"],
]);

/** What the top-level members tell by themselves. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  const contents = body.kind("contents");
  if (contents === undefined) throw malformed("contents", "is required");
  if (contents !== "array" && contents !== "object") throw malformed("contents", "must be a list of contents");
  for (const [name, snake] of objectMembers) {
    if (body.has(name) && body.has(snake)) throw malformed(name, `stands twice, as \`${snake}\` too`);
    for (const spelling of [name, snake]) {
      const kind = body.kind(spelling);
      if (kind !== undefined && kind !== "object" && kind !== "null") throw malformed(spelling, "must be an object");
    }
  }
}

const objectMembers = [
  ["generationConfig", "generation_config"],
  ["toolConfig", "tool_config"],
] as const;

/** The path names the model, and tells whether to stream. @throws Fault `request_malformed` */
export function readRequest(body: JsonBody, context: ReadContext): ModelRequest {
  checkRequest(body);
  const native = camelFields(body.parse());
  const config = readConfig(native.generationConfig);
  const { choice, rest: toolRest } = readToolConfig(native.toolConfig);
  const tools = readTools(native.tools);
  const tier = textOf(native.serviceTier);
  const extra = filled({
    ...restOf(native, knownMembers),
    ...(filled(config.rest) && { generationConfig: config.rest }),
    ...(filled(toolRest) && { toolConfig: toolRest }),
  });
  return {
    dialect: geminiDialect,
    model: context.model ?? textOf(native.model)?.replace(/^models\//, "") ?? "",
    items: [...readCache(native), ...readSystem(native.systemInstruction), ...readContents(native.contents)],
    stream: context.stream ?? false,
    ...(tools && { tools }),
    ...(choice && { toolChoice: choice }),
    ...config.fields,
    ...(tier !== undefined && { serviceTier: tier }),
    ...(extra && { extra: { dialect: geminiDialect, fields: extra } }),
  };
}

/** The conversation begins with what was cached: an item at its head that no other dialect can take. */
function readCache(native: Fields): Item[] {
  const name = textOf(native.cachedContent);
  return name === undefined ? [] : [{ type: "opaque", dialect: geminiDialect, label: "cachedContent", role: "user", native: name }];
}
