import { describe, expect, test } from "bun:test";
import type { Piece } from "../exchange/index.ts";
import { dialects } from "../protocols/every-codec.ts";
import { FrameStream } from "./frame-stream.ts";
import type { UpstreamAnswer } from "./transport/transport.ts";
import type { Target } from "./upstream.ts";

const good = 'data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"GOOD"}}]}\n\n';
const leaking = 'data: {"error":{"message":"bad key SECRET","type":"server_error"}}\n\n';

/** What a caller of the upstream's own dialect gets of a stream that comes in these chunks, and what it ends with. */
async function told(...chunks: readonly string[]): Promise<{ text: string; end: unknown; pieces: Piece[] }> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const answer = { status: 200, header: () => undefined, body: body() } as unknown as UpstreamAnswer;
  const target = { upstream: { name: "u", leaks: (text: string) => text.includes("SECRET") } } as unknown as Target;
  const options = { depth: "skim", stripUsage: false } as Parameters<(typeof dialects)["openai-chat"]["readStream"]>[0];
  // As the meter does: an error that a piece holds is thrown once what stands in bytes has passed.
  const stream = new FrameStream(answer, dialects["openai-chat"], options, target, true).tap({
    piece: ({ events }) => events.find((event) => event.type === "answer-error")?.fault,
  });
  const pieces: Piece[] = [];
  try {
    for await (const piece of stream) pieces.push(piece);
  } catch (error) {
    return { text: textOf(pieces), end: error, pieces };
  }
  return { text: textOf(pieces), end: undefined, pieces };
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ raw }) => (raw ? Buffer.from(raw).toString() : "")).join("");
}

describe("an error in a stream that holds the gateway's credential", () => {
  for (const chunks of [[good, leaking], [good + leaking], [good, good + leaking], [good + good, leaking + good]])
    test(`is kept back, and nothing that stood before it: ${chunks.map((chunk) => chunk.split("\n\n").length - 1).join(" and ")} frames`, async () => {
      const { text, end, pieces } = await told(...chunks);
      expect(text).toBe(chunks.join("").split(leaking)[0] ?? "");
      expect(end).toMatchObject({ code: expect.stringMatching(/^upstream_/) });
      expect(pieces.filter(({ events }) => events.some((event) => event.type === "answer-error"))).toHaveLength(1);
      expect(JSON.stringify(end)).not.toContain("SECRET");
    });

  test("lets nothing pass where the credential also stands before the error", async () => {
    const { text } = await told(`: SECRET\n\n${good}${leaking}`);
    expect(text).toBe("");
  });
});
