import { type AnswerEvent, Fault, type ModelRequest } from "../../../src/exchange/index.ts";
import { codecs, dialects } from "../../../src/protocols/every-codec.ts";
import { type AnyDialect, collect, cutterOf, type ReadStreamOptions } from "../../../src/protocols/index.ts";
import { conversations, seedsOf } from "../corpus.ts";
import { slicesOf } from "../mutate-bytes.ts";
import { mutatedStream, streamSeed } from "../mutate-stream.ts";
import type { Random } from "../random.ts";
import { assertSame, assertWholesome, attempt, Broken, type Target, type TargetMaker } from "../target.ts";
import { readRequests } from "./requests.ts";

/** Streams of every dialect: read at both depths in several slicings, and written in every dialect. */
export const streamTargets: TargetMaker = (corpus) => [...dialectStreams(corpus), ...otherStreams(corpus)];

const dialectStreams: TargetMaker = (corpus) => {
  const requests = new Map(conversations.map((dialect) => [dialect.id, readRequests(corpus, dialect)]));
  return conversations.map((dialect): Target => {
    const { streams } = seedsOf(corpus, dialect.id);
    return {
      name: `${dialect.id}-stream`,
      input: (random) => mutatedStream(random.pick(streams), streams, dialect.framing ?? "sse", random),
      check(input, random) {
        const depth = random.oneIn(3) ? "skim" : "full";
        const whole = readTwice(dialect, depth, input, random);
        if (depth === "skim") return;
        const caller = random.pick(conversations);
        write(caller, whole, { request: random.pick(requests.get(caller.id) ?? []), random });
      },
    };
  });
};

/** Streams of surfaces beside conversation, which are read only. */
const otherStreams: TargetMaker = (corpus) =>
  Object.values(codecs).flatMap((codec): Target[] => {
    const { readStream, framing = "sse" } = codec;
    if (dialects[codec.id] || !readStream) return [];
    const streams = [ownStreams, ...seedsOf(corpus, codec.id).streams.slice(0, 40)];
    return [
      {
        name: `${codec.id}-stream`,
        input: (random) => mutatedStream(random.oneIn(2) ? ownStreams : random.pick(streams), streams, framing, random),
        check(input, random) {
          readTwice({ framing, readStream }, random.oneIn(3) ? "skim" : "full", input, random);
        },
      },
    ];
  });

/** Of sound and pictures. */
const ownStreams = streamSeed(
  [
    { type: "transcript.text.delta", delta: "Hi" },
    { type: "transcript.text.done", text: "Hi", usage: { type: "tokens", input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
    { type: "speech.audio.delta", audio: "AAAA" },
    { type: "speech.audio.done", usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
    { type: "image_generation.partial_image", b64_json: "AAAA", partial_image_index: 0 },
    { type: "image_generation.completed", b64_json: "AAAA", usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
    { type: "transcription.done", model: "m", usage: { prompt_audio_seconds: 3 } },
  ].map((json) => ({ event: json.type, data: JSON.stringify(json), json })),
);

type Readable = Pick<AnyDialect, "framing" | "readStream">;

/** Whole and in slices, which must say the same. */
function readTwice(readable: Readable, depth: "skim" | "full", input: Uint8Array, random: Random): Outcome {
  const options = { depth, stripUsage: random.oneIn(2) } as const;
  const whole = read(readable, options, [input]);
  assertWholesome(whole.events, "an event");
  const way = input.length < 400 && random.oneIn(4) ? "bytes" : "random";
  const sliced = read(readable, options, slicesOf(input, way, random));
  assertSame(shown(sliced), shown(whole), `what is read at depth ${depth} depends on the slicing`);
  return whole;
}

interface Outcome {
  /** Those behind the end, or an error, among them. */
  readonly events: AnswerEvent[];
  readonly raw: Buffer;
  /** Undefined where the answer came to its end. */
  readonly failure: Fault | undefined;
}

/** Walks a stream as the line does: to its end, an error or a fault, and through what comes behind it. */
function read(dialect: Readable, options: ReadStreamOptions, slices: readonly Uint8Array[]): Outcome {
  const cutter = cutterOf(dialect.framing ?? "sse");
  const reader = dialect.readStream(options);
  const events: AnswerEvent[] = [];
  const raws: Uint8Array[] = [];
  let last = false;
  let failure: Fault | undefined;
  const take = (cut: () => Uint8Array) => {
    const piece = attempt("upstream", () => {
      const run = cut();
      return run.length === 0 ? undefined : reader.read(Uint8Array.from(run));
    });
    if (piece instanceof Fault) {
      // Behind the end it is nobody's fault.
      if (!last) failure ??= piece;
      return false;
    }
    if (!piece) return true;
    events.push(...piece.events);
    if (piece.raw) raws.push(piece.raw);
    last ||= piece.last;
    const error = piece.events.find((event) => event.type === "answer-error");
    if (error?.type === "answer-error") failure ??= error.fault;
    return true;
  };
  const broken = slices.some((slice) => !take(() => cutter.push(slice)));
  if (!broken && !failure && !last) take(() => cutter.last());
  if (!failure && !last) {
    if (reader.ended()) events.push({ type: "answer-end" });
    else failure = new Fault("upstream_incomplete");
  }
  return { events, raw: Buffer.concat(raws), failure };
}

function shown({ events, raw, failure }: Outcome): string {
  const plain = events.filter(({ type }) => type !== "answer-error");
  return JSON.stringify([plain, raw.toString("latin1"), failure && [failure.code, failure.message]]);
}

/** Writes the events for a caller as the line does, in two groupings, and reads what was written. */
function write(caller: AnyDialect, { events, failure }: Outcome, { request, random }: { request: ModelRequest; random: Random }): void {
  const context = { request, requestId: "req_1", createdAt: 1_700_000_000 };
  if (!failure) JSON.stringify(caller.writeAnswer(collect(events), context));
  const together = caller.writeStream(context);
  const apart = caller.writeStream(context);
  const parts = [together.write(events)];
  const pieces: (string | Uint8Array)[] = [];
  for (let at = 0; at < events.length; ) {
    const end = at + 1 + random.below(3);
    pieces.push(apart.write(events.slice(at, end)));
    at = end;
  }
  if (failure) {
    parts.push(together.fault(failure));
    pieces.push(apart.fault(failure));
  }
  const bytes = joined(parts);
  assertSame(joined(pieces).toString("latin1"), bytes.toString("latin1"), `what ${caller.id} writes depends on the grouping`);
  const cutter = cutterOf(caller.framing ?? "sse");
  const run = cutter.push(bytes);
  if (cutter.last().length > 0) throw new Broken(`${caller.id} writes half a frame`);
  const reader = caller.readStream({ depth: "full", stripUsage: false });
  const back = attempt("upstream", () => (run.length > 0 ? reader.read(run).events : []));
  if (back instanceof Fault)
    throw new Broken(`${caller.id} does not read what it wrote: ${back.message}`, bytes.toString("utf8").slice(-900));
  // Cohere has no word for it but one that tells of a failure.
  if (caller.id === "cohere-chat" && events.some((event) => event.type === "choice-finish" && event.finish.reason === "filtered")) return;
  const whole = reader.ended() && !back.some(({ type }) => type === "answer-error");
  if (whole === (failure !== undefined)) {
    throw new Broken(
      `${caller.id} tells of ${whole ? "success where the answer failed" : "failure where the answer is whole"}`,
      bytes.toString("utf8").slice(-900),
    );
  }
}

function joined(parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}
