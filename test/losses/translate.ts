import { type DialectId, Fault, JsonBody, type Loss, Losses, type ModelRequest } from "../../src/exchange/index.ts";
import { dialects } from "../../src/protocols/every-codec.ts";
import { AnswerLosses, collect, play, type TargetTraits, translateRequest, type WriteContext } from "../../src/protocols/index.ts";
import type { Json } from "../transcripts/exchange.ts";
import type { Feature, Features } from "./feature.ts";

/** What became of a feature on its way into another dialect. */
export type Outcome =
  | { readonly kind: "carried" }
  | { readonly kind: "unneeded"; readonly reason: string }
  | { readonly kind: "reported"; readonly losses: readonly Loss[] }
  | { readonly kind: "refused"; readonly message: string }
  /** Gone, and nobody said so: the test fails. */
  | { readonly kind: "silent"; readonly missing: string };

/** A model of each dialect that can do what the dialect can. */
const targets: Partial<Record<DialectId, TargetTraits>> = {
  "openai-chat": { provider: "openai", model: "gpt-5.2", freeTextTools: true },
  "openai-responses": { provider: "openai", model: "gpt-5.2", freeTextTools: true },
  "anthropic-messages": { provider: "anthropic", model: "claude-sonnet-4-5", maxOutputTokens: 64_000 },
  "gemini-generate": { provider: "gemini", model: "gemini-3-pro" },
  "gemini-interactions": { provider: "gemini", model: "gemini-3-pro" },
  "bedrock-converse": { provider: "bedrock", model: "anthropic.claude-sonnet-4-5-20250929-v1:0", maxOutputTokens: 64_000 },
  "cohere-chat": { provider: "cohere", model: "command-a-reasoning-08-2025" },
  "ollama-chat": { provider: "ollama", model: "qwen3" },
};

export interface Translated {
  readonly body: string;
  readonly losses: readonly Loss[];
}

/** The request of a caller as an upstream of another dialect gets it. */
export function translated(caller: DialectId, request: Json, upstream: DialectId): Translated {
  const losses = new Losses();
  const body = JsonBody.scan(Buffer.from(JSON.stringify(request)));
  const context = { model: String(request.model), stream: request.stream === true, header: () => undefined };
  const read = dialects[caller].readRequest(body, context);
  const target = targets[upstream] ?? { provider: upstream, model: "model" };
  return { body: JSON.stringify(translateRequest(read, dialects[upstream], target, losses)), losses: losses.list };
}

/** A model's answer as a caller of another dialect gets it, whole or as a stream. */
export function translatedAnswer(upstream: DialectId, answer: Json, caller: DialectId, shape: "whole" | "stream"): Translated {
  const events = play(dialects[upstream].readAnswer(answer));
  const watch = new AnswerLosses(caller);
  for (const event of events) watch.see(event);
  const request: ModelRequest = { dialect: caller, model: "m", stream: shape === "stream", includeUsage: true, items: [] };
  const context: WriteContext = { request, requestId: "req_1", createdAt: 1 };
  const writer = dialects[caller];
  const written =
    shape === "whole" ? JSON.stringify(writer.writeAnswer(collect(events), context)) : writer.writeStream(context).write(events);
  return { body: typeof written === "string" ? written : Buffer.from(written).toString(), losses: watch.losses.list };
}

/** What becomes of a feature of an answer: in the whole one, and in the stream, which must not lose more. */
export function answerOutcomeOf({ dialect, plain }: Features, feature: Feature, caller: DialectId): Outcome {
  const outcomes = (["whole", "stream"] as const).map((shape) => {
    const without = translatedAnswer(dialect, feature.beside ?? plain, caller, shape);
    return compared(translatedAnswer(dialect, { ...plain, ...feature.beside, ...feature.members }, caller, shape), without, feature);
  });
  return outcomes.find((outcome) => outcome.kind === "silent") ?? (outcomes[0] as Outcome);
}

/** Sends a request with the feature and one without it: the difference is what became of it. */
export function outcomeOf({ dialect, plain }: Features, feature: Feature, upstream: DialectId): Outcome {
  let without: Translated;
  let written: Translated;
  try {
    without = translated(dialect, feature.beside ?? plain, upstream);
    written = translated(dialect, { ...plain, ...feature.beside, ...feature.members }, upstream);
  } catch (error) {
    if (error instanceof Fault && error.code === "request_unsupported") return { kind: "refused", message: error.message };
    throw error;
  }
  return compared(written, without, feature);
}

function compared(written: Translated, without: Translated, feature: Feature): Outcome {
  const known = new Set(without.losses.map(keyOf));
  const losses = written.losses.filter((loss) => !known.has(keyOf(loss)));
  if (losses.length > 0) return { kind: "reported", losses };
  const missing = (feature.marks ?? []).filter((mark) => !holds(written.body, mark));
  if (written.body !== without.body && missing.length === 0) return { kind: "carried" };
  if (feature.unneeded !== undefined) return { kind: "unneeded", reason: feature.unneeded };
  return { kind: "silent", missing: missing.length === 0 ? "nothing of what is written tells of it" : missing.join(", ") };
}

/** As it stands, or as base64 of its own. */
function holds(body: string, mark: string): boolean {
  return body.includes(JSON.stringify(mark).slice(1, -1)) || body.includes(`"${Buffer.from(mark).toString("base64")}"`);
}

function keyOf({ code, path, action }: Loss): string {
  return `${code} ${path} ${action}`;
}
