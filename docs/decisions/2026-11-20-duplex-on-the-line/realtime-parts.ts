import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Server } from "bun";
import { parse } from "yaml";
import type { TargetPrice } from "../../../src/accounting/index.ts";
import { Fault, type Head } from "../../../src/exchange/index.ts";
import { WebRequest } from "../../../src/gateway/index.ts";
import type { ModelRoute } from "../../../src/routing/index.ts";
import { type ChannelPlace, RealtimeSession } from "./realtime-session.ts";
import { openSocket, ServedSocket } from "./sockets.ts";
import type { SpikeGateway } from "./walk.ts";

export interface Said {
  readonly direction: "sent" | "received";
  readonly data: Readonly<Record<string, unknown>>;
}

const dataFolder = process.env.SLUICE_DATA ?? resolve(import.meta.dir, "../../../../shared/data");
const folder = join(dataFolder, "transcripts/openai");

/** A recorded session; undefined, and said loudly, where the data is absent. */
export function recordedSession(name: string): readonly Said[] | undefined {
  const path = join(folder, `pydantic-ai__${name}.yaml`);
  if (!existsSync(path)) {
    console.warn(`!!! 0 recorded messages of ${name}: no ../shared/data and no SLUICE_DATA.`);
    return undefined;
  }
  const { interactions } = parse(readFileSync(path, "utf8")) as { interactions: (Said & { kind: string })[] };
  return interactions.filter((said) => said.kind === "message");
}

/** Two turns written by us: one in two deltas, one that never ends by itself. */
export function writtenSession(): Said[] {
  const usage = (input: number, output: number) => ({ input_tokens: input, output_tokens: output });
  const received = (data: Said["data"]): Said => ({ direction: "received", data });
  const turn = (id: string, texts: readonly string[]) => [
    { direction: "sent", data: { type: "response.create" } } as const,
    received({ type: "response.created", response: { id, status: "in_progress" } }),
    ...texts.map((delta) => received({ type: "response.output_text.delta", response_id: id, output_index: 0, content_index: 0, delta })),
  ];
  return [
    received({ type: "session.created", session: { id: "sess_1", model: "gpt-realtime" } }),
    ...turn("resp_1", ["It is fog", "gy in ", "London."]),
    received({
      type: "response.output_text.done",
      response_id: "resp_1",
      output_index: 0,
      content_index: 0,
      text: "It is foggy in London.",
    }),
    received({ type: "rate_limits.updated", rate_limits: [] }),
    received({ type: "response.done", response: { id: "resp_1", status: "completed", usage: usage(40, 9) } }),
    ...turn("resp_2", ["And then "]),
  ];
}

export interface ReplayOptions {
  /** Breaks off without goodbye after so many messages. */
  readonly breakAfter?: number;
}

/** A real WebSocket server that says what was recorded, and waits where the client spoke. Cancels as the provider does. */
export function replayUpstream(script: readonly Said[], options: ReplayOptions = {}): Replay {
  const heard: string[] = [];
  const server = Bun.serve<Player>({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, server) {
      const data: Player = { at: 0, said: 0, openResponse: undefined };
      return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 });
    },
    websocket: {
      open: (socket) => play(socket, script, options),
      message(socket, message) {
        const data = JSON.parse(String(message)) as Said["data"];
        heard.push(String(data.type));
        const id = socket.data.openResponse;
        if (data.type !== "response.cancel") play(socket, script, options);
        else if (id !== undefined) {
          const usage = { input_tokens: 40, output_tokens: 3 };
          socket.send(JSON.stringify({ type: "response.done", response: { id, status: "cancelled", usage } }));
          socket.data.openResponse = undefined;
        }
      },
    },
  });
  return { server, heard };
}

export interface Replay {
  readonly server: Server<Player>;
  /** What it was told, newest last. */
  readonly heard: readonly string[];
}

interface Player {
  at: number;
  said: number;
  openResponse: string | undefined;
}

function play(socket: Bun.ServerWebSocket<Player>, script: readonly Said[], options: ReplayOptions): void {
  const { data } = socket;
  if (script[data.at]?.direction === "sent") data.at++;
  for (let said = script[data.at]; said?.direction === "received"; said = script[data.at]) {
    data.at++;
    const response = said.data.response as { id?: string } | undefined;
    if (said.data.type === "response.created") data.openResponse = response?.id;
    if (said.data.type === "response.done") data.openResponse = undefined;
    socket.send(JSON.stringify(said.data));
    data.said++;
    if (data.said === options.breakAfter) {
      socket.terminate();
      return;
    }
  }
}

export const realtimePrice: TargetPrice = {
  price: { rates: { input: 4_000_000, output: 16_000_000, cacheRead: 400_000, inputAudio: 32_000_000, outputAudio: 64_000_000 } },
  version: "spike",
};

export function realtimeRoute(urls: readonly string[]): ModelRoute<ChannelPlace> {
  const targets = urls.map((url, index) => {
    const provider = `replay-${index + 1}`;
    const target: ChannelPlace = {
      provider,
      model: "gpt-realtime",
      price: undefined,
      responses: realtimePrice,
      open: (signal) => openSocket(url, signal),
    };
    return { name: `${provider}/gpt-realtime`, weight: 1, target };
  });
  return { name: "gpt-realtime", strategy: targets.length === 1 ? "single" : "fallback", targets, retries: 0 };
}

/** The gateway's listener: pulls the head first, so that a refusal has a status, and upgrades when the session has begun. */
export function serveRealtime(gateway: SpikeGateway, route: ModelRoute<ChannelPlace>): Server<ServedSocket> {
  return Bun.serve<ServedSocket>({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request, server) {
      const client = new ServedSocket();
      // Bun aborts the request's signal when an upgraded socket closes, however it closes: from the upgrade on the channel tells.
      const http = new WebRequest(new Request(request.url, { headers: request.headers }));
      request.signal.addEventListener("abort", () => client.isOpen || http.cancel(new Fault("client_gone")), { once: true });
      const session = new RealtimeSession({ gateway, http, client, route }).run();
      const head = (await session.next()).value as Head;
      if (head.status !== 200) {
        const rest = await Array.fromAsync(session);
        return new Response(Buffer.concat(rest as Uint8Array[]), head);
      }
      if (!server.upgrade(request, { data: client, headers: { "x-sluice-request-id": head.headers["x-sluice-request-id"] ?? "" } })) {
        http.cancel(new Fault("client_gone"));
        return new Response(null, { status: 400 });
      }
      void speak(session, client);
      return undefined;
    },
    websocket: {
      open: (socket) => socket.data.opened(socket),
      message: (socket, message) => socket.data.received(message),
      drain: (socket) => socket.data.drained(),
      close: (socket, code) => socket.data.closed(code),
    },
  });
}

async function speak(session: AsyncGenerator<Head | Uint8Array, void>, client: ServedSocket): Promise<void> {
  try {
    for await (const bytes of session) await client.send(bytes as Uint8Array);
    client.close();
  } catch (error) {
    client.close(Fault.from(error));
  }
}
