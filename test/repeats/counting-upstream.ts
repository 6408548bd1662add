import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface CountingUpstream {
  readonly url: string;
  /** How often a model was asked, by the part of its name behind the last slash. */
  calls(model: string): number;
  /** Headers that came with any request. */
  readonly headerNames: ReadonlySet<string>;
  close(): Promise<void>;
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** Chat Completions and embeddings that say how often they were asked. A model's name ends with `-800` where its answer takes 800 ms. */
export async function startCountingUpstream(): Promise<CountingUpstream> {
  const counts = new Map<string, number>();
  const headerNames = new Set<string>();
  const server = createServer(async (request, response) => {
    for (const name of Object.keys(request.headers)) headerNames.add(name);
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const { model, stream } = JSON.parse(body) as { model: string; stream?: boolean };
    const count = (counts.get(model) ?? 0) + 1;
    counts.set(model, count);
    const takesMs = Number(/-(\d+)$/.exec(model)?.[1] ?? 5);
    if (request.url?.endsWith("/embeddings")) {
      await Bun.sleep(takesMs);
      whole(response, { object: "list", model, data: [{ object: "embedding", index: 0, embedding: [count] }], usage });
    } else if (stream === true) await streamed(response, model, count, takesMs);
    else {
      await Bun.sleep(takesMs);
      const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: `call ${count}` } }];
      whole(response, { id: `c${count}`, object: "chat.completion", created: 1, model, choices, usage });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: (model) => counts.get(model) ?? 0,
    headerNames,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function whole(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(body));
}

async function streamed(response: ServerResponse, model: string, count: number, takesMs: number): Promise<void> {
  response.setHeader("content-type", "text/event-stream");
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ id: `c${count}`, object: "chat.completion.chunk", created: 1, model, ...rest })}\n\n`;
  for (const content of ["call ", `${count}`, " is over"]) {
    response.write(chunk({ choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null }] }));
    await Bun.sleep(takesMs / 3);
  }
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
  response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`);
}
