import { type Effort, efforts, type ReasoningControl } from "../../exchange/index.ts";
import { type Fields, fieldsOf, isFields, numberOf, optional, restOf, textOf } from "./fields.ts";

/**
 * Converse hands `additionalModelRequestFields` to the model as they are, so each family of models has its own words for
 * thinking and for the size of the sample. `other` takes none of them.
 */
export type Family = "claude" | "nova" | "gpt-oss" | "qwen" | "other";

/**
 * By the model's id, inference profiles and regions included. The ARN of an application's own profile does not tell;
 * such profiles are made to attribute cost, mostly of Claude.
 */
export function familyOf(model: string): Family {
  if (/claude|anthropic\./.test(model)) return "claude";
  if (/\bnova-/.test(model)) return "nova";
  if (/gpt-oss|\bopenai\./.test(model)) return "gpt-oss";
  if (/\bqwen/.test(model)) return "qwen";
  return model.startsWith("arn:") && model.includes(":application-inference-profile/") ? "claude" : "other";
}

export interface ModelFields {
  readonly reasoning?: ReasoningControl;
  readonly topK?: number;
  readonly parallelToolCalls?: boolean;
  /** What nobody here acts on. */
  readonly rest?: Fields;
}

export function effortOf(word: unknown): Effort | undefined {
  return efforts.find((known) => known === word);
}

/** The wishes that stand in `additionalModelRequestFields`, in the words of any family. */
export function readModelFields(native: unknown): ModelFields {
  if (!isFields(native)) return {};
  const thinking = thinkingIn(native);
  const topK = numberOf(native.top_k) ?? numberOf(fieldsOf(native.inferenceConfig).topK);
  const choice = fieldsOf(native.tool_choice);
  const parallel = typeof choice.disable_parallel_tool_use === "boolean" ? !choice.disable_parallel_tool_use : undefined;
  const known = [
    ...thinking.members,
    ...(numberOf(native.top_k) === undefined ? [] : ["top_k"]),
    ...(parallel === undefined ? [] : ["tool_choice"]),
  ];
  const { inferenceConfig, ...others } = restOf(native, known) ?? {};
  const nova = numberOf(fieldsOf(inferenceConfig).topK) === undefined ? inferenceConfig : restOf(fieldsOf(inferenceConfig), ["topK"]);
  const rest = restOf({ ...others, ...optional("inferenceConfig", nova) }, []);
  return {
    ...optional("reasoning", thinking.control),
    ...optional("topK", topK),
    ...optional("parallelToolCalls", parallel),
    ...optional("rest", rest),
  };
}

interface Thinking {
  readonly control: ReasoningControl | undefined;
  /** The members that said it. */
  readonly members: readonly string[];
}

function thinkingIn(native: Fields): Thinking {
  const word = native.reasoning_effort ?? native.reasoning_config;
  const effort = effortOf(word);
  if (effort) return { control: { effort }, members: ["reasoning_effort", "reasoning_config"] };
  if (isFields(native.reasoningConfig)) return novaThinking(native.reasoningConfig);
  const name = isFields(native.thinking) ? "thinking" : "reasoning_config";
  const thinking = isFields(native[name]) ? claudeThinking(native[name]) : undefined;
  const claudeEffort = effortOf(fieldsOf(native.output_config).effort);
  const control = thinking ?? (claudeEffort && {});
  const aloneInConfig = claudeEffort && restOf(fieldsOf(native.output_config), ["effort"]) === undefined;
  return {
    control: control && { ...optional("effort", claudeEffort), ...control },
    members: [...(thinking ? [name] : []), ...(aloneInConfig ? ["output_config"] : [])],
  };
}

function claudeThinking(native: Fields): ReasoningControl | undefined {
  const { type } = native;
  if (type !== "enabled" && type !== "adaptive" && type !== "disabled") return undefined;
  if (restOf(native, ["type", "budget_tokens", "display"]) !== undefined) return undefined;
  return { mode: type, ...optional("budgetTokens", numberOf(native.budget_tokens)), ...optional("summary", textOf(native.display)) };
}

function novaThinking(native: Fields): Thinking {
  const { type } = native;
  const known = (type === "enabled" || type === "disabled") && restOf(native, ["type", "maxReasoningEffort"]) === undefined;
  if (!known) return { control: undefined, members: [] };
  return { control: { mode: type, ...optional("effort", effortOf(native.maxReasoningEffort)) }, members: ["reasoningConfig"] };
}
