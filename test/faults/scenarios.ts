import { dialectAnswers, type ScriptedEvent } from "../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { dialects, providerFor } from "./upstream-config.ts";

/** One request of the matrix. */
export interface Case {
  readonly client: ScriptedDialect;
  readonly upstream: ScriptedDialect;
  /** A model of the fault upstream: the scenario. */
  readonly scenario: string;
  readonly stream: boolean;
}

/** The marks of a success that an answer can bear: why it finished, and that it is over. */
export interface Marks {
  readonly finish: boolean;
  readonly end: boolean;
}

/** What a scenario sends, and what may come of it. */
export interface Plan {
  readonly sent: Marks;
  /** `either` where the answer is damaged in a way that a gateway may pass on as it is. */
  readonly verdict: "succeeds" | "fails" | "either";
  /** The faults that may stand in the record of a failure. */
  readonly faults: RegExp;
}

const everyEvent = ["cut", "rst", "stall", "error", "bad-json", "bad-utf8"];
const toolsToo = ["cut", "rst", "stall", "error"];
const once = [
  ...["ok", "tools", "drip", "slow-50", "mixed-eol", "giant-chunk-1000000", "packed-gzip", "packed-deflate", "packed-br", "packed-zstd"],
  ...["rst0", "no-terminal", "tools-no-terminal", "error-in-200", "giant-line-5000000", "slow-headers", "slow-drip", "gzip-chain"],
  ...["cl-short", "cl-long", "cl-te", "lies-usage-negative", "lies-usage-huge", "lies-usage-missing"],
  ...[400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529].map((status) => `status-${status}`),
  "status-429-retry-7",
];
const crossOnce = [
  "ok",
  "tools",
  "no-terminal",
  "error-in-200",
  "bad-json-5",
  "stall-6",
  "lies-usage-huge",
  "rst0",
  "status-429",
  "status-500",
];

/** Every scenario at every event, in the upstream's own dialect, streamed and not. */
export function nativeCases(): Case[] {
  return dialects.flatMap((dialect) => {
    const scenarios = [
      ...once,
      ...everyEvent.flatMap((name) => indexes(dialect, false).map((at) => `${name}-${at}`)),
      ...toolsToo.flatMap((name) => indexes(dialect, true).map((at) => `tools-${name}-${at}`)),
    ];
    return both(scenarios, dialect, dialect);
  });
}

/** A sample where the answer is translated. */
export function crossCases(pairs: readonly (readonly [ScriptedDialect, ScriptedDialect])[]): Case[] {
  return pairs.flatMap(([client, upstream]) => {
    const scenarios = [
      ...crossOnce,
      ...["cut", "error", "tools-cut"].flatMap((name) => indexes(upstream, name.startsWith("tools")).map((at) => `${name}-${at}`)),
    ];
    return both(scenarios, client, upstream);
  });
}

function both(scenarios: readonly string[], client: ScriptedDialect, upstream: ScriptedDialect): Case[] {
  return scenarios.flatMap((scenario) => [true, false].map((stream) => ({ client, upstream, scenario, stream })));
}

function indexes(dialect: ScriptedDialect, tools: boolean): number[] {
  return [...eventsOf(dialect, tools).keys()];
}

/** The caller's dialect stands in the name, so that each is a target with a breaker of its own. */
export function modelOf({ client, upstream, scenario }: Case): string {
  return `${providerFor[upstream]}/${client}/${scenario}`;
}

export function eventsOf(dialect: ScriptedDialect, tools: boolean): ScriptedEvent[] {
  return dialectAnswers[dialect].events({ model: "any", tools, usage: "true" });
}

/** Numbered scenarios are told by name and place. */
export function planOf({ upstream, scenario, stream }: Case): Plan {
  const tools = scenario === "tools" || scenario.startsWith("tools-");
  const word = tools ? scenario.slice("tools-".length) : scenario;
  const [, name = word, number] = /^(cut|rst|stall|error|bad-json|bad-utf8|giant-line|slow|giant-chunk)-(\d+)$/.exec(word) ?? [];
  const events = eventsOf(upstream, tools);
  const marks = (sent: readonly ScriptedEvent[]): Marks => (stream ? marksOf(upstream, sent) : { finish: false, end: false });
  const all = stream ? marksOf(upstream, events) : { finish: true, end: true };
  const at = Number(number);
  const plan = (sent: Marks, verdict: Plan["verdict"], faults: RegExp): Plan => ({ sent, verdict, faults });
  switch (name) {
    case "cut":
    case "rst":
      return plan(marks(events.slice(0, at)), "fails", /^upstream_(incomplete|unreachable|malformed)$/);
    case "stall":
      return plan(marks(events.slice(0, at)), "fails", /^upstream_timeout$/);
    case "error":
      return plan(marks(events.slice(0, at)), "fails", /^upstream_(failed|overloaded)$/);
    case "error-in-200":
      return plan(marks([]), "fails", /^upstream_(failed|overloaded)$/);
    case "bad-json":
    case "bad-utf8":
      return plan(marks(events.toSpliced(at, 1)), stream ? "either" : "fails", /^upstream_malformed$/);
    case "no-terminal":
      // A chat answer that gave its finish reason is whole without [DONE].
      return plan(marks(events.slice(0, -1)), stream && upstream !== "openai-chat" ? "fails" : "either", /^upstream_incomplete$/);
    case "giant-line":
      return stream ? plan(marks([]), "fails", /^upstream_(malformed|too_large)$/) : plan(all, "succeeds", /^$/);
    case "rst0":
      return plan(marks([]), "fails", /^upstream_(unreachable|incomplete)$/);
    case "slow-headers":
    case "slow-drip":
      return plan(marks([]), "fails", /^upstream_timeout$/);
    case "gzip-chain":
      return plan(marks([]), "fails", /^upstream_malformed$/);
    case "cl-short":
    case "cl-te":
      return plan(all, "either", /^upstream_/);
    case "cl-long":
      return plan({ finish: stream && upstream !== "openai-responses", end: false }, stream ? "either" : "fails", /^upstream_/);
    default:
      return /^status-/.test(name) ? plan(marks([]), "fails", /^upstream_/) : plan(all, "succeeds", /^$/);
  }
}

/** The marks in a stream's events. */
export function marksOf(dialect: ScriptedDialect, events: readonly ScriptedEvent[]): Marks {
  const found = events.map(({ data }) => markOf(dialect, data));
  return { finish: found.some((mark) => mark.finish), end: found.some((mark) => mark.end) };
}

function markOf(dialect: ScriptedDialect, data: string): Marks {
  if (data === "[DONE]") return { finish: false, end: true };
  const event = parsed(data);
  switch (dialect) {
    case "openai-chat":
      return { finish: event?.choices?.some((choice) => choice.finish_reason != null) ?? false, end: false };
    case "openai-responses": {
      const over = event?.type === "response.completed" || event?.type === "response.incomplete";
      return { finish: over, end: over };
    }
    case "anthropic-messages":
      return { finish: event?.delta?.stop_reason != null, end: event?.type === "message_stop" };
  }
}

/** The marks of an answer that came in one piece; it is over where it says why. */
export function marksOfWhole(dialect: ScriptedDialect, body: string): Marks {
  const json = parsed(body);
  const finish =
    dialect === "openai-chat"
      ? json?.choices?.some((choice) => choice.finish_reason != null)
      : dialect === "openai-responses"
        ? json?.status === "completed"
        : json?.stop_reason != null;
  return { finish: finish ?? false, end: finish ?? false };
}

/** As much of the three dialects' events and answers as the oracle looks at. */
export interface Wire {
  readonly type?: string;
  readonly status?: string;
  readonly stop_reason?: string | null;
  readonly choices?: readonly { readonly finish_reason?: string | null }[];
  readonly delta?: { readonly stop_reason?: string | null };
  readonly error?: { readonly message?: unknown; readonly type?: unknown } | null;
  readonly message?: unknown;
}

export function parsed(text: string): Wire | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
