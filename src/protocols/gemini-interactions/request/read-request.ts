import type { Item, JsonBody, ModelRequest } from "../../../exchange/index.ts";
import {
  type Fields,
  fieldsOf,
  interactionsDialect,
  isFields,
  listOf,
  malformed,
  numberOf,
  optional,
  restOf,
  riding,
  textOf,
} from "../fields.ts";
import { readContents, readStep } from "../read-steps.ts";
import { checkRequest } from "./check-request.ts";
import { readChoice, readFormat, readThinking, readTools } from "./read-config.ts";

const requestMembers = new Set([
  ...["model", "input", "stream", "store", "background", "system_instruction", "generation_config", "tools", "response_format"],
  ...["response_mime_type", "response_modalities", "service_tier"],
]);
const configMembers = new Set([
  ...["max_output_tokens", "temperature", "top_p", "seed", "stop_sequences", "thinking_level", "thinking_summaries", "tool_choice"],
]);
const steps = new Set(["user_input", "model_output", "thought"]);

/** @throws Fault `request_malformed`, `request_unsupported` */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const native = body.parse();
  const config = fieldsOf(native.generation_config);
  const thinking = readThinking(config);
  const choice = readChoice(config.tool_choice);
  const format = readFormat(native);
  const tools = listOf(native.tools);
  const stop = listOf(config.stop_sequences).filter((word) => typeof word === "string");
  const modalities = listOf(native.response_modalities).filter((name) => typeof name === "string");
  const rest = restOf(config, configMembers);
  const ownConfig = { ...rest, ...thinking.rest, ...choice.rest };
  return {
    dialect: interactionsDialect,
    model: textOf(native.model) ?? "",
    items: readItems(native),
    stream: native.stream === true,
    ...(tools.length > 0 && { tools: readTools(tools) }),
    ...optional("toolChoice", choice.choice),
    ...optional("maxOutputTokens", numberOf(config.max_output_tokens)),
    ...optional("temperature", numberOf(config.temperature)),
    ...optional("topP", numberOf(config.top_p)),
    ...optional("seed", numberOf(config.seed)),
    ...(stop.length > 0 && { stop }),
    ...optional("output", format.output),
    ...optional("reasoning", thinking.reasoning),
    ...optional("serviceTier", textOf(native.service_tier)),
    ...(modalities.length > 0 && { modalities }),
    ...riding({
      ...restOf(native, requestMembers),
      ...format.rest,
      ...(Object.keys(ownConfig).length > 0 && { generation_config: ownConfig }),
    }),
  };
}

function readItems(native: Fields): Item[] {
  const { input, system_instruction: system } = native;
  const head: Item[] = typeof system === "string" ? [{ type: "message", role: "system", parts: [{ type: "text", text: system }] }] : [];
  const list = listOf(input);
  const first = list[0];
  if (!isFields(first) || !isStep(first)) return [...head, { type: "message", role: "user", parts: readContents(input, "input") }];
  const items = list.map((step, index) => {
    if (!isFields(step)) throw malformed(`input[${index}]`, "must be an object");
    return readStep(step, `input[${index}]`);
  });
  return [...head, ...items];
}

/** The input is a list of steps or of contents; the first one's type tells. */
function isStep({ type }: Fields): boolean {
  return typeof type === "string" && (steps.has(type) || /_(call|result)$/.test(type));
}
