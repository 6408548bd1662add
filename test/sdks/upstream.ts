import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dialectAnswers } from "../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { type Json, Refused, type Sent, type UpstreamDialect } from "./dialects/asked.ts";
import { chat } from "./dialects/chat.ts";
import { messages } from "./dialects/messages.ts";
import { replyTo } from "./dialects/reply.ts";
import { responses } from "./dialects/responses.ts";

/** What happens with a model of this name. */
export const scenarios = [
  "ok",
  "rate-limit",
  "rate-limit-once",
  "bad-request",
  "unknown",
  "server-error",
  "credentials",
  "dies",
  "endless",
] as const;
export type Scenario = (typeof scenarios)[number];

const statuses: Partial<Readonly<Record<Scenario, number>>> = {
  "rate-limit": 429,
  "rate-limit-once": 429,
  "bad-request": 400,
  unknown: 404,
  "server-error": 500,
  credentials: 401,
};

/** Speaks each of the three dialects as its provider does, and answers from what it understood of the request. */
export interface ScriptedUpstream {
  readonly url: string;
  /** How many requests came for a model. */
  calls(model: string): number;
  /** Resolves when the connection of the last request for a model is closed; false where it stays open. */
  closed(model: string, patienceMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** The vectors that it embeds everything into, by place. */
export const vectors: readonly (readonly number[])[] = [
  [0.25, -0.5, 1],
  [-1, 0.125, 0],
];

const dialects: readonly (readonly [string, UpstreamDialect])[] = [
  ["/chat/completions", chat],
  ["/responses", responses],
  ["/messages", messages],
];

interface Visit {
  readonly model: string;
  readonly closed: Promise<true>;
}

/** `claude-sonnet-4-5-<scenario>-<place>`: SDKs and gateways know the family; the place tells requests apart. */
export function modelName(scenario: Scenario, place: string): string {
  return `claude-sonnet-4-5-${scenario}-${place}`;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const visits: Visit[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, visits).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: (model) => visits.filter((visit) => visit.model === model).length,
    closed(model, patienceMs) {
      const patience = new Promise<false>((resolve) => setTimeout(resolve, patienceMs, false));
      return Promise.race([visits.findLast((visit) => visit.model === model)?.closed ?? false, patience]);
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, visits: Visit[]): Promise<void> {
  const closed = new Promise<true>((resolve) => response.on("close", () => resolve(true)));
  const body = JSON.parse(await textOf(request)) as Json;
  const model = String(body.model);
  const scenario = scenarios.find((name) => model.startsWith(modelName(name, "c"))) ?? "ok";
  const again = visits.some((visit) => visit.model === model);
  visits.push({ model, closed });
  const path = request.url ?? "";
  if (path.endsWith("/embeddings")) return json(response, 200, embeddings(body));
  const dialect = dialects.find(([suffix]) => path.endsWith(suffix))?.[1];
  if (!dialect) return json(response, 404, {});
  const status = scenario === "rate-limit-once" && again ? undefined : statuses[scenario];
  if (status !== undefined) return refuse(response, dialect.id, status);
  try {
    await play(dialect, scenario, body, request, response);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(response, dialect.id, 400, error.message);
  }
}

async function play(
  dialect: UpstreamDialect,
  scenario: Scenario,
  body: Json,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = dialect.read(body, (name) => String(request.headers[name] ?? ""));
  const reply = replyTo(asked);
  const model = String(body.model);
  if (!asked.stream) return json(response, 200, dialect.whole(reply, model));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events = dialect.events(scenario === "endless" ? { ...reply, text: reply.text.repeat(1000) } : reply, model, asked);
  const end = scenario === "dies" ? Math.floor(events.length / 2) : events.length;
  for (const event of events.slice(0, end)) {
    if (response.destroyed) return;
    response.write(frameOf(event));
    if (scenario !== "ok") await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (scenario === "dies") request.socket.destroy();
  else response.end();
}

function frameOf({ name, data }: Sent): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`;
}

function refuse(response: ServerResponse, dialect: ScriptedDialect, status: number, message?: string): void {
  const body = dialectAnswers[dialect].errorBody(status) as { error: Json };
  const told = message === undefined ? body : { ...body, error: { ...body.error, message } };
  json(response, status, told, status === 429 ? { "retry-after": "1" } : {});
}

function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function embeddings(body: Json): Json {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const data = inputs.map((_, index) => {
    const vector = vectors[index % vectors.length]!;
    const packed = Buffer.from(new Float32Array(vector).buffer).toString("base64");
    return { object: "embedding", index, embedding: body.encoding_format === "base64" ? packed : vector };
  });
  return { object: "list", data, model: body.model, usage: { prompt_tokens: 4, total_tokens: 4 } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}
