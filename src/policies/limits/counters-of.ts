import type { Counter, Measure } from "./counter.ts";
import type { BudgetOptions, LimitOptions } from "./options.ts";
import type { CalendarUnit, Window } from "./window.ts";

/** Whose limits they are. */
export interface LimitScope {
  /** `key`, `team`, …: the first word of a counter's name. */
  readonly kind: string;
  /** Unlike that of all others of the kind. */
  readonly id: string;
  /** For people: `the key "ten"`. */
  readonly whose: string;
}

const lengths = { Minute: 60_000, Hour: 3_600_000 } as const;
const nanosPerUsd = 1_000_000_000;

/** The counters of one scope. */
export function countersOf(scope: LimitScope, limits: LimitOptions | undefined, budget: BudgetOptions | undefined): Counter[] {
  return [...(limits ? limitCounters(scope, limits) : []), ...(budget ? budgetCounters(scope, budget) : [])];
}

function limitCounters(scope: LimitScope, { window = "bucket", zone = "UTC", then, alerts, ...options }: LimitOptions): Counter[] {
  const counter = (measure: Measure, limit: number, within: Window, period: string) =>
    counterOf(scope, measure, limit, within, period, { instead: then?.use, alerts });
  return Object.entries(options).flatMap(([name, limit]) => {
    if (typeof limit !== "number") return [];
    if (name === "concurrency") return [counter("concurrency", limit, { kind: "standing" }, "now")];
    const [, measure, unit] = /^(\w+)Per(Minute|Hour|Day|Week|Month|Quarter|Year)$/.exec(name) ?? [];
    if (measure === undefined || unit === undefined) throw new Error(`The options were not checked: ${name} is no limit.`);
    const calendar = { kind: "calendar", unit: unit.toLowerCase() as CalendarUnit, zone } as const;
    const within: Window =
      (unit === "Minute" || unit === "Hour") && window !== "calendar" ? { kind: window, lengthMs: lengths[unit] } : calendar;
    return [counter(measure as Measure, limit, within, unit.toLowerCase())];
  });
}

function budgetCounters(scope: LimitScope, budget: BudgetOptions): Counter[] {
  const all = Array.isArray(budget) ? budget : [budget];
  return all.map(({ usd, per, zone = "UTC", then, alerts }) =>
    counterOf(scope, "nanos", Math.round(usd * nanosPerUsd), { kind: "calendar", unit: per, zone }, per, { instead: then?.use, alerts }),
  );
}

function counterOf(
  { kind, id, whose }: LimitScope,
  measure: Measure,
  limit: number,
  window: Window,
  period: string,
  { instead, alerts }: Pick<Counter, "instead" | "alerts">,
): Counter {
  const name = `${kind}-${measure === "nanos" ? "budget" : kebab(measure)}-${period}`;
  // How it is counted is a part of the id: a limit that is counted otherwise from now on begins anew.
  const how =
    window.kind === "calendar" ? `${window.unit}@${window.zone}` : window.kind === "standing" ? "now" : `${window.kind}${window.lengthMs}`;
  return {
    id: `${kind}:${id}|${measure}|${how}`,
    limit,
    measure,
    window,
    whose,
    name,
    ...(instead !== undefined && { instead }),
    ...(alerts && { alerts }),
  };
}

/** Whether a counter of this id says what is under way now: it begins anew with the processes that counted it. */
export function isStandingCounter(id: string): boolean {
  return id.endsWith("|concurrency|now");
}

function kebab(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
