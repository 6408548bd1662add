import type { JsonBody, Losses, MediaShapes, MediaTask, UploadedFile, Usage } from "../exchange/index.ts";
import type { Codec, ReadContext, TargetTraits } from "./dialect.ts";
import type { Fields } from "./json-fields.ts";
import type { FormPart } from "./multipart/index.ts";

/**
 * A surface whose questions or answers are sound and pictures. Between a caller and an upstream that both speak it the bytes pass;
 * else the two reach each other through the task's vocabulary.
 */
export interface MediaCodec<Name extends MediaTask = MediaTask> extends Codec {
  readonly media: Name;
  /** The answer is a stream of bytes in any case. */
  readonly sound?: boolean;
  /** What the request will use at least, for answers that do not tell. */
  readonly foresee?: (body: JsonBody, files: readonly UploadedFile[]) => Usage | undefined;
  /** What an answer that is text and no JSON tells: subtitles, plain text. */
  readonly skimText?: (text: string) => Usage | undefined;
  /** What was said, for rules that read answers. */
  readonly words?: (json: Fields) => string | undefined;
  /** Facing the client; absent where callers do not speak it. */
  readonly facing?: {
    /** @throws Fault `request_malformed`, `request_unsupported` */
    readRequest(body: JsonBody, files: readonly UploadedFile[], context: ReadContext, losses: Losses): MediaShapes[Name]["request"];
    /** @param at seconds since the epoch */
    writeAnswer(answer: MediaShapes[Name]["answer"], request: MediaShapes[Name]["request"], losses: Losses, at: number): WrittenMedia;
  };
  /**
   * Facing the upstream: asks one question after another, gets a reply to each, and returns the answer. Pure: whoever runs it does
   * the sending, the reading and the waiting. Absent where it only passes.
   *
   * @throws Fault `request_unsupported`, `upstream_*`
   */
  readonly ask?: (
    request: MediaShapes[Name]["request"],
    target: TargetTraits,
    losses: Losses,
  ) => Generator<Question, MediaShapes[Name]["answer"], Reply>;
}

/** The answer to a client, in one or as it comes. */
export interface WrittenMedia {
  readonly type: string;
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export type Question = Send | { readonly read: UploadedFile };

/** One request to the upstream. */
export interface Send {
  /** Default POST. */
  readonly method?: "GET" | "POST";
  /** Behind the surface's address, query included. Default none. */
  readonly path?: string;
  /** In place of the surface's address: one that the upstream itself has told. It gets the credential where the provider trusts it. */
  readonly url?: string;
  readonly body?: SentBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits before it is sent. */
  readonly afterMs?: number;
  readonly expects: "json" | "bytes" | "stream";
}

export type SentBody =
  | { readonly json: Readonly<Record<string, unknown>> }
  | { readonly form: readonly FormPart[] }
  | { readonly file: UploadedFile };

/** What came back: of the three forms only the one that was expected holds something. */
export interface Reply {
  header(name: string): string | undefined;
  readonly json: Fields;
  readonly bytes: Uint8Array;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Tells the surfaces of sound and pictures. */
export function isMediaCodec(codec: Codec): codec is MediaCodec {
  return "media" in codec;
}
