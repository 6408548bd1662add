import type { Effort, Losses, ModelRequest, OutputFormat } from "../../exchange/index.ts";
import { budgets } from "../conversation/efforts.ts";
import { leaveOut } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { cohereDialect, type Fields, optional, ownFields } from "./fields.ts";
import { writeMessages } from "./write-messages.ts";
import { writeTools } from "./write-tools.ts";

/** The body for an upstream of this dialect, its members always in the same order. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const foreign = request.dialect !== cohereDialect;
  if (foreign) {
    leaveOut(request, losses);
    if (request.logprobs || request.topLogprobs) losses.add("logprobs_unsupported", "logprobs", "S");
  }
  const { messages, documents } = writeMessages(request, target, losses);
  return {
    model: target.model,
    messages,
    ...(documents.length > 0 && { documents }),
    ...writeTools(request, losses),
    ...optional("response_format", writeOutput(request.output, losses)),
    ...optional("thinking", writeThinking(request, target, losses)),
    ...optional("max_tokens", request.maxOutputTokens),
    ...writeSampling(request, losses),
    ...(!foreign && optional("logprobs", request.logprobs)),
    ...ownFields(request.extra),
    stream: request.stream,
  };
}

function writeOutput(output: OutputFormat | undefined, losses: Losses): Fields | undefined {
  if (output === undefined) return undefined;
  if (output.type === "json-schema" && output.description !== undefined) losses.add("field_dropped", "response_format.description", "M");
  if (output.type === "text") return { type: "text" };
  return { type: "json_object", ...(output.type === "json-schema" && { json_schema: output.schema }) };
}

/** Ranges by Cohere's documentation; a value of another dialect outside of them goes to the nearest inside. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  p: [0.01, 0.99],
  k: [0, 500],
  frequency_penalty: [0, 1],
  presence_penalty: [0, 1],
};

function writeSampling(request: ModelRequest, losses: Losses): Fields {
  const sampling: Fields = {
    ...optional("temperature", request.temperature),
    ...optional("p", request.topP),
    ...optional("k", request.topK),
    ...optional("seed", request.seed),
    ...optional("frequency_penalty", request.frequencyPenalty),
    ...optional("presence_penalty", request.presencePenalty),
    ...optional("stop_sequences", request.stop),
  };
  if (request.dialect === cohereDialect) return sampling;
  const fitted: Record<string, unknown> = { ...sampling };
  for (const [name, [lowest, highest]] of Object.entries(ranges)) {
    const value = fitted[name];
    if (typeof value !== "number" || (value >= lowest && value <= highest)) continue;
    fitted[name] = Math.min(highest, Math.max(lowest, value));
    losses.add("sampling_clamped", name, "Q", "approximated");
  }
  return fitted;
}

/** From `high` on the model thinks as long as it wants, which is Cohere's default. */
const limited: readonly Effort[] = ["minimal", "low", "medium"];

function writeThinking(request: ModelRequest, target: TargetTraits, losses: Losses): Fields | undefined {
  const control = request.reasoning;
  if (control === undefined) return undefined;
  const { mode, effort, budgetTokens } = control;
  if (request.dialect === cohereDialect) return { type: mode, ...optional("token_budget", budgetTokens) };
  const off = mode === "disabled" || (mode === undefined && effort === "none");
  const asked = mode !== undefined || budgetTokens !== undefined || effort !== undefined;
  if (!asked || (off && target.thinking === "none")) return undefined;
  if (off) return { type: "disabled" };
  const approximated = (action: "approximated" | "dropped") => losses.add("reasoning_control_approximated", "reasoning", "Q", action);
  if (target.thinking === "none") {
    approximated("dropped");
    return undefined;
  }
  if (effort !== undefined || mode === "adaptive") approximated("approximated");
  return {
    type: "enabled",
    ...optional("token_budget", budgetTokens ?? (effort && limited.includes(effort) ? budgets[effort] : undefined)),
  };
}
