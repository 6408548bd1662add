import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import { readTool, type Wants } from "./wants.ts";

/** Reads a request of Cohere's chat, version 2. */
export function readCohere(wants: Wants, json: Json): void {
  for (const message of objectsOf(json.messages)) {
    wants.text(message.tool_plan);
    for (const part of objectsOf(message.content)) wants.think(part.thinking);
    readContent(wants, message.content, message.role === "tool");
    readCalls(wants, message);
  }
  for (const document of [json.documents].flat()) {
    if (typeof document === "string") wants.text(document);
    else if (isObject(document)) for (const text of leaves(document.data)) wants.text(text);
  }
  readFunctions(wants, json);
  wants.set("choice", textOf(json.tool_choice).toLowerCase() || undefined);
  const format = isObject(json.response_format) ? json.response_format : {};
  if (isObject(format.json_schema)) wants.set("schema", format.json_schema);
  else if (format.type === "json_object") wants.set("json", true);
  if (isObject(json.thinking)) wants.set("effort", json.thinking.type === "disabled" ? "none" : "thinking");
  wants.set("limit", json.max_tokens);
  wants.set("top_p", json.p);
  wants.set("top_k", json.k === 0 ? undefined : json.k);
  wants.set("stop", json.stop_sequences);
  if (json.logprobs === true) wants.set("logprobs", true);
  for (const name of ["temperature", "seed", "frequency_penalty", "presence_penalty"]) wants.set(name, json[name]);
}

/** Reads a request of Ollama's `/api/chat`. */
export function readOllama(wants: Wants, json: Json): void {
  for (const message of objectsOf(json.messages)) {
    readContent(wants, message.content, message.role === "tool");
    wants.think(message.thinking);
    for (const image of [message.images].flat()) wants.medium(image);
    readCalls(wants, message);
  }
  readFunctions(wants, json);
  if (json.format === "json") wants.set("json", true);
  if (isObject(json.format)) wants.set("schema", json.format);
  if (json.think !== undefined) wants.set("effort", json.think === false ? "none" : "thinking");
  const options = isObject(json.options) ? json.options : {};
  wants.set("limit", typeof options.num_predict === "number" && options.num_predict < 0 ? undefined : options.num_predict);
  wants.set("stop", options.stop === undefined ? undefined : [options.stop].flat());
  if (json.logprobs === true) wants.set("logprobs", true);
  for (const name of ["temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty"]) wants.set(name, options[name]);
}

function readContent(wants: Wants, content: unknown, isResult: boolean): void {
  const said = (text: unknown): void => {
    if (!isResult) wants.text(text);
    else if (typeof text === "string" && text.trim() !== "") wants.results.push(text.trim());
  };
  said(content);
  for (const part of objectsOf(content)) {
    if (part.type === "text") said(part.text);
    else if (part.type === "image_url") wants.medium(isObject(part.image_url) ? part.image_url.url : part.image_url);
    else if (part.type === "document" && isObject(part.document)) for (const text of leaves(part.document.data)) said(text);
  }
}

function readCalls(wants: Wants, message: Json): void {
  for (const call of objectsOf(message.tool_calls)) {
    const wanted = isObject(call.function) ? call.function : {};
    const written = wanted.arguments ?? {};
    wants.calls.push({ name: textOf(wanted.name), arguments: typeof written === "string" ? written : JSON.stringify(written) });
  }
}

function readFunctions(wants: Wants, json: Json): void {
  for (const tool of objectsOf(json.tools)) {
    if (isObject(tool.function)) wants.tools.push(readTool(tool.function, tool.function.parameters));
    else wants.host(textOf(tool.type));
  }
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}
