import { type Effort, efforts } from "../../exchange/index.ts";

/** Efforts as thinking budgets, in tokens. Each comes back as the effort that it was. */
export const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 2048,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 65_536,
};

/** Up to how many tokens a budget counts as the effort. */
const reach: Readonly<Partial<Record<Effort, number>>> = { low: 4096, medium: 16_384, high: 32_000, xhigh: 49_152 };

/** What every model takes that takes efforts. */
const everywhere: readonly Effort[] = ["low", "medium", "high"];

/** @param taken lowest first, from `low` on */
export function effortFor(budgetTokens: number, taken: readonly Effort[] = everywhere): Effort {
  return taken.find((effort) => budgetTokens <= (reach[effort] ?? Number.POSITIVE_INFINITY)) ?? "high";
}

/**
 * The effort itself, or the nearest that the model takes; of two equally near the lower one. A wish to think is never
 * turned off: `none` is only for those who asked for it.
 * @param taken lowest first
 */
export function nearestEffort(wanted: Effort, taken: readonly Effort[]): Effort | undefined {
  if (taken.includes(wanted)) return wanted;
  const distance = (effort: Effort) => Math.abs(efforts.indexOf(effort) - efforts.indexOf(wanted));
  return taken.filter((effort) => effort !== "none").sort((a, b) => distance(a) - distance(b))[0];
}

/** What Claude takes at least. */
export const leastBudget = 1024;

/**
 * A budget below `maxTokens`, which counts thoughts too at Claude and is raised for them as far as the model goes.
 * Undefined where there is no room for both.
 * @param ceiling the model's own maximum, where it is known
 */
export function fitBudget(wanted: number, maxTokens: number, ceiling?: number): { budget: number; maxTokens: number } | undefined {
  const budget = Math.max(leastBudget, wanted);
  if (maxTokens > budget) return { budget, maxTokens };
  const raised = ceiling === undefined ? maxTokens + budget : Math.min(ceiling, maxTokens + budget);
  if (raised > budget) return { budget, maxTokens: raised };
  const reduced = raised - Math.min(maxTokens, Math.floor(raised / 2));
  return reduced >= leastBudget && reduced < raised ? { budget: reduced, maxTokens: raised } : undefined;
}
