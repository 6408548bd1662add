import { type Exchange, Fault, type LeaveSignal } from "../../exchange/index.ts";
import { type MediaCodec, type Question, type Reply, type Send, type SentBody, writeMultipart } from "../../protocols/index.ts";
import type { StreamedBody, Transport } from "../transport/transport.ts";
import type { Target } from "../upstream.ts";
import { refusal, wholeBody, wholeJson } from "../whole-answer.ts";
import { boundaryFor } from "./pass-media.ts";
import { sendMedia } from "./send-media.ts";

const maxAnswerBytes = 128 * 1024 * 1024;
/** Asking again how far a job has come costs nothing; beginning it again would. */
const asksAgain = 3;
const againMs = 1_000;
/** What may be over in a moment. */
const passing: ReadonlySet<string> = new Set([
  ...["upstream_unreachable", "upstream_timeout", "upstream_rate_limited"],
  ...["upstream_overloaded", "upstream_failed", "upstream_incomplete"],
]);
const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * Carries a conversation with an upstream to its end: sends each question, waits where it says so, gives the reply back. Bounded by
 * the target's total deadline and ended when the client leaves.
 *
 * @param begins called before the first question is sent
 */
export async function converse<Answer>(
  talk: Generator<Question, Answer, Reply>,
  exchange: Exchange,
  target: Target,
  codec: MediaCodec,
  transport: Transport,
  begins: () => void,
): Promise<Answer> {
  const { totalMs } = target.mediaDeadlines ?? target.upstream.mediaDeadlines;
  const endsAt = performance.now() + totalMs;
  let step = talk.next();
  begins();
  while (!step.done) {
    const question = step.value;
    if (performance.now() > endsAt) {
      throw new Fault("upstream_timeout", { message: `${target.upstream.name} did not finish its answer within ${totalMs} ms.` });
    }
    step = talk.next("read" in question ? await fileReply(question.read) : await asked(question, exchange, target, codec, transport));
  }
  return step.value;
}

async function fileReply(file: { stream(): AsyncIterable<Uint8Array> }): Promise<Reply> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.stream()) chunks.push(Uint8Array.from(chunk));
  return { header: () => undefined, json: {}, bytes: Buffer.concat(chunks), chunks: none() };
}

async function asked(question: Send, exchange: Exchange, target: Target, codec: MediaCodec, transport: Transport): Promise<Reply> {
  if (question.afterMs) await pause(question.afterMs, exchange.signal);
  for (let left = question.method === "GET" ? asksAgain : 1; ; left--) {
    try {
      return await askedOnce(question, exchange, target, codec, transport);
    } catch (error) {
      if (left <= 1 || !(error instanceof Fault) || !passing.has(error.code) || exchange.signal.aborted) throw error;
      await pause(againMs, exchange.signal);
    }
  }
}

async function askedOnce(question: Send, exchange: Exchange, target: Target, codec: MediaCodec, transport: Transport): Promise<Reply> {
  const sent = question.body && bodyOf(question.body, exchange);
  const answer = await sendMedia(exchange, target, codec.id, transport, {
    method: question.method ?? "POST",
    url: addressOf(question, target, codec),
    stream: false,
    ...(sent && { body: sent.body }),
    headers: { ...(sent && { "content-type": sent.type }), ...question.headers },
  });
  if (answer.status >= 400) throw await refusal(answer, codec, target, false);
  const header = (name: string) => answer.header(name);
  switch (question.expects) {
    case "json":
      return { header, json: await wholeJson(answer), bytes: nothing, chunks: none() };
    case "bytes":
      return { header, json: {}, bytes: await wholeBody(answer, maxAnswerBytes), chunks: none() };
    case "stream":
      return { header, json: {}, bytes: nothing, chunks: answer.body };
  }
}

function addressOf({ url, path = "" }: Send, target: Target, codec: MediaCodec): URL {
  if (url !== undefined) {
    const told = URL.parse(url);
    if (!told) throw new Fault("upstream_malformed", { message: "The provider told an address that is none." });
    return told;
  }
  const base = target.upstream.url(codec.id, target.model);
  if (!base) throw new Error(`${target.upstream.name} has no ${codec.id}.`);
  return path === "" ? base : new URL(base.href.replace(/\/$/, "") + path);
}

function bodyOf(sent: SentBody, exchange: Exchange): { readonly body: Uint8Array | StreamedBody; readonly type: string } {
  if ("json" in sent) return { body: encoder.encode(JSON.stringify(sent.json)), type: "application/json" };
  if ("file" in sent) return { body: { length: sent.file.size, stream: () => sent.file.stream() }, type: sent.file.type };
  const form = writeMultipart(sent.form, boundaryFor(exchange));
  return { body: form, type: form.contentType };
}

async function* none(): AsyncGenerator<Uint8Array> {}

function pause(ms: number, signal: LeaveSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => {
      clearTimeout(timer);
      reject(signal.reason instanceof Fault ? signal.reason : new Fault("client_gone"));
    };
    if (signal.aborted) return gone();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", gone);
      resolve();
    }, ms);
    signal.addEventListener("abort", gone);
  });
}
