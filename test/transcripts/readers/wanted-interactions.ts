import { isObject, type Json, listOf, objectsOf, textOf } from "../exchange.ts";
import { readTool, type Wants } from "./wants.ts";

/** Reads a request of the Interactions API. */
export function readInteraction(wants: Wants, json: Json): void {
  wants.text(json.system_instruction);
  const input = isObject(json.input) ? [json.input] : json.input;
  wants.text(input);
  for (const step of objectsOf(input)) readStep(wants, step);
  for (const tool of objectsOf(json.tools)) {
    if (tool.type === "function") wants.tools.push(readTool(tool, tool.parameters));
    else wants.host(tool.type === "google_search" ? "web_search" : textOf(tool.type));
  }
  for (const name of ["previous_interaction_id", "cached_content"]) if (json[name] !== undefined && json[name] !== null) wants.host(name);
  const format = [json.response_format].flat().find(isObject);
  if (format?.mime_type === "application/json") {
    if (format.schema === undefined || format.schema === null) wants.set("json", true);
    else wants.set("schema", format.schema);
  }
  const config = isObject(json.generation_config) ? json.generation_config : {};
  // Whoever asks for thoughts to be shown asks for thoughts.
  wants.set("effort", config.thinking_level ?? (config.thinking_summaries === "auto" ? "thinking" : undefined));
  wants.set("limit", config.max_output_tokens);
  wants.set("stop", config.stop_sequences);
  for (const name of ["temperature", "top_p", "seed"]) wants.set(name, config[name]);
  readChoice(wants, config.tool_choice);
  for (const kind of listOf(json.response_modalities)) if (kind !== "text") wants.host(`${String(kind)} answer`);
}

function readChoice(wants: Wants, choice: unknown): void {
  const allowed = isObject(choice) && isObject(choice.allowed_tools) ? choice.allowed_tools : {};
  const names = listOf(allowed.tools);
  if (choice === "none") wants.set("choice", "none");
  else if (choice === "any") wants.set("choice", "required");
  else if (names.length === 1 && allowed.mode === "any") wants.set("choice", `tool ${String(names[0])}`);
  else if (names.length > 0) wants.set("choice", `subset ${names.length}`);
}

function readStep(wants: Wants, step: Json): void {
  switch (step.type) {
    case "user_input":
    case "model_output":
      for (const content of objectsOf(step.content)) readContent(wants, content, wants.texts);
      return;
    case "thought":
      for (const content of objectsOf(step.summary)) wants.think(content.text);
      wants.seal(step.signature);
      return;
    case "function_call":
      wants.calls.push({ name: textOf(step.name), arguments: JSON.stringify(step.arguments ?? {}) });
      return;
    case "function_result":
      if (typeof step.result === "string") addText(step.result, wants.results);
      else for (const content of objectsOf(step.result)) readContent(wants, content, wants.results);
      return;
    default:
      readContent(wants, step, wants.texts);
  }
}

function readContent(wants: Wants, content: Json, texts: string[]): void {
  if (content.type === "text") addText(textOf(content.text), texts);
  else if (content.data !== undefined || content.uri !== undefined) wants.medium(content.data ?? content.uri);
  else wants.host(textOf(content.type));
}

function addText(text: string, texts: string[]): void {
  if (text.trim() !== "") texts.push(text.trim());
}
