import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Conversation, type ConversationOptions } from "./conversation.ts";

/** Speaks every dialect: a model's name tells which conversation a request belongs to. */
export interface UpstreamServer {
  readonly url: string;
  /** Every `models` name is one conversation's. */
  begin(options: ConversationOptions): { readonly conversation: Conversation; readonly model: string };
  /** Requests that no conversation was begun for. */
  readonly strays: string[];
  close(): Promise<void>;
}

export async function startUpstreamServer(): Promise<UpstreamServer> {
  const conversations = new Map<string, Conversation>();
  const strays: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, conversations, strays).catch((error: unknown) => {
      strays.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    strays,
    begin(options) {
      const conversation = new Conversation(options);
      const model = `${options.dialect.model}-x-${options.name}`;
      conversations.set(model, conversation);
      return { conversation, model };
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  conversations: ReadonlyMap<string, Conversation>,
  strays: string[],
): Promise<void> {
  const path = decodeURIComponent(request.url ?? "");
  const raw = await textOf(request);
  const body = JSON.parse(raw) as Record<string, unknown>;
  const inPath = /\/models?\/(.+?)(?::streamGenerateContent|:generateContent|\/converse|\/converse-stream)(?:\?.*)?$/.exec(path)?.[1];
  const conversation = conversations.get(inPath ?? String(body.model));
  if (!conversation) {
    strays.push(`${path} ${inPath ?? String(body.model)}`);
    response.writeHead(404).end("{}");
    return;
  }
  const { dialect, name } = conversation.options;
  if (path.includes("/count_tokens")) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ input_tokens: 14_321 }));
    return;
  }
  const reply = conversation.reply(raw, request.headers);
  if ("refusal" in reply) {
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(dialect.error(reply.refusal)));
    return;
  }
  const streamed = body.stream === true || /:streamGenerateContent|\/converse-stream/.test(path);
  if (!streamed) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(dialect.whole(reply.turn, reply.usage, name)));
    return;
  }
  response.writeHead(200, { "content-type": dialect.contentType });
  for (const [at, frame] of dialect.stream(reply.turn, reply.usage, name).entries()) {
    response.write(frame);
    // Now and then a pause, so that frames come in runs of every length.
    if (at % 7 === 3) await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}
