import { type AnswerEvent, type Exchange, Fault, type Losses, type Piece, type SurfaceId, type Usage } from "../../exchange/index.ts";
import { isMediaCodec, type MediaCodec, type WrittenMedia } from "../../protocols/index.ts";
import { ByteStream } from "../byte-stream.ts";
import type { Call, CallTools } from "../call.ts";
import { OnePiece } from "../one-piece.ts";
import { refuseLosses } from "../refuse-losses.ts";
import type { Target } from "../upstream.ts";
import { converse } from "./converse.ts";
import { passMedia } from "./pass-media.ts";

const encoder = new TextEncoder();

/**
 * Asks one target for sound or pictures, or about them: in the caller's own words where the upstream speaks them, else through the
 * task's vocabulary.
 *
 * @throws Fault `upstream_*`, `request_unsupported`, `request_lossy`
 */
export async function callMedia(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  depth: "skim" | "full",
  losses: Losses,
  tools: CallTools,
): Promise<Call> {
  const caller = tools.codecs.get(exchange.surface);
  const upstream = tools.codecs.get(surface);
  if (!isMediaCodec(caller) || !isMediaCodec(upstream)) throw new Error(`${surface} cannot answer ${exchange.surface}.`);
  if (surface === exchange.surface) return passMedia(exchange, target, caller, depth, losses, tools.transport);
  const { written, usage } = await translated(exchange, target, caller, upstream, losses, tools);
  const known: readonly AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
  const { body, type } = written;
  const pieces =
    typeof body === "string" || body instanceof Uint8Array
      ? new OnePiece(async () => wholeOf(typeof body === "string" ? encoder.encode(body) : body, known))
      : new ByteStream(body, known);
  return { target, surface, native: true, shape: exchange.stream ? "stream" : "whole", losses, astray: false, pieces, contentType: type };
}

function wholeOf(raw: Uint8Array, known: readonly AnswerEvent[]): Piece {
  return { raw, events: [...known, { type: "answer-end" }], visible: true, last: true };
}

async function translated(
  exchange: Exchange,
  target: Target,
  caller: MediaCodec,
  upstream: MediaCodec,
  losses: Losses,
  tools: CallTools,
): Promise<{ readonly written: WrittenMedia; readonly usage: Usage | undefined }> {
  const { facing } = caller;
  if (!facing || !upstream.ask) {
    throw new Fault("request_unsupported", { message: `${target.upstream.name} cannot be asked for this in these words.` });
  }
  const context = { header: (name: string) => exchange.http.header(name), model: exchange.model, stream: exchange.stream };
  const request = facing.readRequest(exchange.body, exchange.files ?? [], context, losses);
  const talk = upstream.ask(request, target.traits, losses);
  const answer = await converse(talk, exchange, target, upstream, tools.transport, () => refuseLosses(exchange, losses));
  return { written: facing.writeAnswer(answer, request, losses, Math.floor(exchange.startedAt / 1000)), usage: answer.usage };
}
