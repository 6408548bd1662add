import type { Server } from "bun";

/** What the server heard, newest last. */
export interface Heard {
  readonly answers: Record<string, unknown>[];
  /** Streams that are open now. */
  streams: number;
}

const questions: Readonly<Record<string, { method: string; params: unknown }>> = {
  test_sampling: {
    method: "sampling/createMessage",
    params: { messages: [{ role: "user", content: { type: "text", text: "Test prompt for sampling" } }], maxTokens: 100 },
  },
  test_elicitation: {
    method: "elicitation/create",
    params: {
      message: "Please provide your information",
      requestedSchema: { type: "object", properties: { response: { type: "string" } }, required: ["response"] },
    },
  },
};

const encoder = new TextEncoder();

/** A Streamable HTTP server of revision 2025-11-25: a tool that asks back says so on its own stream and waits for a POST. */
export function mcpServer(): { readonly server: Server<undefined>; readonly heard: Heard; readonly url: string } {
  const heard: Heard = { answers: [], streams: 0 };
  const waiting = new Map<unknown, (answer: Record<string, unknown>) => void>();
  let asked = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      if (request.method === "GET")
        return stream(request, async (say) => say({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }), true);
      const message = (await request.json()) as Record<string, unknown>;
      if (message.method === undefined) {
        heard.answers.push(message);
        waiting.get(message.id)?.(message);
        return new Response(null, { status: 202 });
      }
      if (message.id === undefined) return new Response(null, { status: 202 });
      if (message.method === "initialize") {
        const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "spike", version: "1" } };
        return Response.json({ jsonrpc: "2.0", id: message.id, result }, { headers: { "mcp-session-id": crypto.randomUUID() } });
      }
      const { name } = message.params as { name: string };
      const question = questions[name];
      if (!question) return stream(request, async (say) => say(resultOf(message.id, "no questions")), false);
      return stream(
        request,
        async (say) => {
          const id = asked++;
          const answer = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
          say({ jsonrpc: "2.0", id, ...question });
          const { result, error } = await answer;
          say(resultOf(message.id, JSON.stringify(result ?? error)));
        },
        false,
      );
    },
  });

  function stream(request: Request, tell: (say: (message: unknown) => void) => Promise<void>, stays: boolean): Response {
    heard.streams++;
    let open = true;
    const leave = () => {
      if (open) heard.streams--;
      open = false;
    };
    request.signal.addEventListener("abort", leave);
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        await tell((message) => {
          if (open) controller.enqueue(encoder.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`));
        });
        if (stays || !open) return;
        leave();
        controller.close();
      },
      cancel: leave,
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
  return { server, heard, url: `http://127.0.0.1:${server.port}/mcp` };
}

function resultOf(id: unknown, text: string): unknown {
  return { jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } };
}
