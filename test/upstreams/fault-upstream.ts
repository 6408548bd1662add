import { createServer, type Socket } from "node:net";
import { dialectAnswers } from "./dialect-answers.ts";
import { FaultScript } from "./fault-script.ts";
import { RequestReader } from "./request-reader.ts";
import type { ScriptedDialect } from "./scripted-dialect.ts";

/** A request that the upstream got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The `model` of the body without a provider's prefix: it names the scenario. */
  readonly model: string;
  readonly atMs: number;
  /** When the answer was written whole, where it was; times are `performance.now()`. */
  answeredAtMs?: number;
  closedAtMs?: number;
  /** Settles when the socket of this request has closed. */
  readonly closed: Promise<void>;
}

export interface FaultUpstream {
  /** Without a path: `/v1/chat/completions` and every other prefix are served. */
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  openSockets(): number;
  /** How many events the stream of `ok` has, the terminal one included; of `tools` with "tools". */
  events(dialect: ScriptedDialect, variant?: "ok" | "tools"): number;
  close(): Promise<void>;
}

const suffixes: readonly (readonly [string, ScriptedDialect])[] = [
  ["/chat/completions", "openai-chat"],
  ["/responses", "openai-responses"],
  ["/messages", "anthropic-messages"],
];

/**
 * An upstream on raw sockets that misbehaves as told: the model's name in the request is the scenario (README.md lists
 * them), the path's end is the dialect.
 */
export async function startFaultUpstream(): Promise<FaultUpstream> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, seen);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    openSockets: () => sockets.size,
    events: (dialect, variant = "ok") => dialectAnswers[dialect].events({ model: "", tools: variant === "tools", usage: "true" }).length,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(socket: Socket, seen: SeenRequest[]): void {
  const closed = Promise.withResolvers<void>();
  const mine: SeenRequest[] = [];
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    for (const request of mine) request.closedAtMs = performance.now();
    closed.resolve();
  });
  const reader = new RequestReader((head, body) => {
    const parsed = readBody(body);
    const request: SeenRequest = { ...head, body, model: parsed.model, atMs: performance.now(), closed: closed.promise };
    mine.push(request);
    seen.push(request);
    const path = head.path.split("?")[0] ?? "";
    const dialect = suffixes.find(([suffix]) => path.endsWith(suffix))?.[1];
    const script = new FaultScript(socket, dialect ?? "openai-chat", parsed.model, parsed.stream);
    const played = dialect === undefined ? script.playOther(path) : script.play();
    played.then(
      () => {
        request.answeredAtMs = performance.now();
      },
      () => socket.destroy(),
    );
  });
  socket.on("data", (data: Uint8Array) => reader.take(data));
}

function readBody(body: string): { model: string; stream: boolean } {
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null) return { model: body === "" ? "ok" : "status-400", stream: false };
  const model = "model" in parsed && typeof parsed.model === "string" ? parsed.model : "ok";
  return { model: model.slice(model.lastIndexOf("/") + 1), stream: "stream" in parsed && parsed.stream === true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
