import { providers } from "../../src/providers/index.ts";
import type { SettledRecord } from "../../src/storage/index.ts";
import { type OpenedGateway, openTestGateway } from "./ask-gateway.ts";
import { isNative } from "./canned-native.ts";
import { type Dialect, dialectPath, isConversation, type Json, pathTells, type RecordedExchange } from "./exchange.ts";
import type { FormPart } from "./files/form-parts.ts";
import { type Arrival, openReplayUpstream, type ReplayCase } from "./replay-upstream.ts";

export interface Question {
  readonly caller: Dialect;
  /** A name of the gateway's providers. */
  readonly provider: string;
  /** Names the model in every dialect; the bench puts it where the dialect has it. */
  readonly body: Json;
  readonly stream: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in a form with the body's members. */
  readonly files?: readonly FormPart[];
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The bytes read as text, for JSON. */
  readonly text: string;
  /** The connection broke off behind `text`, as it does after an error inside a stream. */
  readonly brokeOff: boolean;
  /** What reached the upstream, oldest first. */
  readonly arrivals: readonly Arrival[];
  /** What the exchange left in the ledger. */
  readonly records: readonly SettledRecord[];
}

/** A running gateway in front of a replay upstream. */
export interface Bench {
  /** Asks the gateway; the upstream gives the recorded answer. `body.model` is the upstream's own name for the model. */
  ask(question: Question, replay: ReplayCase): Promise<Reply>;
  close(): Promise<void>;
}

/** @param open opens a gateway whose providers are all at this address; default: one in this process */
export async function openBench(open: (baseUrl: string) => Promise<OpenedGateway> = openTestGateway): Promise<Bench> {
  const replay = await openReplayUpstream();
  const gateway = await open(`${replay.url}/v1`);
  return {
    async ask(question, replayCase) {
      const id = replay.add(replayCase);
      const model = `${question.provider}/${String(question.body.model ?? "model")}@case-${id}`;
      const { model: _model, ...modelless } = question.body;
      const path = dialectPath(question.caller, model, question.stream);
      const body = pathTells(question.caller) ? modelless : { ...question.body, model };
      const answer = await gateway.ask(path, body, question.headers ?? {}, question.files);
      const { bytes, brokeOff } = await readBody(answer);
      const text = new TextDecoder().decode(bytes);
      const records = await gateway.records(answer.headers.get("x-sluice-request-id") ?? "");
      return { status: answer.status, headers: answer.headers, bytes, text, brokeOff, arrivals: replay.arrivals(id), records };
    },
    async close() {
      await gateway.close();
      await replay.close();
    },
  };
}

async function readBody(answer: Response): Promise<{ bytes: Uint8Array; brokeOff: boolean }> {
  const pieces: Uint8Array[] = [];
  const reader = answer.body?.getReader();
  try {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) pieces.push(next.value);
    return { bytes: Buffer.concat(pieces), brokeOff: false };
  } catch {
    return { bytes: Buffer.concat(pieces), brokeOff: true };
  }
}

/** The registry's name for a provider as the recordings name it. */
export function providerIdOf(recorded: string): string {
  return recorded === "azure-openai" ? "azure" : recorded;
}

/** The provider through which an exchange goes in its own dialect: its own where it has that surface. */
export function ownProvider(exchange: RecordedExchange, dialect: Dialect): string {
  const id = providerIdOf(exchange.provider);
  const provider = providers.get(id);
  const model = String(exchange.requestJson?.model ?? "");
  const has = provider?.surfaces[dialect] !== undefined || provider?.optionalSurfaces?.[dialect] !== undefined;
  // Models that have gone since they were recorded, and those that another surface is asked for now, are asked where any name will do.
  const named = dialect === "openai-completions" || dialect === "openai-chat";
  const gone = named && provider?.modelsOf?.[dialect]?.test(model) === false;
  if (has && !gone) return id;
  if (dialect === "openai-completions") return "openai-compatible";
  return (
    [...providers.values()].find((other) => hasOwnProvider(dialect) && other.surfaces[dialect] !== undefined)?.id ?? "openai-compatible"
  );
}

/** Dialects that many providers speak go through one of any name. */
function hasOwnProvider(dialect: Dialect): boolean {
  return isNative(dialect) || (!isConversation(dialect) && dialect !== "openai-embeddings");
}
