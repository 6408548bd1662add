import type { MediaTask, SurfaceId } from "../exchange/index.ts";
import type { UpstreamRefusal } from "./dialect.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, wordOf } from "./json-fields.ts";
import type { MediaCodec } from "./media-codec.ts";
import { errorBody } from "./openai-chat/faults.ts";
import { faultOfStatus, type NativeError } from "./refusal.ts";

/** A surface that callers do not speak: what a codec facing them needs, none of which is ever asked for. */
export function upstreamOnly<Name extends MediaTask>(
  id: SurfaceId,
  media: Name,
  ask: NonNullable<MediaCodec<Name>["ask"]>,
): MediaCodec<Name> {
  return {
    id,
    media,
    ask,
    checkRequest: () => undefined,
    editRequest: () => [],
    skimAnswer: () => [{ type: "answer-end" }],
    readFault: readMediaFault,
    writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  };
}

const decoder = new TextDecoder();

/** A refusal of the providers of sound and pictures, each of which has its own words for it. */
export function readMediaFault(answer: UpstreamRefusal): ReturnType<typeof faultOfStatus> {
  return faultOfStatus(answer, namesIn(parsed(answer.body)));
}

function parsed(body: Uint8Array): Fields {
  try {
    return fieldsOf(JSON.parse(decoder.decode(body)));
  } catch {
    // A page of a proxy on the way: its words are for the log only.
    return {};
  }
}

/**
 * Deepgram: `{err_code, err_msg}` or `{category, message, details}`. ElevenLabs: `{detail: {status, message}}`, or a validator's list.
 * AssemblyAI: `{error}`. Stability: `{name, errors: […]}`. Black Forest Labs: `{detail}`. Replicate: `{title, detail, status}`. Google:
 * `{error: {status, message}}`.
 */
function namesIn(body: Fields): NativeError {
  const detail = isFields(body.detail) ? body.detail : {};
  const error = isFields(body.error) ? body.error : {};
  const [invalid] = listOf(body.detail).map(fieldsOf);
  const place = listOf(invalid?.loc).join(".");
  const invalidWords = wordOf(invalid?.msg);
  return {
    code:
      named(detail.status) ??
      wordOf(detail.code) ??
      wordOf(error.status) ??
      wordOf(body.err_code) ??
      wordOf(body.category) ??
      named(body.name),
    message:
      wordOf(detail.message) ??
      wordOf(error.message) ??
      wordOf(body.err_msg) ??
      wordOf(body.error) ??
      wordOf(body.detail) ??
      (invalidWords && (place ? `${place}: ${invalidWords}` : invalidWords)) ??
      wordOf(listOf(body.errors)[0]) ??
      wordOf(body.message) ??
      wordOf(body.title),
    ...(numberOf(body.status) !== undefined && { type: wordOf(body.title) }),
  };
}

/** Names that are told under other statuses than they mean, in the words that are known for them. */
const known: Readonly<Record<string, string>> = { content_moderation: "content_filter", quota_exceeded: "insufficient_quota" };

function named(name: unknown): string | undefined {
  const word = wordOf(name);
  return word === undefined ? undefined : (known[word] ?? word);
}
