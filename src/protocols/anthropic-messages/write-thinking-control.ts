import type { Effort, ModelRequest, ReasoningControl } from "../../exchange/index.ts";
import { budgets, effortFor, fitBudget, nearestEffort } from "../conversation/efforts.ts";
import { type Block, type Fields, isFields, ownFields } from "./fields.ts";
import type { WritingRequest } from "./write-blocks.ts";
import type { Turn } from "./write-turns.ts";

export interface ThinkingControl {
  readonly thinking?: Block;
  /** For `output_config.effort`. */
  readonly effort?: Effort;
  readonly maxTokens: number;
}

const anthropicEfforts: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

/**
 * Efforts, budgets and modes, each as the model wants to be asked. A budget is always below `max_tokens`, which counts
 * thoughts too and is raised for them as far as the model goes.
 */
export function writeThinkingControl(
  request: ModelRequest,
  turns: readonly Turn[],
  choice: Block | undefined,
  maxTokens: number,
  writing: WritingRequest,
): ThinkingControl {
  const wish = request.reasoning;
  if (!wish) return { maxTokens };
  const own = request.dialect === "anthropic-messages";
  const control =
    own && writing.target.thinking === undefined ? asWritten(request, wish, maxTokens) : translated(wish, own, maxTokens, writing);
  const { thinking, ...rest } = control;
  if (thinking?.type !== "enabled") return control;
  // Adaptive thinking goes with a forced tool; a budget does not.
  if (!own && (choice?.type === "any" || choice?.type === "tool")) {
    writing.losses.add("reasoning_control_approximated", "tool_choice", "Q");
    return rest;
  }
  if (thoughtsAreMissing(turns)) {
    writing.losses.add("reasoning_state_lost", "reasoning", "Q");
    return rest;
  }
  return control;
}

function asWritten(request: ModelRequest, wish: ReasoningControl, maxTokens: number): ThinkingControl {
  const kept = ownFields(request.extra).thinking;
  const rest: Fields = isFields(kept) ? kept : {};
  const thinking: Block | undefined =
    wish.mode === undefined
      ? undefined
      : {
          type: wish.mode,
          ...(wish.budgetTokens !== undefined && { budget_tokens: wish.budgetTokens }),
          ...(wish.summary !== undefined && { display: wish.summary }),
          ...rest,
        };
  return { ...(thinking && { thinking }), ...(wish.effort && { effort: wish.effort }), maxTokens };
}

function translated(wish: ReasoningControl, own: boolean, maxTokens: number, writing: WritingRequest): ThinkingControl {
  const { target, losses } = writing;
  const approximate = (action: "approximated" | "dropped" = "approximated") =>
    losses.add("reasoning_control_approximated", "reasoning", "Q", action);
  const off = wish.mode === "disabled" || (wish.mode === undefined && wish.effort === "none");
  const on = !off && (wish.mode !== undefined || wish.budgetTokens !== undefined || (!own && wish.effort !== undefined));
  if (target.thinking === "none") {
    if (on) approximate("dropped");
    return { maxTokens };
  }
  if (off) return { thinking: { type: "disabled" }, maxTokens };
  const display = own ? wish.summary : wish.summary === undefined ? undefined : "summarized";
  const shown = display === undefined ? {} : { display };
  if (target.thinking === "adaptive") {
    const effort = wish.effort ?? (wish.budgetTokens === undefined ? undefined : effortFor(wish.budgetTokens, anthropicEfforts));
    const taken = effort && nearestEffort(effort, target.efforts ?? anthropicEfforts);
    if (taken !== wish.effort || wish.mode === "enabled") approximate();
    return { ...(on && { thinking: { type: "adaptive", ...shown } }), ...(taken && { effort: taken }), maxTokens };
  }
  if (!on) {
    if (wish.effort) approximate("dropped");
    return { maxTokens };
  }
  if (wish.budgetTokens === undefined) approximate();
  const fitted = fitBudget(wish.budgetTokens ?? budgets[wish.effort ?? "medium"], maxTokens, target.maxOutputTokens);
  if (!fitted) {
    approximate("dropped");
    return { maxTokens };
  }
  if (wish.budgetTokens !== undefined && wish.budgetTokens !== fitted.budget) approximate();
  return { thinking: { type: "enabled", budget_tokens: fitted.budget, ...shown }, maxTokens: fitted.maxTokens };
}

/**
 * Inside an open round of tools Anthropic wants the thoughts that the round began with; behind results the model need not
 * think again. A caller that could not keep them gets this turn without thinking, instead of a refusal.
 */
function thoughtsAreMissing(turns: readonly Turn[]): boolean {
  const spoken = turns.findLastIndex((turn) => turn.role === "user" && !turn.content.some((block) => block.type === "tool_result"));
  if (spoken === turns.length - 1) return false;
  const first = turns.slice(spoken + 1).find((turn) => turn.role === "assistant")?.content[0]?.type;
  return first !== "thinking" && first !== "redacted_thinking";
}
