import type { Effort, Losses, ReasoningControl } from "../../exchange/index.ts";
import { effortFor, nearestEffort } from "../conversation/efforts.ts";
import type { TargetTraits } from "../dialect.ts";
import { compact, type Wire } from "./wire.ts";

const summaries = ["auto", "concise", "detailed"];

/**
 * What a caller of any dialect asks of the model's thinking, as `reasoning`. Budgets become the nearest effort; callers
 * whose dialect shows thoughts by default get summaries.
 */
export function writeReasoningControl(
  control: ReasoningControl | undefined,
  target: TargetTraits,
  own: boolean,
  losses: Losses,
): Wire | undefined {
  if (!control) return undefined;
  if (own) return compact({ effort: control.effort, summary: control.summary });
  const asked = askedEffort(control, losses);
  const effort = asked && writeEffort(asked, target, losses, control.mode === "disabled");
  const thinks = control.mode !== undefined ? control.mode !== "disabled" : control.budgetTokens !== undefined;
  const summary = summaryOf(control.summary, thinks);
  if (effort === undefined && (summary === undefined || target.efforts?.length === 0)) return undefined;
  return compact({ effort, summary });
}

function askedEffort(control: ReasoningControl, losses: Losses): Effort | undefined {
  if (control.mode === "disabled") return "none";
  if (control.effort !== undefined) return control.effort;
  if (control.budgetTokens === undefined && control.mode !== "enabled") return undefined;
  losses.add("reasoning_control_approximated", "reasoning.effort", "Q", "approximated");
  // Whoever wants thoughts and does not say how many gets the middle.
  return control.budgetTokens === undefined ? "medium" : effortFor(control.budgetTokens);
}

/**
 * The effort among those that the model takes. Where they are unknown, a caller's "no thinking" is left unsaid: models
 * that cannot think refuse the word, and it is their only way.
 */
function writeEffort(asked: Effort, target: TargetTraits, losses: Losses, disabled: boolean): Effort | undefined {
  const taken = target.efforts;
  if (taken === undefined) return disabled ? undefined : asked;
  if (taken.includes(asked)) return asked;
  if (!disabled || taken.length > 0) losses.add("reasoning_control_approximated", "reasoning.effort", "Q", "approximated");
  return nearestEffort(asked, taken);
}

function summaryOf(summary: string | undefined, thinks: boolean): string | undefined {
  if (summary === "omitted" || summary === "none") return undefined;
  if (summary === undefined) return thinks ? "auto" : undefined;
  return summaries.includes(summary) ? summary : "auto";
}
