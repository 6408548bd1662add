import { inputTokens, type Usage, usageOf } from "../exchange/index.ts";

/** What went over the wire, for calls whose upstream does not say, or not to the end, what it used. */
export interface Seen {
  /** What it did say: the input, where a stream tells it first. */
  readonly reported?: Usage | undefined;
  readonly requestBytes: number;
  /** The request's body, where it is at hand: pictures inside it are then told from text. */
  readonly request?: Uint8Array | undefined;
  /** Bytes of the answer as they came, frames and envelope included. */
  readonly answerBytes: number;
  /** UTF-8 bytes of text, arguments and reasoning in the answer, where somebody read them. */
  readonly outputBytes?: number | undefined;
  readonly stream: boolean;
}

/**
 * Text: English takes about four bytes a token, Cyrillic (two bytes a letter) and Chinese (three bytes a character) come
 * out near the same.
 */
const textBytesPerToken = 4;
/** A request as JSON, in the middle over 719 recorded calls of the three dialects: names and braces are no tokens. */
const requestBytesPerToken = 6;
/** A whole answer: its envelope, and then text with escapes. */
const envelopeBytes = 600;
/** Frames of a stream: from 40 bytes a token (few tokens in one frame) to 400 (much said around each). Between, on the dear side. */
const streamBytesPerToken = 100;
/** A picture or a document inside the body, whatever its size in base64. */
const tokensPerAttachment = 1_000;
/** Base64 without a break from here on is an attachment, not text. */
const attachmentBytes = 1_024;

/** An estimate, and marked as one. What the upstream did report is kept. */
export function estimateUsage(seen: Seen): Usage {
  const { reported } = seen;
  const output = Math.max(estimateOutput(seen), reported?.output ?? 0);
  if (reported !== undefined && inputTokens(reported) > 0) {
    return { ...reported, source: "estimated", output };
  }
  return usageOf({ source: "estimated", inputUncached: estimateInput(seen), output });
}

function estimateInput({ request, requestBytes }: Seen): number {
  if (request === undefined) {
    return Math.ceil(requestBytes / requestBytesPerToken);
  }
  const { bytes, count } = attachmentsIn(request);
  return Math.ceil((request.length - bytes) / requestBytesPerToken) + count * tokensPerAttachment;
}

function estimateOutput({ outputBytes, answerBytes, stream }: Seen): number {
  if (outputBytes !== undefined) {
    return Math.ceil(outputBytes / textBytesPerToken);
  }
  return stream ? Math.ceil(answerBytes / streamBytesPerToken) : Math.ceil(Math.max(0, answerBytes - envelopeBytes) / textBytesPerToken);
}

function attachmentsIn(body: Uint8Array): { readonly bytes: number; readonly count: number } {
  let bytes = 0;
  let count = 0;
  let start = 0;
  for (let at = 0; at <= body.length; at += 1) {
    if (at < body.length && isBase64(body[at]!)) {
      continue;
    }
    if (at - start >= attachmentBytes) {
      bytes += at - start;
      count += 1;
    }
    start = at + 1;
  }
  return { bytes, count };
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x2f && byte <= 0x39) || byte === 0x2b || byte === 0x3d
  );
}
