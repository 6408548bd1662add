import { isObject, type Json, objectsOf, parseJson, textOf } from "../exchange.ts";
import { readTool, type Wants } from "./wants.ts";

/** Reads a request of Converse. */
export function readConverse(wants: Wants, json: Json): void {
  for (const block of objectsOf(json.system)) readBlock(wants, block);
  for (const message of objectsOf(json.messages)) for (const block of objectsOf(message.content)) readBlock(wants, block);
  const tools = member(json, "toolConfig");
  for (const tool of objectsOf(tools.tools)) {
    if (isObject(tool.toolSpec)) wants.tools.push(readTool(tool.toolSpec, member(tool.toolSpec, "inputSchema").json));
    else if (isObject(tool.systemTool)) wants.host(tool.systemTool.name === "nova_grounding" ? "web_search" : textOf(tool.systemTool.name));
  }
  const choice = member(tools, "toolChoice");
  if (isObject(choice.any)) wants.set("choice", "required");
  if (isObject(choice.tool)) wants.set("choice", `tool ${textOf(choice.tool.name)}`);
  const inference = member(json, "inferenceConfig");
  wants.set("limit", inference.maxTokens);
  wants.set("temperature", inference.temperature);
  wants.set("top_p", inference.topP);
  wants.set("stop", inference.stopSequences);
  const own = member(json, "additionalModelRequestFields");
  const inner = member(own, "inferenceConfig");
  wants.set("top_k", own.top_k ?? own.topK ?? inner.topK);
  if (member(own, "tool_choice").disable_parallel_tool_use === true) wants.set("parallel", false);
  const output = member(json, "outputConfig");
  const types = ["thinking", "reasoning_config", "reasoningConfig"].map((name) => member(own, name).type);
  const asked = ["reasoning_effort", "output_config", "enable_thinking"].some((name) => own[name] !== undefined);
  if (types.includes("disabled")) wants.set("effort", "none");
  else if (output.effort !== undefined || asked || types.includes("enabled")) wants.set("effort", "thinking");
  const schema = member(member(member(output, "textFormat"), "structure"), "jsonSchema").schema;
  if (typeof schema === "string") wants.set("schema", parseJson(schema));
  if (json.guardrailConfig !== undefined) wants.host("guardrail");
}

function readBlock(wants: Wants, block: Json): void {
  const kind = Object.keys(block).find((name) => block[name] !== null) ?? "";
  const inner = member(block, kind);
  if (kind === "text") wants.text(block.text);
  else if (kind === "guardContent") wants.text(member(inner, "text").text);
  else if (kind === "image" || kind === "document" || kind === "video" || kind === "audio") readSource(wants, member(inner, "source"));
  else if (kind === "toolUse") {
    if (inner.type === "server_tool_use") wants.host("server tool call");
    else wants.calls.push({ name: textOf(inner.name), arguments: JSON.stringify(inner.input ?? {}) });
  } else if (kind === "toolResult") {
    for (const part of objectsOf(inner.content)) {
      if (typeof part.text === "string") wants.results.push(...[part.text.trim()].filter((text) => text !== ""));
      else if (part.json === undefined) readBlock(wants, part);
      else for (const text of leaves(part.json)) wants.results.push(text);
    }
  } else if (kind === "citationsContent") for (const piece of objectsOf(inner.content)) wants.text(piece.text);
  else if (kind === "reasoningContent") {
    wants.think(member(inner, "reasoningText").text);
    wants.seal(member(inner, "reasoningText").signature ?? inner.redactedContent);
  } else if (kind !== "cachePoint") wants.host(kind);
}

function readSource(wants: Wants, source: Json): void {
  wants.text(source.text);
  for (const piece of objectsOf(source.content)) wants.text(piece.text);
  wants.medium(source.bytes ?? member(source, "s3Location").uri);
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value.trim()];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

function member(json: Json, name: string): Json {
  const value = json[name];
  return isObject(value) ? value : {};
}
