import type { Effort, ModelRequest, ReasoningControl } from "../../../exchange/index.ts";
import { budgets, effortFor, nearestEffort } from "../../conversation/efforts.ts";
import { geminiDialect, type Native } from "../fields.ts";
import { generationOf } from "../generation.ts";
import type { WritingRequest } from "./write-parts.ts";

const levels: readonly Effort[] = ["minimal", "low", "medium", "high"];

type Way = "level" | "budget" | "none";

/** `thinkingConfig`: levels since Gemini 3, budgets for 2.5, nothing before. A caller of this dialect knows which. */
export function writeThinking(request: ModelRequest, writing: WritingRequest): Native | undefined {
  const wish = request.reasoning;
  if (!wish) return undefined;
  if (request.dialect === geminiDialect) return asWritten(wish);
  const way = wayOf(writing);
  const effort = askedEffort(wish);
  if (way === "none") {
    if (effort !== undefined || wish.mode === "enabled") lose(writing, "dropped");
    return undefined;
  }
  const control = way === "level" ? levelOf(wish, effort, writing) : budgetOf(wish, effort, writing);
  const shown = wish.summary === undefined ? showsUnasked(wish, effort, request) : !["omitted", "none"].includes(wish.summary);
  const config = { ...(shown && { includeThoughts: true }), ...control };
  return Object.keys(config).length > 0 ? config : undefined;
}

/** Chat Completions has no word for seeing thoughts: its providers show them to whoever asks for some. */
function showsUnasked({ mode }: ReasoningControl, effort: Effort | undefined, { dialect }: ModelRequest): boolean {
  return mode === "enabled" || mode === "adaptive" || (dialect === "openai-chat" && effort !== undefined && effort !== "none");
}

function asWritten({ mode, budgetTokens, effort, summary }: ReasoningControl): Native {
  const budget = mode === "disabled" ? 0 : mode === "adaptive" ? -1 : budgetTokens;
  return {
    ...(summary !== undefined && { includeThoughts: true }),
    ...(budget !== undefined && { thinkingBudget: budget }),
    ...(effort && { thinkingLevel: effort.toUpperCase() }),
  };
}

/** As the provider says, otherwise by the model's name. */
function wayOf({ target }: WritingRequest): Way {
  if (target.thinking !== undefined) return target.thinking === "adaptive" ? "level" : target.thinking;
  const generation = generationOf(target.model);
  return generation >= 3 ? "level" : generation >= 2.5 ? "budget" : "none";
}

function askedEffort({ mode, effort, budgetTokens }: ReasoningControl): Effort | undefined {
  if (mode === "disabled") return "none";
  if (effort !== undefined || budgetTokens === undefined) return effort;
  return effortFor(budgetTokens);
}

function levelOf(wish: ReasoningControl, effort: Effort | undefined, writing: WritingRequest): Native {
  if (effort === undefined) return {};
  const taken = (writing.target.efforts ?? defaultLevels(writing.target.model)).filter((level) => levels.includes(level));
  const level = nearestEffort(effort, taken);
  if (level !== effort || wish.budgetTokens !== undefined) lose(writing, level ? "approximated" : "dropped");
  return level ? { thinkingLevel: level.toUpperCase() } : {};
}

/** The large models cannot think as little as that. */
function defaultLevels(model: string): readonly Effort[] {
  return /-pro\b/.test(model) ? levels.slice(1) : levels;
}

function budgetOf({ mode, budgetTokens }: ReasoningControl, effort: Effort | undefined, writing: WritingRequest): Native {
  if (budgetTokens !== undefined && mode !== "disabled") return { thinkingBudget: bounded(budgetTokens, writing) };
  // As much as the model finds right: some do not think at all unless they are asked to.
  if (effort === undefined) return mode === "adaptive" || mode === "enabled" ? { thinkingBudget: -1 } : {};
  if (effort !== "none") lose(writing, "approximated");
  return { thinkingBudget: bounded(budgets[effort], writing) };
}

/** What the models of 2.5 take. */
function bounded(budget: number, writing: WritingRequest): number {
  const { model } = writing.target;
  const [least, most] = /-pro\b/.test(model) ? [128, 32_768] : /-lite\b/.test(model) ? [budget === 0 ? 0 : 512, 24_576] : [0, 24_576];
  const taken = Math.min(most, Math.max(least, budget));
  if (taken !== budget) lose(writing, "approximated");
  return taken;
}

function lose({ losses }: WritingRequest, action: "approximated" | "dropped"): void {
  if (losses.list.some(({ code }) => code === "reasoning_control_approximated")) return;
  losses.add("reasoning_control_approximated", "reasoning", "Q", action);
}
