import type { Effort, Losses, ModelRequest, Tool, ToolChoice } from "../../exchange/index.ts";
import { effortFor, nearestEffort } from "../conversation/efforts.ts";
import { choosable, leaveOut, reportWithheld } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { unsupported } from "../json-fields.ts";
import { type Fields, fieldsOf, ollamaDialect, ownFields } from "./fields.ts";
import { writeMessages } from "./write-messages.ts";

/** The body for an upstream of this dialect, its members always in the same order. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  if (request.dialect !== ollamaDialect) leaveOut(request, losses);
  const { options: otherOptions, ...own } = ownFields(request.extra);
  const options = { ...writeOptions(request), ...fieldsOf(otherOptions) };
  const tools = writeTools(request, losses);
  const body: Record<string, unknown> = {
    model: target.model,
    messages: writeMessages(request, target, losses),
    tools: tools.length > 0 ? tools : undefined,
    format: writeFormat(request, losses),
    think: writeThink(request, target, losses),
    options: Object.keys(options).length > 0 ? options : undefined,
    logprobs: request.logprobs,
    top_logprobs: request.topLogprobs,
    ...own,
    // Said always: where it is not, Ollama streams.
    stream: request.stream,
  };
  for (const name of Object.keys(body)) if (body[name] === undefined) delete body[name];
  return body;
}

function writeOptions(request: ModelRequest): Fields {
  const options: Record<string, unknown> = {
    num_predict: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    stop: request.stop,
  };
  for (const name of Object.keys(options)) if (options[name] === undefined) delete options[name];
  return options;
}

/** Ollama offers tools and leaves the choice to the model: what it may not choose is not offered. */
function writeTools(request: ModelRequest, losses: Losses): Fields[] {
  reportChoice(request.toolChoice, losses);
  // Ollama has no word for the choice: tools that must not be called are not offered.
  if (request.toolChoice?.mode === "none") {
    reportWithheld(request, losses);
    return [];
  }
  return choosable(request, losses).map(({ tool, path }) => writeTool(tool, path, losses));
}

function reportChoice(choice: ToolChoice | undefined, losses: Losses): void {
  if (choice === undefined || choice.mode === "auto") return;
  const gentle = choice.mode === "none" || (choice.mode === "subset" && !choice.required);
  losses.add("tool_choice_approximated", "tool_choice", gentle ? "Q" : "S", "approximated");
}

function writeTool(tool: Tool, path: string, losses: Losses): Fields {
  if (tool.type === "opaque" && tool.dialect === ollamaDialect) return tool.native as Fields;
  if (tool.type === "custom") {
    throw unsupported(path, `The tool "${tool.name}" takes free text; the model's provider only has tools that take JSON.`);
  }
  if (tool.type !== "function") {
    const label = tool.type === "opaque" ? tool.label : "web_search";
    throw unsupported(path, `The model's provider has no hosted tool "${label}".`);
  }
  if (tool.strict === true) losses.add("strict_dropped", `${path}.strict`, "S");
  if (tool.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  const { function: inner, ...outer } = ownFields(tool.extra);
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...(tool.schema !== undefined && { parameters: tool.schema }),
      ...fieldsOf(inner),
    },
    ...outer,
  };
}

function writeFormat(request: ModelRequest, losses: Losses): unknown {
  const { output } = request;
  if (output?.type === "json") return "json";
  if (output?.type !== "json-schema") return undefined;
  if (output.description !== undefined) losses.add("field_dropped", "response_format.description", "M");
  return output.schema;
}

/** The words that Ollama has between true and false. */
const levels: readonly Effort[] = ["low", "medium", "high"];

function writeThink(request: ModelRequest, target: TargetTraits, losses: Losses): boolean | Effort | undefined {
  const control = request.reasoning;
  if (control === undefined) return undefined;
  if (request.dialect === ollamaDialect) return control.effort ?? control.mode === "enabled";
  const approximated = (action: "approximated" | "dropped") => losses.add("reasoning_control_approximated", "reasoning", "Q", action);
  const off = control.mode === "disabled" || (control.mode === undefined && control.effort === "none");
  if (off) return target.thinking === "none" ? undefined : false;
  const wanted = control.effort ?? (control.budgetTokens === undefined ? undefined : effortFor(control.budgetTokens));
  if (wanted === undefined && control.mode === undefined) return undefined;
  if (target.thinking === "none" || target.reasoningEffort === false) {
    approximated("dropped");
    return undefined;
  }
  const taken = target.efforts?.filter((effort) => levels.includes(effort)) ?? levels;
  if (wanted === undefined || taken.length === 0) {
    if (wanted !== undefined) approximated("approximated");
    return true;
  }
  const level = nearestEffort(wanted, taken);
  if (level !== control.effort) approximated("approximated");
  return level;
}
