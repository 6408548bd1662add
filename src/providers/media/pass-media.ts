import { type AnswerEvent, type Exchange, Fault, JsonBody, type Losses, type Piece } from "../../exchange/index.ts";
import { type FormPart, type MediaCodec, writeMultipart } from "../../protocols/index.ts";
import { ByteStream } from "../byte-stream.ts";
import type { Call } from "../call.ts";
import { FrameStream } from "../frame-stream.ts";
import { OnePiece } from "../one-piece.ts";
import { refuseLosses } from "../refuse-losses.ts";
import type { StreamedBody, Transport, UpstreamAnswer } from "../transport/transport.ts";
import type { Target } from "../upstream.ts";
import { refusal, wholeBody } from "../whole-answer.ts";
import { passedType } from "./media-type.ts";
import { sendMedia } from "./send-media.ts";

/** Pictures in base64, ten of them at most. */
const maxAnswerBytes = 128 * 1024 * 1024;
const openBrace = 0x7b;
const decoder = new TextDecoder();

/** Caller and upstream speak the same surface: fields are edited, files and answers pass as they are. */
export async function passMedia(
  exchange: Exchange,
  target: Target,
  codec: MediaCodec,
  depth: "skim" | "full",
  losses: Losses,
  transport: Transport,
): Promise<Call> {
  const surface = exchange.surface;
  const edits = codec.editRequest(exchange.body, target.traits, losses);
  refuseLosses(exchange, losses);
  const quirks = target.upstream.provider.adjustMembers?.(exchange.body, surface, target.model) ?? [];
  const bytes = exchange.body.splice([...edits, ...quirks]);
  const form = exchange.files && writeMultipart(partsOf(bytes, exchange), boundaryFor(exchange));
  const body: Uint8Array | StreamedBody = form ?? bytes;
  const url = target.upstream.url(surface, target.model);
  if (!url) throw new Error(`${target.upstream.name} has no ${surface}.`);
  const answer = await sendMedia(exchange, target, surface, transport, {
    method: "POST",
    url,
    body,
    ...(form && { headers: { "content-type": form.contentType } }),
    stream: exchange.stream && codec.sound !== true,
    passing: true,
  });
  if (answer.status >= 400) throw await refusal(answer, codec, target, true);
  const type = answer.header("content-type") ?? "";
  const call = { target, surface, native: true, shape: exchange.stream ? "stream" : "whole", losses, astray: false } as const;
  return { ...call, contentType: passedType(type), pieces: piecesOf(answer, type, codec, depth, target) };
}

/** Unguessable, so that no file can hold it: half of the bits of an id are random for each, and a caller learns its own with the answer. */
export function boundaryFor(exchange: Exchange): string {
  return `sluice-${exchange.id}`;
}

function partsOf(fields: Uint8Array, { files = [] }: Exchange): FormPart[] {
  const parts: FormPart[] = [];
  for (const [name, value] of Object.entries(JsonBody.scan(fields).parse())) {
    for (const each of Array.isArray(value) ? value : [value]) {
      parts.push({ name, value: typeof each === "string" ? each : JSON.stringify(each) });
    }
  }
  return [...parts, ...files.map((file) => ({ name: file.field, file }))];
}

function piecesOf(answer: UpstreamAnswer, type: string, codec: MediaCodec, depth: "skim" | "full", target: Target): Call["pieces"] {
  const { readStream } = codec;
  if (type.includes("event-stream") && readStream) {
    const speaker = { readStream, framing: codec.framing ?? "sse", maxEventBytes: codec.maxEventBytes } as const;
    return new FrameStream(answer, speaker, { depth, stripUsage: false }, target, true);
  }
  if (codec.sound && !type.includes("json")) return new ByteStream(answer.body);
  return new OnePiece(() => wholePiece(answer, codec, depth));
}

/** Text of some kind: JSON, or subtitles. */
async function wholePiece(answer: UpstreamAnswer, codec: MediaCodec, depth: "skim" | "full"): Promise<Piece> {
  const raw = await wholeBody(answer, maxAnswerBytes);
  const text = decoder.decode(raw);
  if (raw[0] !== openBrace && codec.skimText) {
    const usage = codec.skimText(text);
    const events: AnswerEvent[] = [...(usage ? [{ type: "usage-report", usage } as const] : []), { type: "answer-end" }];
    return { raw, events: depth === "full" ? [...said(text), ...events] : events, visible: true, last: true };
  }
  const json = parsed(text);
  const events = codec.skimAnswer(json);
  const failed = events.some((event) => event.type === "answer-error");
  const words = depth === "full" && !failed ? codec.words?.(json) : undefined;
  return { raw, events: words === undefined ? events : [...said(words), ...events], visible: !failed, last: true };
}

function said(text: string): readonly AnswerEvent[] {
  const place = { block: 0, choice: 0 } as const;
  return [
    { type: "text-start", ...place },
    { type: "text-delta", text, ...place },
    { type: "text-end", ...place },
  ]; // prettier-ignore
}

function parsed(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider's answer is not JSON.", cause });
  }
  throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
}
