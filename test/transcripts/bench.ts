import { providers } from "../../src/providers/registry/index.ts";
import { askGateway, closeGateway, type OpenedGateway, openTestGateway } from "./ask-gateway.ts";
import { type ConversationDialect, type Dialect, dialectPaths, type Json, type RecordedExchange } from "./exchange.ts";
import { type Arrival, openReplayUpstream, type ReplayCase } from "./replay-upstream.ts";

export interface Question {
  readonly caller: Dialect;
  /** A name of the bench's providers. */
  readonly provider: string;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What reached the upstream, oldest first. */
  readonly arrivals: readonly Arrival[];
}

/** A running gateway in front of a replay upstream. */
export interface Bench {
  /** Asks the gateway; the upstream gives the recorded answer. `body.model` is the upstream's own name for the model. */
  ask(question: Question, replay: ReplayCase): Promise<Reply>;
  close(): Promise<void>;
}

const optional = ["openai-chat", "openai-responses", "anthropic-messages", "openai-embeddings"] as const;

/** Every provider of the registry at the replay upstream, and one for each dialect that speaks nothing else. */
export async function openBench(): Promise<Bench> {
  const replay = await openReplayUpstream();
  const upstreams: Record<string, Json> = {};
  const common = { baseUrl: `${replay.url}/v1`, apiKey: "upstream-key-of-the-bench", retries: 0 };
  for (const [id, provider] of providers) {
    if (provider.answer !== undefined) continue;
    const dialects = optional.filter((dialect) => provider.optionalSurfaces?.[dialect] !== undefined);
    upstreams[id] = { type: id, ...common, ...(dialects.length === 0 ? {} : { dialects }) };
  }
  const gateway: OpenedGateway = await openTestGateway(upstreams, common.baseUrl);
  return {
    async ask(question, replayCase) {
      const id = replay.add(replayCase);
      const model = `${question.provider}/${String(question.body.model ?? "model")}@case-${id}`;
      const answer = await askGateway(gateway, dialectPaths[question.caller], { ...question.body, model }, question.headers ?? {});
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, arrivals: replay.arrivals(id) };
    },
    async close() {
      await closeGateway(gateway);
      await replay.close();
    },
  };
}

/** The provider through which an exchange goes in its own dialect: its own where it has that surface. */
export function ownProvider(exchange: RecordedExchange, dialect: Dialect): string {
  const id = exchange.provider === "azure-openai" ? "azure" : exchange.provider;
  const provider = providers.get(id);
  if (provider?.surfaces[dialect] !== undefined || provider?.optionalSurfaces?.[dialect] !== undefined) return id;
  return "openai-compatible";
}

/** A provider that speaks this dialect and no other. */
export function onlyProvider(dialect: ConversationDialect): string {
  return `only-${dialect}`;
}
