import type { Principal } from "../../exchange/index.ts";
import { bodyOwner } from "../../storage/index.ts";

/** Whose answers are sealed by one key. Bodies have another: what is erased of the one stays of the other. */
export function answersOwner(organisation: string | undefined): string {
  return `answers-${bodyOwner(organisation)}`;
}

/** Who has keys together: one that took another's place goes on where that one stood. */
export function callerOf({ countedAs, keyId }: Principal): string {
  return countedAs ?? keyId;
}
