import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface PacedUpstream {
  readonly url: string;
  close(): void;
}

/** Chat completions that stream so many pieces of so many bytes, one every so often. */
export async function startPacedUpstream(pieces: number, bytes: number, everyMs: number): Promise<PacedUpstream> {
  const head = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
  const frame = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;
  const piece = frame({ ...head, choices: [{ index: 0, delta: { content: "x".repeat(bytes) } }] });
  const end = `${frame({ ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}${frame({ ...head, choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })}data: [DONE]\n\n`;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(piece);
      if (++sent < pieces) return;
      clearInterval(timer);
      response.end(end);
    }, everyMs);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
