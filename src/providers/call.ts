import {
  type Exchange,
  Fault,
  JsonBody,
  Losses,
  type Piece,
  type PiecedBytes,
  type SurfaceId,
  type ThoughtPlace,
} from "../exchange/index.ts";
import { type Codec, isMediaCodec, isTaskCodec, translateRequest } from "../protocols/index.ts";
import { formBody, formEdits, joinedEdits } from "./form.ts";
import { FrameStream, isError } from "./frame-stream.ts";
import type { MediaFetching } from "./media/fetch-media.ts";
import type { FetchedMedia } from "./media/fetched-media.ts";
import { OnePiece } from "./one-piece.ts";
import { refuseLosses } from "./refuse-losses.ts";
import { sealedBy } from "./sealed-by.ts";
import { send } from "./send.ts";
import { isAstray, type ThoughtTools, thoughtfulRequest, thoughtPlace } from "./thoughts.ts";
import type { Transport, UpstreamAnswer } from "./transport/transport.ts";
import type { Target } from "./upstream.ts";
import { refusal, wholeJson, wholePiece } from "./whole-answer.ts";

const encoder = new TextEncoder();

/** An upstream's answer, opened: the head is there, the pieces come as they are pulled. */
export interface Call {
  readonly target: Target;
  readonly surface: SurfaceId;
  /** Caller and upstream speak the same dialect in the same shape: the bytes may pass untouched. */
  readonly native: boolean;
  readonly shape: "stream" | "whole";
  readonly losses: Losses;
  /** Where what is thought in the answer is to be kept, for a caller that cannot; and in how many turns it was put back. */
  readonly thoughts?: { readonly place: ThoughtPlace; readonly putBack: number };
  /** What is sealed in the answer is to be noted as this provider's: it is not the one that the route asks first. */
  readonly astray: boolean;
  readonly pieces: AsyncIterable<Piece>;
  /** Of the answer as the client gets it, where its surface alone does not tell. */
  readonly contentType?: string;
}

export interface CallTools extends ThoughtTools {
  readonly transport: Transport;
  /** Fetches what requests name by address. */
  readonly fetched: FetchedMedia;
}

/**
 * Asks one target. Prepares the request (pure), sends it, and reads the answer into pieces.
 *
 * @param depth what the line needs to know of the answer; `skim` leaves the bytes alone
 * @param fetching where pictures and documents may be fetched for upstreams that take no addresses
 * @throws Fault `upstream_*`, `request_unsupported`, `request_lossy`, `request_media`
 */
export async function call(
  given: Exchange,
  target: Target,
  depth: "skim" | "full",
  tools: CallTools,
  fetching?: MediaFetching,
): Promise<Call> {
  let exchange = given;
  const surface = target.upstream.nearest(exchange.surface, target.model);
  const losses = new Losses();
  const codec = surface && (tools.codecs.find(surface) ?? (await tools.codecs.load(surface)));
  const form = surface && target.upstream.form(surface);
  const verbs = form?.verbs ?? codec?.verbs;
  const url = surface && target.upstream.url(surface, target.model, exchange.stream ? verbs?.stream : verbs?.whole);
  if (!surface || !codec || !url) return answeredHere(exchange, target, losses, tools);
  if (isMediaCodec(codec)) return (await import("./media/call-media.ts")).callMedia(exchange, target, surface, depth, losses, tools);
  const translator = surface === exchange.surface ? undefined : translatorOf(exchange, codec, losses, tools);
  const kinds = fetching && bytesOnly(exchange, target, surface, tools);
  if (kinds) exchange = await tools.fetched.withBytes(exchange, kinds, fetching);
  const place = thoughtPlace(exchange, target, surface, tools);
  const prepared = translator
    ? prepareTask(translator, exchange, target, losses)
    : prepare(exchange, exchange !== given, target, surface, place, losses, tools);
  const answer = await send(exchange, target, surface, url, prepared.bytes, tools.transport);
  if (answer.status >= 400) {
    const spoken = form?.faults ?? surface;
    const speaker = tools.codecs.find(spoken) ?? (await tools.codecs.load(spoken));
    throw await refusal(answer, speaker, target, exchange.surface === spoken);
  }
  if (translator) {
    const pieces = new OnePiece(async () => translator.answer(await wholeJson(answer)));
    return { target, surface, native: true, shape: "whole", losses, astray: false, pieces };
  }
  const shape = shapeOf(answer, exchange.stream, codec);
  const native = surface === exchange.surface && shape === (exchange.stream ? "stream" : "whole");
  const astray = isAstray(exchange, target, surface);
  const needed = native && !place && !astray ? depth : "full";
  const spoken = tools.codecs.dialect(surface);
  const dialect = spoken && surface !== exchange.surface ? sealedBy(target.upstream.sealName, spoken) : spoken;
  const pieces =
    shape === "stream" && dialect
      ? new FrameStream(
          answer,
          dialect,
          { depth: needed, stripUsage: native && prepared.stripUsage },
          target,
          surface === exchange.surface,
          form?.wrapping,
        )
      : new OnePiece(() => wholePiece(answer, codec, needed === "full" ? dialect : undefined, native));
  const thoughts = place && { place, putBack: prepared.thoughtsPutBack };
  return { target, surface, native, shape, losses, astray, ...(thoughts && { thoughts }), pieces };
}

/** Translates a task beside conversation: its answer is whole, so it is written in the caller's words at once. */
interface Translator {
  readonly surface: SurfaceId;
  body(target: Target): Record<string, unknown>;
  answer(json: Record<string, unknown>): Piece;
}

/** Undefined where the surfaces are not of one task that has a vocabulary. */
function translatorOf(exchange: Exchange, upstream: Codec, losses: Losses, tools: CallTools): Translator | undefined {
  const caller = tools.codecs.get(exchange.surface);
  if (!isTaskCodec(caller) || !isTaskCodec(upstream) || caller.task !== upstream.task) return undefined;
  const request = caller.readRequest(exchange.body, {
    header: (name) => exchange.http.header(name),
    model: exchange.model,
    stream: exchange.stream,
  });
  return {
    surface: upstream.id,
    body: (target) => upstream.writeRequest(request, target.traits, losses),
    answer(json) {
      const skimmed = upstream.skimAnswer(json);
      if (skimmed.some(isError)) return { raw: undefined, events: skimmed, visible: false, last: true };
      const answer = upstream.readAnswer(json, request);
      const written = caller.writeAnswer(answer, request, losses);
      // Who knows what was asked may know better what it used.
      const report = answer.usage && ({ type: "usage-report", usage: answer.usage } as const);
      const events = report ? [report, ...skimmed.filter(({ type }) => type !== "usage-report")] : skimmed;
      return { raw: encoder.encode(JSON.stringify(written)), events, visible: true, last: true };
    },
  };
}

function prepareTask(translator: Translator, exchange: Exchange, target: Target, losses: Losses): Prepared {
  const written = translator.body(target);
  refuseLosses(exchange, losses);
  const { upstream, model } = target;
  const adjusted = upstream.provider.adjustBody?.(written, translator.surface, model) ?? written;
  const body = formBody(adjusted, upstream.form(translator.surface), target);
  return { bytes: encoder.encode(JSON.stringify(body)), stripUsage: false, thoughtsPutBack: 0 };
}

/** Some questions need no upstream. @throws Fault `request_unsupported` where this one does */
function answeredHere(exchange: Exchange, target: Target, losses: Losses, tools: CallTools): Call {
  const codec = tools.codecs.get(exchange.surface);
  if (!codec.answer) {
    throw new Fault("request_unsupported", {
      message: `${target.upstream.name} has no surface for ${exchange.surface}: name a model of a provider that has one (docs/reference/providers.md).`,
      param: "model",
    });
  }
  const json = codec.answer(exchange.body, losses) as Record<string, unknown>;
  refuseLosses(exchange, losses);
  const piece: Piece = { raw: encoder.encode(JSON.stringify(json)), events: codec.skimAnswer(json), visible: true, last: true };
  return {
    target,
    surface: exchange.surface,
    native: true,
    shape: "whole",
    losses,
    astray: false,
    pieces: new OnePiece(async () => piece),
  };
}

interface Prepared {
  readonly bytes: Uint8Array | PiecedBytes;
  /** The gateway asked for a usage chunk that the caller did not ask for. */
  readonly stripUsage: boolean;
  readonly thoughtsPutBack: number;
}

/** Which parts the upstream takes as bytes only. */
function bytesOnly(exchange: Exchange, { traits }: Target, surface: SurfaceId, tools: CallTools): CallKinds | undefined {
  if (traits.bytesOnly) return tools.codecs.dialect(exchange.surface) && traits.bytesOnly;
  return surface === exchange.surface ? undefined : tools.codecs.dialect(surface)?.bytesOnly;
}

type CallKinds = NonNullable<Target["traits"]["bytesOnly"]>;

/** @param rewritten the exchange reads otherwise than its body */
function prepare(
  exchange: Exchange,
  rewritten: boolean,
  target: Target,
  surface: SurfaceId,
  place: ThoughtPlace | undefined,
  losses: Losses,
  tools: CallTools,
): Prepared {
  const { provider } = target.upstream;
  const thoughtful =
    thoughtfulRequest(exchange, target, surface, place, losses, tools) ?? (rewritten ? { request: exchange.read(), turns: 0 } : undefined);
  const same = surface === exchange.surface;
  const edits = same ? tools.codecs.get(surface).editRequest(exchange.body, target.traits, thoughtful ? undefined : losses) : [];
  const stripUsage = edits.some((edit) => edit.name === "stream_options");
  if (same && !thoughtful) {
    refuseLosses(exchange, losses);
    const form = target.upstream.form(surface);
    // Both may mend the messages: then the provider's quirks are of those that the dialect has mended.
    const twice = provider.adjustMembers !== undefined && edits.some(({ name }) => name === "messages");
    const body = twice ? JsonBody.scan(exchange.body.splice(edits)) : exchange.body;
    const formed = formEdits(exchange, form, target);
    const quirks = provider.adjustMembers ? [...provider.adjustMembers(body, surface, target.model), ...formed] : formed;
    if (quirks.length === 0 && !twice) return { bytes: body.spliceInPieces(edits), stripUsage, thoughtsPutBack: 0 };
    return { bytes: body.spliceInPieces(twice ? quirks : joinedEdits(edits, quirks)), stripUsage, thoughtsPutBack: 0 };
  }
  const dialect = tools.codecs.dialect(surface);
  if (!dialect || !thoughtful)
    throw new Fault("request_unsupported", { message: `${target.upstream.name} cannot take this kind of request.` });
  const written = translateRequest(thoughtful.request, dialect, target.traits, losses);
  refuseLosses(exchange, losses);
  const adjusted = provider.adjustBody?.(written, surface, target.model) ?? written;
  const body = formBody(adjusted, target.upstream.form(surface), target);
  return { bytes: encoder.encode(JSON.stringify(body)), stripUsage, thoughtsPutBack: thoughtful.turns };
}

function shapeOf(answer: UpstreamAnswer, streamAsked: boolean, { framing = "sse" }: Codec): "stream" | "whole" {
  const type = answer.header("content-type") ?? "";
  if (framing !== "sse") return streamAsked ? "stream" : "whole";
  return type.includes("event-stream") || (streamAsked && !type.includes("json")) ? "stream" : "whole";
}
