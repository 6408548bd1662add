import { type Item, type JsonBody, type ModelRequest, type OutputFormat, parseJson } from "../../exchange/index.ts";
import type { ReadContext } from "../dialect.ts";
import { extraOf, type Fields, fieldsOf, isFields, listOf, malformed, numberOf, optional, restOf, textOf } from "./fields.ts";
import { effortOf, readModelFields } from "./model-fields.ts";
import { readMessage, readSystem } from "./read-blocks.ts";
import { readToolChoice, readTools } from "./read-tools.ts";

/** What the top-level members tell by themselves. The model and whether to stream stand in the path. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  // A prompt that is kept with Bedrock brings its own messages.
  if (!body.has("messages") && !body.has("promptVariables")) throw malformed("messages", "is required");
  if (body.has("messages") && body.kind("messages") !== "array") throw malformed("messages", "must be a list");
  for (const name of ["inferenceConfig", "toolConfig", "guardrailConfig", "outputConfig"]) {
    const kind = body.kind(name);
    if (kind !== undefined && kind !== "object" && kind !== "null") throw malformed(name, "must be an object");
  }
}

/** @throws Fault `request_malformed` */
export function readRequest(body: JsonBody, context: ReadContext): ModelRequest {
  checkRequest(body);
  const native = body.parse();
  const inference = fieldsOf(native.inferenceConfig);
  const tools = fieldsOf(native.toolConfig);
  const output = fieldsOf(native.outputConfig);
  const model = readModelFields(native.additionalModelRequestFields);
  const effort = effortOf(output.effort);
  const reasoning = effort ? { ...model.reasoning, effort } : model.reasoning;
  return {
    dialect: "bedrock-converse",
    model: context.model ?? "",
    items: readItems(native),
    stream: context.stream === true,
    ...optional("tools", readTools(tools)),
    ...optional("toolChoice", readToolChoice(tools.toolChoice)),
    ...optional("parallelToolCalls", model.parallelToolCalls),
    ...optional("maxOutputTokens", numberOf(inference.maxTokens)),
    ...optional("temperature", numberOf(inference.temperature)),
    ...optional("topP", numberOf(inference.topP)),
    ...optional("topK", model.topK),
    ...optional("stop", readStop(inference.stopSequences)),
    ...optional("output", readFormat(output)),
    ...optional("reasoning", reasoning),
    ...optional("serviceTier", textOf(fieldsOf(native.serviceTier).type)),
    ...optional("metadata", readMetadata(native.requestMetadata)),
    ...extraOf(readRest(native, model.rest)),
  };
}

function readItems(native: Fields): Item[] {
  const items: Item[] = [];
  readSystem(native.system, items);
  const messages = listOf(native.messages);
  if (messages.length === 0) throw malformed("messages", "needs at least one message");
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    if (!isFields(message)) throw malformed(path, "must be an object");
    const { role } = message;
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw malformed(`${path}.role`, "must be user, assistant or system");
    }
    readMessage(role, message.content, `${path}.content`, items);
  }
  return items;
}

function readStop(native: unknown): string[] | undefined {
  return Array.isArray(native) ? native.filter((text) => typeof text === "string") : undefined;
}

/** `outputConfig.textFormat`, whose schema is JSON in a string. @throws Fault `request_malformed` */
function readFormat(output: Fields): OutputFormat | undefined {
  const native = fieldsOf(fieldsOf(output.textFormat).structure).jsonSchema;
  if (!isFields(native)) return undefined;
  const path = "outputConfig.textFormat.structure.jsonSchema.schema";
  let schema: unknown;
  try {
    schema = parseJson(textOf(native.schema) ?? "");
  } catch {
    throw malformed(path, "must be a JSON Schema in a string");
  }
  return { type: "json-schema", name: textOf(native.name) ?? "answer", schema, ...optional("description", textOf(native.description)) };
}

function readMetadata(native: unknown): Record<string, string> | undefined {
  if (!isFields(native)) return undefined;
  return Object.fromEntries(Object.entries(native).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

const knownMembers = [
  ...["messages", "system", "inferenceConfig", "toolConfig", "outputConfig", "additionalModelRequestFields", "serviceTier"],
  "requestMetadata",
];

/** What only the same dialect can take back: unknown members, and unknown members of members. */
function readRest(native: Fields, modelRest: Fields | undefined): Fields | undefined {
  const inference = restOf(fieldsOf(native.inferenceConfig), ["maxTokens", "temperature", "topP", "stopSequences"]);
  const formatKnown = isFields(fieldsOf(fieldsOf(fieldsOf(native.outputConfig).textFormat).structure).jsonSchema);
  // The effort stays where it was said: there are two places for it.
  const output = restOf(fieldsOf(native.outputConfig), formatKnown ? ["textFormat"] : []);
  return restOf(
    {
      ...restOf(native, knownMembers),
      ...optional("inferenceConfig", inference),
      ...optional("outputConfig", output),
      ...optional("additionalModelRequestFields", modelRest),
    },
    [],
  );
}
