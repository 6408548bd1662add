/** What the provider does with a key. */
export type Verdict = "accepted" | "refused" | "no-credit" | { readonly limitedForSeconds: number };

/** A provider that speaks Chat Completions and knows its keys. */
export interface KeyedUpstream {
  readonly baseUrl: string;
  /** By the key as it is sent; the others are refused. */
  readonly keys: Map<string, Verdict>;
  /** The key of each request, in order. */
  readonly asked: string[];
  /** How long an answer takes. */
  delayMs: number;
  stop(): Promise<void>;
}

export function startKeyedUpstream(): KeyedUpstream {
  const error = (status: number, code: string, headers: Record<string, string> = {}) =>
    Response.json({ error: { message: `told by the provider: ${code}`, type: code, code } }, { status, headers });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const key = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
      if (request.method === "GET")
        return upstream.keys.get(key) === "accepted" ? Response.json({ data: [] }) : error(401, "invalid_api_key");
      upstream.asked.push(key);
      const { stream } = (await request.json()) as { stream?: boolean };
      const verdict = upstream.keys.get(key) ?? "refused";
      if (upstream.delayMs > 0) await Bun.sleep(upstream.delayMs);
      if (verdict === "refused") return error(401, "invalid_api_key");
      if (verdict === "no-credit") return error(402, "insufficient_quota");
      if (verdict !== "accepted") return error(429, "rate_limit_exceeded", { "retry-after": String(verdict.limitedForSeconds) });
      return stream === true ? streamed() : Response.json(whole);
    },
  });
  const upstream: KeyedUpstream = {
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    keys: new Map(),
    asked: [],
    delayMs: 0,
    stop: () => server.stop(true),
  };
  return upstream;
}

const base = { id: "chatcmpl-1", created: 1, model: "m" };
const whole = {
  ...base,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

function streamed(): Response {
  const chunk = (delta: object, finish: string | null) => ({
    ...base,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const chunks = [chunk({ role: "assistant", content: "Hel" }, null), chunk({ content: "lo." }, null), chunk({}, "stop")];
  const text = `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`;
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}
