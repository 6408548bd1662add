import type { Effort, ModelRequest, ReasoningControl } from "../../exchange/index.ts";
import { budgets, effortFor, fitBudget, leastBudget, nearestEffort } from "../conversation/efforts.ts";
import { type Block, isFields, optional, ownFields } from "./fields.ts";
import type { WritingRequest } from "./write-blocks.ts";
import type { Turn } from "./write-turns.ts";

export interface WrittenThinking {
  /** For `additionalModelRequestFields`. */
  readonly fields: Block;
  /** Raised where thoughts count as output. Undefined: the model's own maximum. */
  readonly maxTokens: number | undefined;
  /** Claude takes no sampling beside thoughts. */
  readonly thinks: boolean;
}

const threeEfforts: readonly Effort[] = ["low", "medium", "high"];
const claudeEfforts: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];
/** The largest budget that every thinking model takes beside an answer. */
const largestBudget = 32_768;

/** Efforts, budgets and modes in the words of the model's family; a wish that it has no word for is a loss. */
export function writeThinking(
  request: ModelRequest,
  turns: readonly Turn[],
  choice: Block | undefined,
  writing: WritingRequest,
): WrittenThinking {
  const wish = request.reasoning;
  const plain = { fields: {}, maxTokens: request.maxOutputTokens, thinks: false };
  if (!wish) return plain;
  const off = wish.mode === "disabled" || (wish.mode === undefined && wish.effort === "none");
  if (writing.family === "claude") return claudeThinking(request, wish, off, turns, choice, writing);
  // Said in `outputConfig`, which is written back as it came.
  if (writing.own && effortStandsApart(request)) return plain;
  const fields = familyFields(wish, off, writing);
  if (!fields) {
    if (!off) writing.losses.add("reasoning_control_approximated", "reasoning", "Q");
    return plain;
  }
  return { ...plain, fields };
}

function familyFields(wish: ReasoningControl, off: boolean, writing: WritingRequest): Block | undefined {
  const wanted = wish.effort ?? (wish.budgetTokens === undefined ? "medium" : effortFor(wish.budgetTokens, claudeEfforts));
  const taken = nearestEffort(wanted, writing.target.efforts ?? threeEfforts);
  const approximated = !off && (taken !== wish.effort || wish.budgetTokens !== undefined);
  if (approximated && writing.family !== "other" && !writing.own) {
    writing.losses.add("reasoning_control_approximated", "reasoning", "Q", "approximated");
  }
  switch (writing.family) {
    case "nova":
      if (!/nova-(?!micro-v1|lite-v1|pro-v1|premier-v1)/.test(writing.target.model)) return undefined;
      return { reasoningConfig: off ? { type: "disabled" } : { type: "enabled", maxReasoningEffort: taken } };
    case "gpt-oss":
      return off ? undefined : { reasoning_effort: taken };
    case "qwen":
      return off ? undefined : { reasoning_config: taken };
    default:
      return undefined;
  }
}

function claudeThinking(
  request: ModelRequest,
  wish: ReasoningControl,
  off: boolean,
  turns: readonly Turn[],
  choice: Block | undefined,
  writing: WritingRequest,
): WrittenThinking {
  const { target, losses, own } = writing;
  const maxTokens = request.maxOutputTokens;
  const plain = { fields: {}, maxTokens, thinks: false };
  const apart = own && effortStandsApart(request);
  if (own && target.thinking === undefined) return asWritten(wish, apart, maxTokens);
  const on = !off && (wish.mode !== undefined || wish.budgetTokens !== undefined || wish.effort !== undefined);
  const lose = (action: "approximated" | "dropped") => losses.add("reasoning_control_approximated", "reasoning", "Q", action);
  if (target.thinking === "none") {
    if (on) lose("dropped");
    return plain;
  }
  if (!on) return { ...plain, fields: off ? { thinking: { type: "disabled" } } : {} };
  const shown = wish.summary === undefined ? {} : { display: own ? wish.summary : "summarized" };
  if (target.thinking === "adaptive") {
    const effort = wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortFor(wish.budgetTokens, claudeEfforts));
    const taken = effort && nearestEffort(effort, target.efforts ?? claudeEfforts);
    if (taken !== wish.effort || wish.mode === "enabled") lose("approximated");
    const fields = { thinking: { type: "adaptive", ...shown }, ...(taken && !apart && { output_config: { effort: taken } }) };
    return { fields, maxTokens, thinks: true };
  }
  if (choice?.any || choice?.tool) {
    losses.add("reasoning_control_approximated", "tool_choice", "Q");
    return plain;
  }
  if (thoughtsAreMissing(turns)) {
    losses.add("reasoning_state_lost", "reasoning", "Q");
    return plain;
  }
  const wanted = wish.budgetTokens ?? Math.min(largestBudget, budgets[wish.effort ?? "medium"]);
  const fitted = fittedBudget(wanted, maxTokens, target.maxOutputTokens);
  if (!fitted) {
    lose("dropped");
    return plain;
  }
  if (fitted.budget !== wish.budgetTokens) lose("approximated");
  return { fields: { thinking: { type: "enabled", budget_tokens: fitted.budget, ...shown } }, maxTokens: fitted.maxTokens, thinks: true };
}

function asWritten(wish: ReasoningControl, effortApart: boolean, maxTokens: number | undefined): WrittenThinking {
  const { mode, effort } = wish;
  const thinking = mode && { type: mode, ...optional("budget_tokens", wish.budgetTokens), ...optional("display", wish.summary) };
  const fields = { ...optional("thinking", thinking), ...(effort && !effortApart && { output_config: { effort } }) };
  return { fields, maxTokens, thinks: mode !== undefined && mode !== "disabled" };
}

/** The caller said the effort in `outputConfig`, which rides along. */
function effortStandsApart(request: ModelRequest): boolean {
  const output = ownFields(request.extra).outputConfig;
  return isFields(output) && output.effort !== undefined;
}

interface Fitted {
  readonly budget: number;
  readonly maxTokens: number | undefined;
}

/** A budget below `maxTokens`, which counts thoughts too and is raised for them as far as the model goes. */
function fittedBudget(wanted: number, maxTokens: number | undefined, ceiling: number | undefined): Fitted | undefined {
  const most = maxTokens ?? ceiling;
  if (most === undefined) return { budget: Math.min(largestBudget, Math.max(leastBudget, wanted)), maxTokens };
  return fitBudget(wanted, most, ceiling);
}

/**
 * Inside an open round of tools Claude wants the thoughts that the round began with; behind results it need not think
 * again. Without them it answers without thinking.
 */
function thoughtsAreMissing(turns: readonly Turn[]): boolean {
  const spoken = turns.findLastIndex((turn) => turn.role === "user" && !turn.content.some((block) => block.toolResult !== undefined));
  if (spoken === turns.length - 1) return false;
  return turns.slice(spoken + 1).find((turn) => turn.role === "assistant")?.content[0]?.reasoningContent === undefined;
}
