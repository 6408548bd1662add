import { denyWords } from "./deny-words/deny-words.ts";
import type { Policy } from "./policy.ts";

/** Every policy that `policies[].use` may name. */
export const policies: ReadonlyMap<string, Policy> = new Map([denyWords as Policy<never> as Policy].map((policy) => [policy.id, policy]));
