export { type Adjustment, adjust, lookUp } from "./adjust.ts";
export type { Counter, Measure } from "./counter.ts";
export { countersOf, type LimitScope } from "./counters-of.ts";
export { isRefusal, Limiter, type LimiterOptions, type Need, type Reservation } from "./limiter.ts";
export type { Refusal, Standing } from "./local-share.ts";
export type { Look } from "./look.ts";
export { type LossOptions, lossRule } from "./on-loss.ts";
export { type BudgetOptions, budgetOptions, type LimitOptions, limitOptions } from "./options.ts";
export type { Threshold } from "./thresholds.ts";
