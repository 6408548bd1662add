import type { Question } from "./bench.ts";
import { type RecordedExchange, wrappedMessages } from "./exchange.ts";
import type { Arrival } from "./replay-upstream.ts";

/** What InvokeModel's callers say of the call in headers. */
export const besideInvoke = /^x-amzn-bedrock-(guardrail\w+|trace|performanceconfig-latency|service-tier|request-metadata)$/;

/** The headers of the recorded request that decide what it means. */
export function dialectHeaders(exchange: RecordedExchange): Record<string, string> {
  const sent = Object.entries(exchange.request?.headers ?? {});
  const ofBedrock = sent.filter(([name]) => besideInvoke.test(name));
  // Version and betas stand in the body there, whatever else the SDK says of them.
  if (exchange.api === wrappedMessages) {
    const betas = exchange.requestJson?.anthropic_beta;
    return Object.fromEntries([...ofBedrock, ...(Array.isArray(betas) ? [["anthropic-beta", betas.join(",")]] : [])]);
  }
  if (exchange.api === "invoke-model") return Object.fromEntries(ofBedrock);
  return Object.fromEntries([...ofBedrock, ...sent.filter(([name]) => /^(anthropic-(version|beta)|openai-beta)$/.test(name))]);
}

/**
 * Anthropic's version and betas decide what the body means, Bedrock's guardrail what becomes of it: they go with it.
 * @param names those that are looked at
 */
export function headerDifference(question: Question, arrival: Arrival, names = /./): string | undefined {
  if (question.caller !== "anthropic-messages" && question.caller !== "bedrock-invoke") return undefined;
  for (const [name, value] of Object.entries(question.headers ?? {})) {
    if (names.test(name) && arrival.headers[name] !== value) return `header ${name}: ${value} became ${arrival.headers[name]}`;
  }
  return undefined;
}
