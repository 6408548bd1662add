import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An upstream of OpenAI's endpoints and of Jina's reranker: each answer says that it used ten tokens of input and five of output. */
export interface CountingUpstream {
  readonly url: string;
  /** Requests that have come. */
  seen(): number;
  /** Answers wait until they are let go. */
  hold(): void;
  letGo(): void;
  close(): void;
}

type Answer = readonly [type: string, text: string];

const json = (body: unknown): Answer => ["application/json", JSON.stringify(body)];
const events = (...bodies: unknown[]): Answer => [
  "text/event-stream",
  `${bodies.map((body) => `data: ${typeof body === "string" ? body : JSON.stringify(body)}\n\n`).join("")}`,
];

const chatUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
const pixel = "iVBORw0KGgo=";

const answers: readonly (readonly [end: string, answer: (stream: boolean) => Answer])[] = [
  [
    "/chat/completions",
    (stream) => {
      const head = { id: "c", created: 1, model: "m" };
      const choice = { index: 0, finish_reason: "stop" };
      if (!stream)
        return json({
          ...head,
          object: "chat.completion",
          choices: [{ ...choice, message: { role: "assistant", content: "Hi" } }],
          usage: chatUsage,
        });
      const chunk = { ...head, object: "chat.completion.chunk" };
      return events(
        { ...chunk, choices: [{ ...choice, delta: { role: "assistant", content: "Hi" } }] },
        { ...chunk, choices: [], usage: chatUsage },
        "[DONE]",
      );
    },
  ],
  [
    "/embeddings",
    () =>
      json({
        object: "list",
        model: "m",
        data: [{ object: "embedding", index: 0, embedding: [0.5] }],
        usage: { prompt_tokens: 15, total_tokens: 15 },
      }),
  ],
  ["/moderations", () => json({ id: "m", model: "m", results: [{ flagged: false, categories: {}, category_scores: {} }] })],
  ["/rerank", () => json({ model: "m", results: [{ index: 0, relevance_score: 0.5 }], usage: { total_tokens: 15 } })],
  ["/responses/compact", () => json({ id: "r", object: "response.compaction", output: [], usage })],
  ["/responses/input_tokens", () => json({ object: "response.input_tokens", input_tokens: 10 })],
  ["/audio/speech", () => ["audio/mpeg", "sound"]],
  [
    "/audio/transcriptions",
    (stream) =>
      stream
        ? events(
            { type: "transcript.text.delta", delta: "Hi" },
            { type: "transcript.text.done", text: "Hi", usage: { type: "tokens", ...usage } },
          )
        : json({ text: "Hi", usage: { type: "tokens", ...usage } }),
  ],
  ["/audio/translations", () => json({ text: "Hi" })],
  ["/images/generations", (stream) => picture("image_generation", stream)],
  ["/images/edits", (stream) => picture("image_edit", stream)],
  ["/images/variations", () => json({ created: 1, data: [{ b64_json: pixel }] })],
];

function picture(type: string, stream: boolean): Answer {
  if (!stream) return json({ created: 1, data: [{ b64_json: pixel }], usage });
  return events({ type: `${type}.completed`, b64_json: pixel, created_at: 1, size: "1024x1024", quality: "low", usage });
}

export async function startCountingUpstream(): Promise<CountingUpstream> {
  let seen = 0;
  let waiting: (() => void)[] | undefined;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString("latin1");
    const path = request.url ?? "";
    const found = answers.find(([end]) => path.endsWith(end));
    const stream = /"stream":\s*true|name="stream"\r\n\r\ntrue/.test(body);
    seen++;
    const send = () => play(response, found?.[1](stream));
    if (waiting) waiting.push(send);
    else send();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen: () => seen,
    hold() {
      waiting = [];
    },
    letGo() {
      const held = waiting ?? [];
      waiting = undefined;
      for (const send of held) send();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function play(response: ServerResponse, answer: Answer | undefined): void {
  response.writeHead(answer ? 200 : 404, { "content-type": answer?.[0] ?? "application/json" });
  response.end(answer?.[1] ?? '{"error":{"message":"There is no such endpoint."}}');
}
