import type { SettledRecord } from "../../src/storage/index.ts";
import type { ScriptedEvent } from "../upstreams/dialect-answers.ts";
import type { RawAnswer } from "./raw-client.ts";
import { type Case, type Marks, marksOf, marksOfWhole, type Plan, parsed } from "./scenarios.ts";

/** What a client makes of an answer. */
export interface Reading {
  readonly kind: "success" | "http-error" | "error-in-band" | "broken";
  readonly marks: Marks;
  readonly events: readonly ScriptedEvent[];
}

export function readAnswer({ client, stream }: Pick<Case, "client" | "stream">, answer: RawAnswer): Reading {
  const text = answer.body.toString("utf8");
  const none = { finish: false, end: false };
  if (answer.status !== 200) return { kind: isTypedError(client, text) && answer.whole ? "http-error" : "broken", marks: none, events: [] };
  if (!stream) {
    const marks = marksOfWhole(client, text);
    return { kind: answer.whole && parsed(text) !== undefined ? "success" : "broken", marks, events: [] };
  }
  const events = sseEvents(text);
  const marks = marksOf(client, events);
  const last = events.at(-1);
  if (last !== undefined && isErrorEvent(client, last)) return { kind: "error-in-band", marks, events };
  return { kind: answer.whole ? "success" : "broken", marks, events };
}

/** Everything that is wrong with an answer and its record; empty where the promises hold. */
export function complaints(of: Case, plan: Plan, answer: RawAnswer, records: readonly SettledRecord[]): string[] {
  const reading = readAnswer(of, answer);
  const { kind, marks } = reading;
  const out: string[] = [];
  const say = (wrong: boolean, text: string) => wrong && out.push(text);
  say(answer.ended === "never", "the client waits for ever");
  say(kind === "broken", `broken off without a word (status ${answer.status}, ${answer.ended}, ${answer.body.length} bytes)`);
  say(marks.finish && !plan.sent.finish, "a finish reason that the upstream did not send");
  say(marks.end && !endMayBeSaid(of, plan), "an end that the upstream did not send");
  say(kind === "success" && plan.verdict === "fails", "a success out of a failure");
  say(kind !== "success" && plan.verdict === "succeeds", `a failure out of a success (${kind} ${answer.status})`);
  say(kind === "error-in-band" && answer.whole, "the connection ended in order after an error");
  say(kind === "http-error" && answer.status < 400, `an error with status ${answer.status}`);
  say(kind === "success" && of.stream && !marks.end && plan.sent.end, "the end got lost");
  say(answer.status !== 0 && answer.headers["x-sluice-request-id"] === undefined, "no request id");
  return [...out, ...recordComplaints(of, plan, answer, reading, records)];
}

function recordComplaints(of: Case, plan: Plan, answer: RawAnswer, { kind }: Reading, records: readonly SettledRecord[]): string[] {
  const [record] = records;
  if (record === undefined || records.length !== 1) return answer.status === 0 ? [] : [`${records.length} records`];
  const out: string[] = [];
  const say = (wrong: boolean, text: string) => wrong && out.push(text);
  const { outcome, fault, usage, status } = record;
  say(status !== answer.status, `the record says status ${status}`);
  say(kind === "success" && (outcome !== "success" || fault !== undefined), `a success is recorded as ${outcome} ${fault ?? ""}`);
  say(kind !== "success" && fault === undefined, `a failure is recorded as ${outcome} without a fault`);
  // The outcome of an upstream's 4xx is the caller's own doing.
  say(kind !== "success" && outcome !== "failed" && !/^status-4/.test(of.scenario), `a failure is recorded as ${outcome}`);
  say(kind !== "success" && fault !== undefined && plan.faults.source !== "^$" && !plan.faults.test(fault), `the fault is ${fault}`);
  say(kind === "success" && usage === undefined, "nothing is recorded as used");
  say(kind === "error-in-band" && usage === undefined, "nothing of what was shown is recorded as used");
  say(kind === "error-in-band" && usage?.source === "reported" && !plan.sent.finish, "usage of a broken answer is recorded as reported");
  say(usage !== undefined && !isPossible(usage.output), `an output of ${usage?.output} tokens`);
  return out;
}

function isPossible(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

/** Another dialect's end may be said once the upstream gave its reason to finish. */
function endMayBeSaid({ client, upstream }: Case, { sent }: Plan): boolean {
  return sent.end || (client !== upstream && sent.finish);
}

function isErrorEvent(client: Case["client"], { data }: ScriptedEvent): boolean {
  const event = parsed(data);
  if (client === "openai-chat") return event?.error != null;
  return event?.type === "error" || (client === "openai-responses" && event?.type === "response.failed");
}

function isTypedError(client: Case["client"], body: string): boolean {
  const json = parsed(body);
  const typed = typeof json?.error?.message === "string" && typeof json.error.type === "string";
  return typed && (client !== "anthropic-messages" || json?.type === "error");
}

/** The events of a body as a simple client reads them; what is not ended by a blank line is no event. */
export function sseEvents(text: string): ScriptedEvent[] {
  const blocks = text
    .replace(/^\uFEFF/, "")
    .replaceAll(/\r\n|\r/g, "\n")
    .split("\n\n")
    .slice(0, -1);
  return blocks.flatMap((block) => {
    const lines = block.split("\n");
    const name = lines
      .find((line) => line.startsWith("event:"))
      ?.slice(6)
      .trim();
    const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
    return data.length === 0 ? [] : [{ ...(name !== undefined && { name }), data: data.join("\n") }];
  });
}
