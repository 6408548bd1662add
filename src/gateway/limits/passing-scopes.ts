import type { LimitedScope } from "../../exchange/index.ts";
import { type BudgetOptions, type Counter, countersOf, type LimitOptions, type LimitScope } from "../../policies/index.ts";

type Options = Pick<LimitedScope, "limits" | "budget">;

const mostKept = 10_000;

/**
 * Counters of scopes that come and go with the requests, as sessions: at most so many are kept, of which the longest unused goes. What
 * was counted is with the limiter and not here.
 */
export class PassingScopes {
  readonly #kept = new Map<string, { readonly options: Options; readonly counters: readonly Counter[] }>();

  /** @param options the very same as long as they stay as they are */
  of(scope: LimitScope, options: Options): readonly Counter[] {
    const name = `${scope.kind}:${scope.id}`;
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    if (known?.options === options) {
      this.#kept.set(name, known);
      return known.counters;
    }
    if (this.#kept.size >= mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
    const { limits, budget } = options;
    const counters = countersOf(scope, limits as LimitOptions | undefined, budget as BudgetOptions | undefined);
    this.#kept.set(name, { options, counters });
    return counters;
  }
}
