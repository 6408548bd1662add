import type { Attempt } from "../exchange/index.ts";
import type { Choice } from "./model-route.ts";

const mostNamed = 3;

/** Why the target that answered was asked, where it was not the first try: the choice, and how the tries before it ended. */
export function reasonOf(choice: Pick<Choice<unknown>, "reason">, attempts: readonly Attempt[]): string {
  const failed = attempts.slice(0, -1).map(({ target, outcome }) => `${target} ${outcome}`);
  const named = failed.slice(0, mostNamed).join(", ");
  const more = failed.length > mostNamed ? ` and ${failed.length - mostNamed} more` : "";
  return `${choice.reason} failed (${named}${more}); next try`;
}
