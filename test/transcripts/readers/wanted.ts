import { type ConversationDialect, isObject, type Json, listOf, objectsOf, parseJson, textOf } from "../exchange.ts";
import { readConverse } from "./wanted-converse.ts";
import { readGemini } from "./wanted-gemini.ts";
import { readInteraction } from "./wanted-interactions.ts";
import { readCohere, readOllama } from "./wanted-plain.ts";
import { choiceOf, readTool, type Wanted, Wants } from "./wants.ts";

/** Reads a request without any of the gateway's own code. */
export function wantedOf(dialect: ConversationDialect, json: Json): Wanted {
  const wants = new Wants();
  if (dialect === "openai-chat") readChat(wants, json);
  else if (dialect === "openai-responses") readResponses(wants, json);
  else if (dialect === "gemini-generate") readGemini(wants, json);
  else if (dialect === "gemini-interactions") readInteraction(wants, json);
  else if (dialect === "bedrock-converse") readConverse(wants, json);
  else if (dialect === "cohere-chat") readCohere(wants, json);
  else if (dialect === "ollama-chat") readOllama(wants, json);
  else readMessages(wants, json);
  return wants;
}

function readChat(wants: Wants, json: Json): void {
  for (const message of objectsOf(json.messages)) {
    const role = textOf(message.role);
    if (role === "tool" || role === "function") {
      readChatParts(wants, message.content, wants.results);
      continue;
    }
    readChatParts(wants, message.content, wants.texts);
    wants.text(message.refusal);
    wants.think(message.reasoning_content ?? message.reasoning);
    for (const detail of objectsOf(message.reasoning_details)) {
      wants.think(detail.text);
      wants.seal(detail.signature ?? detail.data);
    }
    for (const call of objectsOf(message.tool_calls)) {
      if (isObject(call.function)) wants.calls.push({ name: textOf(call.function.name), arguments: textOf(call.function.arguments) });
      else if (isObject(call.custom)) wants.calls.push({ name: textOf(call.custom.name), arguments: textOf(call.custom.input) });
    }
    if (isObject(message.function_call)) {
      wants.calls.push({ name: textOf(message.function_call.name), arguments: textOf(message.function_call.arguments) });
    }
    if (isObject(message.audio)) wants.host("earlier audio answer");
  }
  const legacy: readonly Json[] = objectsOf(json.functions).map((entry) => ({ type: "function", function: entry }));
  for (const tool of [...objectsOf(json.tools), ...legacy]) {
    if (isObject(tool.function)) wants.tools.push(readTool(tool.function, tool.function.parameters));
    else if (tool.type === "custom" && isObject(tool.custom)) wants.host("custom tool");
    else wants.host(textOf(tool.type));
  }
  const format = isObject(json.response_format) ? json.response_format : {};
  if (format.type === "json_schema" && isObject(format.json_schema)) wants.set("schema", format.json_schema.schema);
  if (format.type === "json_object") wants.set("json", true);
  wants.set("limit", json.max_completion_tokens ?? json.max_tokens);
  wants.set("effort", json.reasoning_effort);
  wants.set("choice", choiceOf(json.tool_choice));
  if (json.n !== undefined && json.n !== 1) wants.set("n", json.n);
  if (json.logprobs === true) wants.set("logprobs", true);
  for (const kind of listOf(json.modalities)) if (kind === "audio" || kind === "image") wants.host(`${kind} answer`);
  if (json.web_search_options !== undefined) wants.host("web_search");
  if (json.parallel_tool_calls === false) wants.set("parallel", false);
  wants.set("stop", json.stop === undefined || json.stop === null ? undefined : [json.stop].flat());
  for (const name of ["temperature", "top_p", "seed", "frequency_penalty", "presence_penalty", "logit_bias"]) wants.set(name, json[name]);
}

function readChatParts(wants: Wants, content: unknown, texts: string[]): void {
  if (typeof content === "string" && content.trim() !== "") texts.push(content.trim());
  for (const part of objectsOf(content)) {
    if (part.type === "text" && textOf(part.text).trim() !== "") texts.push(textOf(part.text).trim());
    else if (part.type === "refusal") wants.text(part.refusal);
    else if (part.type === "image_url") wants.medium(isObject(part.image_url) ? part.image_url.url : part.image_url);
    else if (part.type === "file" && isObject(part.file)) wants.medium(part.file.file_data ?? part.file.file_id);
    else if (part.type === "input_audio" && isObject(part.input_audio)) wants.medium(part.input_audio.data);
  }
}

function readResponses(wants: Wants, json: Json): void {
  wants.text(json.instructions);
  wants.text(json.input);
  for (const item of objectsOf(json.input)) readItem(wants, item);
  for (const tool of objectsOf(json.tools)) {
    if (tool.type === "function") wants.tools.push(readTool(tool, tool.parameters));
    else wants.host(tool.type === "custom" ? "custom tool" : textOf(tool.type));
  }
  for (const name of ["previous_response_id", "conversation", "prompt"])
    if (json[name] !== undefined && json[name] !== null) wants.host(name);
  if (json.background === true) wants.host("background");
  const text = isObject(json.text) ? json.text : {};
  const format = isObject(text.format) ? text.format : {};
  if (format.type === "json_schema") wants.set("schema", format.schema);
  if (format.type === "json_object") wants.set("json", true);
  wants.set("limit", json.max_output_tokens);
  wants.set("effort", isObject(json.reasoning) ? json.reasoning.effort : undefined);
  wants.set("choice", choiceOf(json.tool_choice));
  if (json.parallel_tool_calls === false) wants.set("parallel", false);
  const included = Array.isArray(json.include) && json.include.includes("message.output_text.logprobs");
  if (included || (typeof json.top_logprobs === "number" && json.top_logprobs > 0)) wants.set("logprobs", true);
  for (const name of ["temperature", "top_p"]) wants.set(name, json[name]);
}

function readItem(wants: Wants, item: Json): void {
  const type = item.type ?? "message";
  if (type === "message") readResponsesParts(wants, item.content, wants.texts);
  else if (type === "function_call") wants.calls.push({ name: textOf(item.name), arguments: textOf(item.arguments) });
  else if (type === "custom_tool_call") wants.calls.push({ name: textOf(item.name), arguments: textOf(item.input) });
  else if (type === "function_call_output" || type === "custom_tool_call_output") readResponsesParts(wants, item.output, wants.results);
  else if (type === "reasoning") {
    for (const piece of [...objectsOf(item.summary), ...objectsOf(item.content)]) wants.think(piece.text);
    wants.seal(item.encrypted_content);
  } else wants.host(textOf(type));
}

function readResponsesParts(wants: Wants, content: unknown, texts: string[]): void {
  if (typeof content === "string" && content.trim() !== "") texts.push(content.trim());
  for (const part of objectsOf(content)) {
    if (typeof part.text === "string" && part.text.trim() !== "") texts.push(part.text.trim());
    else if (part.type === "refusal") wants.text(part.refusal);
    else if (part.type === "input_image") wants.medium(part.image_url ?? part.file_id);
    else if (part.type === "input_file") wants.medium(part.file_data ?? part.file_url ?? part.file_id);
    else if (part.type === "input_audio" && isObject(part.input_audio)) wants.medium(part.input_audio.data);
  }
}

function readMessages(wants: Wants, json: Json): void {
  wants.text(json.system);
  for (const block of objectsOf(json.system)) wants.text(block.text);
  for (const message of objectsOf(json.messages)) {
    wants.text(message.content);
    for (const block of objectsOf(message.content)) readBlock(wants, block);
  }
  for (const tool of objectsOf(json.tools)) {
    if (tool.type === undefined || tool.type === null || tool.type === "custom") wants.tools.push(readTool(tool, tool.input_schema));
    else wants.host(textOf(tool.type));
  }
  for (const name of ["mcp_servers", "container", "context_management"])
    if (json[name] !== undefined && json[name] !== null) wants.host(name);
  const output = isObject(json.output_config) ? json.output_config : {};
  const format = isObject(output.format) ? output.format : isObject(json.output_format) ? json.output_format : {};
  if (format.type === "json_schema") wants.set("schema", format.schema);
  wants.set("limit", json.max_tokens);
  wants.set("effort", output.effort ?? (isObject(json.thinking) && json.thinking.type === "enabled" ? "thinking" : undefined));
  wants.set("choice", choiceOf(json.tool_choice));
  if (isObject(json.tool_choice) && json.tool_choice.disable_parallel_tool_use === true) wants.set("parallel", false);
  wants.set("stop", json.stop_sequences);
  for (const name of ["temperature", "top_p", "top_k"]) wants.set(name, json[name]);
}

function readBlock(wants: Wants, block: Json): void {
  const type = textOf(block.type);
  if (type === "text") wants.text(block.text);
  else if (type === "image" || type === "document") readSource(wants, block);
  else if (type === "tool_use") wants.calls.push({ name: textOf(block.name), arguments: JSON.stringify(block.input ?? {}) });
  else if (type === "tool_result") {
    if (textOf(block.content).trim() !== "") wants.results.push(textOf(block.content).trim());
    for (const part of objectsOf(block.content)) {
      if (part.type === "text" && textOf(part.text).trim() !== "") wants.results.push(textOf(part.text).trim());
      else if (part.type === "image" || part.type === "document") readSource(wants, part);
      else if (part.type !== "text") wants.host(textOf(part.type));
    }
  } else if (type === "thinking") {
    wants.think(block.thinking);
    wants.seal(block.signature);
  } else if (type === "redacted_thinking") wants.seal(block.data);
  else wants.host(type);
}

function readSource(wants: Wants, block: Json): void {
  const source = isObject(block.source) ? block.source : {};
  if (source.type === "text") wants.text(source.data);
  else if (source.type === "content") {
    wants.text(source.content);
    for (const part of objectsOf(source.content)) readBlock(wants, part);
  } else wants.medium(source.data ?? source.url ?? source.file_id);
}

/** What of `source` cannot be found in `sent`; each entry says the kind, then the thing. */
export function missingFrom(sent: Wanted, sentJson: Json, source: Wanted): readonly string[] {
  const leaves = stringsIn(sentJson);
  const objects = objectsIn(sentJson);
  const plain = leaves.map((leaf) => (/[-_]/.test(leaf) ? leaf.replace(/-/g, "+").replace(/_/g, "/") : leaf));
  const sentAsData = (text: string): boolean => {
    const data = Buffer.from(text).toString("base64").slice(0, -4);
    return data !== "" && leaves.some((leaf) => leaf.startsWith(data));
  };
  const given = (text: string): boolean => {
    const json = parseJson(text);
    return isObject(json) && objects.some((object) => sameJson(object, json));
  };
  // A request without tools forbids them.
  const forbidden = source.settings.get("choice") === "none" && sent.tools.length === 0;
  const said = (text: string): boolean => leaves.some((leaf) => leaf.includes(text));
  const missing: string[] = [];
  for (const thought of source.thoughts) if (!said(thought)) missing.push(`thought: ${thought.slice(0, 80)}`);
  for (const seal of source.seals) if (!sent.seals.includes(seal)) missing.push(`sealed thought: ${seal.slice(0, 20)}`);
  for (const text of source.texts) if (!said(text) && !sentAsData(text)) missing.push(`text: ${text.slice(0, 80)}`);
  for (const text of source.results) if (!said(text) && !given(text)) missing.push(`result: ${text.slice(0, 80)}`);
  for (const medium of source.media)
    if (!said(medium) && !said(plainText(medium)) && !plain.some((leaf) => leaf.includes(medium)))
      missing.push(`media: ${medium.slice(0, 60)}`);
  for (const kind of source.hosted) if (!sent.hosted.includes(kind)) missing.push(`hosted: ${kind}`);
  for (const tool of forbidden ? [] : source.tools) {
    const found = sent.tools.find((other) => other.name === tool.name);
    if (found === undefined) missing.push(`tool: ${tool.name}`);
    else if (found.description !== tool.description) missing.push(`tool description: ${tool.name}`);
    else if (!sameJson(found.schema, tool.schema) && Object.keys(isObject(tool.schema) ? tool.schema : {}).length > 0)
      missing.push(`tool schema: ${tool.name}`);
  }
  for (const [index, call] of source.calls.entries()) {
    const found = sent.calls[index];
    if (found?.name !== call.name || !(sameArguments(found.arguments, call.arguments) || wraps(found.arguments, call.arguments)))
      missing.push(`call: ${call.name} ${call.arguments.slice(0, 60)}`);
  }
  for (const [name, value] of source.settings) {
    if ((name === "choice" && forbidden) || name === "thoughts") continue;
    const found = sent.settings.get(name);
    // Who asks to see thoughts asks for thinking: as much as the model finds right.
    const thinks = found !== undefined || (value === "thinking" && sent.settings.has("thoughts"));
    if (name === "effort" ? !thinks && value !== "none" : !sameSetting(found, value)) missing.push(`setting: ${name}`);
  }
  return missing;
}

/** A text file sent as base64 may become text. */
function plainText(medium: string): string {
  const text = Buffer.from(medium.slice(0, 4000), "base64").toString("utf8").slice(0, 1000);
  return text === "" || text.includes("\uFFFD") ? medium : text;
}

function sameSetting(sent: string | undefined, value: string): boolean {
  return sent !== undefined && (sent === value || sameJson(parseJson(sent), parseJson(value)));
}

export function sameArguments(left: string, right: string): boolean {
  if (left === right) return true;
  const [first, second] = [left, right].map((text) => (text.trim() === "" ? {} : parseJson(text)));
  return first !== undefined && second !== undefined && sameJson(first, second);
}

/** Free text inside a dialect whose arguments are objects: kept whole as the one text member. */
export function wraps(json: string, text: string): boolean {
  const object = parseJson(json);
  return isObject(object) && Object.values(object).length === 1 && Object.values(object)[0] === text;
}

/** Equal as JSON, whatever the order of members. */
export function sameJson(left: unknown, right: unknown): boolean {
  return Bun.deepEquals(left, right);
}

function objectsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

function stringsIn(value: unknown, out: string[] = []): string[] {
  if (typeof value === "string") {
    out.push(value);
    // A result that is an object may stand in a text.
    if (/^\s*[{[]/.test(value)) stringsIn(parseJson(value), out);
  }
  if (Array.isArray(value)) for (const entry of value) stringsIn(entry, out);
  if (isObject(value)) for (const entry of Object.values(value)) stringsIn(entry, out);
  return out;
}
