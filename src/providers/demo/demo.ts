import type { JsonBody, LeaveSignal, SurfaceId } from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { LocalAnswer, Provider } from "../provider.ts";
import { answerChat, refusalOf } from "./chat.ts";
import { embed } from "./embed.ts";

/** A model without a network: deterministic, streams, calls tools. It lets a newcomer try everything with no key at all. */
export const demo: Provider = {
  id: "demo",
  title: "Demo",
  docs: "https://github.com/sluice-gateway/sluice",
  baseUrl: "http://demo.invalid",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "none",
  env: {},
  models: ["chat"],
  free: true,
  answer: answerDemo,
};

const encoder = new TextEncoder();

function answerDemo(surface: SurfaceId, body: JsonBody, signal: LeaveSignal): LocalAnswer {
  if (surface === "openai-models") return json({ object: "list", data: [{ id: "chat", object: "model", created: 0, owned_by: "demo" }] });
  if (surface === "openai-embeddings") return json(embed(body.parse()));
  const request = body.parse();
  const refusal = refusalOf(request);
  if (refusal !== undefined) return json({ error: { message: refusal, type: "invalid_request_error", param: null, code: null } }, 400);
  const { answer, chunks } = answerChat(request);
  if (body.get("stream") !== true) return json(answer);
  return { status: 200, headers: { "content-type": "text/event-stream" }, body: frames(chunks, signal) };
}

function json(value: unknown, status = 200): LocalAnswer {
  return { status, headers: { "content-type": "application/json" }, body: once(encoder.encode(JSON.stringify(value))) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A frame at a time, slowly enough that a person sees the stream. */
async function* frames(chunks: readonly unknown[], signal: LeaveSignal): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (signal.aborted) throw new Fault("client_gone");
    yield encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  yield encoder.encode("data: [DONE]\n\n");
}
