import { type Exchange, Fault } from "../exchange/index.ts";
import type { Rule } from "./policy.ts";

const patienceMs = 5_000;

/**
 * Asks every rule about the request, in the order of the config. The first refusal counts.
 *
 * @returns undefined where no rule needed time, which is the ordinary case
 * @throws Fault `policy_*`; a rule that throws anything else, or takes longer than 5 s, refuses with `policy_failed`
 */
export function admit(rules: readonly Rule[], exchange: Exchange, from = 0): Promise<void> | undefined {
  for (let at = from; at < rules.length; at++) {
    const rule = rules[at] as Rule;
    const verdict = asked(rule, exchange);
    if (verdict) return inTime(verdict, rule).then(() => admit(rules, exchange, at + 1));
  }
  return undefined;
}

function asked(rule: Rule, exchange: Exchange): Promise<void> | undefined {
  try {
    const verdict = rule.request?.(exchange);
    return verdict instanceof Promise ? verdict : undefined;
  } catch (error) {
    throw refusalOf(error, rule);
  }
}

export function refusalOf(error: unknown, rule: Rule): Fault {
  if (error instanceof Fault) return error;
  return new Fault("policy_failed", {
    message: `The policy "${rule.id}" failed, so the request was refused.`,
    policy: rule.id,
    cause: error,
  });
}

async function inTime(verdict: Promise<void>, rule: Rule): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${rule.id} took longer than ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([verdict, late]);
  } catch (error) {
    throw refusalOf(error, rule);
  } finally {
    clearTimeout(timer);
  }
}
