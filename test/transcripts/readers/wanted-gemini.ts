import { isObject, type Json, listOf, objectsOf, textOf } from "../exchange.ts";
import { readTool, type Wants } from "./wants.ts";

/** Reads a request of `generateContent`; Google takes `system_instruction` for `systemInstruction` alike. */
export function readGemini(wants: Wants, given: Json): void {
  const json = camel(given);
  if (typeof json.systemInstruction === "string") wants.text(json.systemInstruction);
  else readContent(wants, json.systemInstruction);
  for (const content of [json.contents].flat()) readContent(wants, content);
  for (const tool of [json.tools].flat().filter(isObject).map(camel)) readTools(wants, tool);
  if (typeof json.cachedContent === "string") wants.host("cachedContent");
  const calling = camel(camel(json.toolConfig).functionCallingConfig);
  const names = listOf(calling.allowedFunctionNames);
  if (calling.mode === "NONE") wants.set("choice", "none");
  else if (names.length > 1 || (names.length === 1 && calling.mode === "VALIDATED")) wants.set("choice", `subset ${names.length}`);
  else if (calling.mode === "ANY") wants.set("choice", names.length === 1 ? `tool ${String(names[0])}` : "required");
  readConfig(wants, camel(json.generationConfig));
}

function readConfig(wants: Wants, config: Json): void {
  const schema = config.responseJsonSchema ?? config.responseSchema;
  if (config.responseMimeType === "application/json") {
    if (schema === undefined || schema === null) wants.set("json", true);
    else wants.set("schema", plainSchema(schema));
  }
  const thinking = camel(config.thinkingConfig);
  const budget = Number(thinking.thinkingBudget ?? 0);
  wants.set(
    "effort",
    thinking.thinkingLevel ?? (budget > 0 ? "thinking" : budget === 0 && "thinkingBudget" in thinking ? "none" : undefined),
  );
  if (thinking.includeThoughts === true) wants.set("thoughts", "shown");
  wants.set("limit", config.maxOutputTokens);
  wants.set("temperature", config.temperature);
  wants.set("top_p", config.topP);
  wants.set("top_k", config.topK);
  wants.set("seed", config.seed);
  wants.set("presence_penalty", config.presencePenalty);
  wants.set("frequency_penalty", config.frequencyPenalty);
  wants.set("stop", config.stopSequences);
  if (config.candidateCount !== undefined && config.candidateCount !== 1) wants.set("n", config.candidateCount);
  if (config.responseLogprobs === true) wants.set("logprobs", true);
  for (const kind of listOf(config.responseModalities))
    if (/^(audio|image)$/i.test(String(kind))) wants.host(`${String(kind).toLowerCase()} answer`);
}

function readContent(wants: Wants, content: unknown): void {
  for (const part of [isObject(content) ? content.parts : []].flat().filter(isObject).map(camel)) readPart(wants, part);
}

function readPart(wants: Wants, part: Json): void {
  wants.seal(part.thoughtSignature);
  if (part.thought === true) wants.think(part.text);
  else if (typeof part.text === "string") wants.text(part.text);
  else if (isObject(part.inlineData)) wants.medium(textOf(part.inlineData.data).replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, ""));
  else if (isObject(part.fileData)) wants.medium(camel(part.fileData).fileUri);
  else if (isObject(part.functionCall))
    wants.calls.push({ name: textOf(part.functionCall.name), arguments: JSON.stringify(part.functionCall.args ?? {}) });
  else if (isObject(part.functionResponse)) {
    leaves(part.functionResponse.response, wants.results);
    for (const inner of objectsOf(part.functionResponse.parts).map(camel)) readPart(wants, inner);
  } else wants.host(Object.keys(part).find((name) => name !== "thoughtSignature") ?? "empty part");
}

function leaves(value: unknown, out: string[]): void {
  if (typeof value === "string" && value.trim() !== "") out.push(value.trim());
  else if (typeof value === "object" && value !== null) for (const entry of Object.values(value)) leaves(entry, out);
}

function readTools(wants: Wants, tool: Json): void {
  for (const [label, value] of Object.entries(tool)) {
    if (label === "functionDeclarations") {
      for (const one of objectsOf(value).map(camel)) {
        wants.tools.push(readTool(one, plainSchema(one.parametersJsonSchema ?? one.parameters)));
      }
    } else if (value !== null) wants.host(label === "googleSearch" ? "web_search" : label);
  }
}

const numberedTypes = ["", "string", "number", "integer", "boolean", "array", "object", "null"];

/** A schema in Google's own form as JSON Schema: types in small letters, `nullable` as a type beside the others. */
export function plainSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainSchema);
  if (!isObject(schema)) return schema;
  const { nullable, propertyOrdering: _order, property_ordering: _ordering, ...rest } = schema;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (name === "properties" && isObject(value))
      out[name] = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainSchema(inner)]));
    else if (name === "type" && typeof value === "string") out[name] = value.toLowerCase();
    else if (name === "type" && typeof value === "number") out[name] = numberedTypes[value];
    else out[name] = name === "enum" || name === "example" || name === "default" ? value : plainSchema(value);
  }
  if (nullable === true && typeof out.type === "string") out.type = [out.type, "null"];
  return out;
}

function camel(value: unknown): Json {
  const entries = isObject(value) ? Object.entries(value).filter(([, inner]) => inner !== null) : [];
  return Object.fromEntries(
    entries.map(([name, inner]) => [name.replace(/(?<=.)_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase()), inner]),
  );
}
