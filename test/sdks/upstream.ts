import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Json, Refused, type Sent, type UpstreamDialect } from "./dialects/asked.ts";
import { chat } from "./dialects/chat.ts";
import { cohere } from "./dialects/cohere.ts";
import { converse } from "./dialects/converse.ts";
import { vectors as embedded, embeddings } from "./dialects/embeddings.ts";
import { gemini } from "./dialects/gemini.ts";
import { messages } from "./dialects/messages.ts";
import { mistral } from "./dialects/mistral.ts";
import { ollama } from "./dialects/ollama.ts";
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

/** Speaks each of the dialects as its provider does, and answers from what it understood of the request. */
export interface ScriptedUpstream {
  readonly url: string;
  /** How many requests came for a model. */
  calls(model: string): number;
  /** Resolves when the connection of the last request for a model is closed; false where it stays open. */
  closed(model: string, patienceMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export const vectors = embedded;

const dialects: readonly (readonly [RegExp, UpstreamDialect])[] = [
  [/\/mistral\/chat\/completions$/, mistral],
  [/\/chat\/completions$/, chat],
  [/\/responses$/, responses],
  [/\/messages$/, messages],
  [/:(stream)?[gG]enerateContent\b/, gemini],
  [/\/converse(-stream)?$/, converse],
  [/\/v2\/chat$/, cohere],
  [/\/api\/chat$/, ollama],
];

interface Visit {
  readonly model: string;
  readonly closed: Promise<true>;
}

/** `<family>-<scenario>-<place>`: SDKs and gateways know the family; the place tells requests apart. */
export function modelName(family: string, scenario: Scenario, place: string): string {
  return `${family}-${scenario}-${place}`;
}

const scenarioIn = new RegExp(`-(${scenarios.join("|")})-c\\d+$`);

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const visits: Visit[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, visits).catch(() => response.destroy());
  });
  // A connection that it closes while the gateway writes to it would be a failure of its own.
  server.keepAliveTimeout = 0;
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
  const path = decodeURIComponent(request.url ?? "");
  const body = JSON.parse(await textOf(request)) as Json;
  const model = /\/models?\/([^/:]+)/.exec(path)?.[1] ?? String(body.model);
  const scenario = scenarios.find((name) => name === scenarioIn.exec(model)?.[1]) ?? "ok";
  const again = visits.some((visit) => visit.model === model);
  visits.push({ model, closed });
  const embedding = embeddings(path, body);
  if (embedding) return json(response, 200, embedding);
  const dialect = dialects.find(([pattern]) => pattern.test(path))?.[1];
  if (!dialect) return json(response, 404, {});
  const status = scenario === "rate-limit-once" && again ? undefined : statuses[scenario];
  if (status !== undefined) return refuse(response, dialect, status);
  try {
    await play(dialect, { scenario, body, path, model }, request, response);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(response, dialect, 400, error.message);
  }
}

interface Request {
  readonly scenario: Scenario;
  readonly body: Json;
  readonly path: string;
  readonly model: string;
}

async function play(
  dialect: UpstreamDialect,
  { scenario, body, path, model }: Request,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = dialect.read(body, (name) => String(request.headers[name] ?? ""), path);
  const reply = replyTo(asked);
  if (!asked.stream) return json(response, 200, dialect.whole(reply, model));
  response.writeHead(200, { "content-type": dialect.contentType ?? "text/event-stream" });
  const events = dialect.events(scenario === "endless" ? { ...reply, text: reply.text.repeat(1000) } : reply, model, asked);
  const end = scenario === "dies" ? Math.floor(events.length / 2) : events.length;
  for (const event of events.slice(0, end)) {
    if (response.destroyed) return;
    response.write(dialect.frame?.(event) ?? frameOf(event));
    if (scenario !== "ok") await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (scenario === "dies") request.socket.destroy();
  else response.end();
}

function frameOf({ name, data }: Sent): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`;
}

function refuse(response: ServerResponse, dialect: UpstreamDialect, status: number, message = `scripted failure ${status}`): void {
  json(response, status, dialect.error(status, message), status === 429 ? { "retry-after": "1" } : {});
}

function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}
