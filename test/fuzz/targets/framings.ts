import { Fault } from "../../../src/exchange/index.ts";
import { cutterOf, eventStreamMessages, type Framing, jsonLines, sseEvents, type Wrapping } from "../../../src/protocols/index.ts";
import { conversations } from "../corpus.ts";
import { mutatedBytes, slicesOf } from "../mutate-bytes.ts";
import { mutatedStream, type StreamSeed } from "../mutate-stream.ts";
import { assertSame, attempt, type Target, type TargetMaker } from "../target.ts";

type Shown = (run: Uint8Array) => readonly string[];

/** What a run of whole frames holds, as text. */
const contents: Readonly<Record<Framing, Shown>> = {
  sse: (run) => sseEvents(run).map(({ event, data }) => JSON.stringify([event, data])),
  "json-lines": (run) =>
    [...jsonLines(run)].map(({ text, broken }) => {
      if (broken) throw broken;
      return JSON.stringify(text);
    }),
  "aws-event-stream": (run) =>
    eventStreamMessages(run).map(({ headers, payload }) =>
      JSON.stringify([[...headers].map(([name, { type, value }]) => [name, type, String(value)]), Buffer.from(payload).toString("base64")]),
    ),
};

/** Cutters and frame readers, without a dialect behind them. */
export const framingTargets: TargetMaker = (corpus) => [
  ...(Object.keys(contents) as Framing[]).map((framing) => {
    const dialects = conversations.filter((dialect) => (dialect.framing ?? "sse") === framing);
    return targetOf(
      framing,
      framing,
      framing,
      dialects.flatMap(({ id }) => corpus.of[id]?.streams ?? []),
    );
  }),
  // What it cuts out of AWS's frames are server-sent events.
  targetOf("bedrock-invoke unwrapped", "aws-event-stream", "bedrock-invoke", corpus.of["bedrock-invoke"]?.streams ?? []),
];

/** @param framing of what goes in */
function targetOf(name: string, framing: Framing, cutting: Framing | Wrapping, streams: readonly StreamSeed[]): Target {
  return {
    name,
    input(random) {
      const bytes = mutatedStream(random.pick(streams), streams, framing, random);
      return random.oneIn(3) ? mutatedBytes(bytes, mutatedStream(random.pick(streams), streams, framing, random), random) : bytes;
    },
    check(input, random) {
      const whole = cut(cutting, slicesOf(input, "whole", random));
      const way = input.length < 400 && random.oneIn(2) ? "bytes" : "random";
      assertSame(cut(cutting, slicesOf(input, way, random)), whole, "what is cut depends on the slicing");
    },
  };
}

/** The bytes that went out, what was in them, and how it ended. */
function cut(framing: Framing | Wrapping, slices: readonly Uint8Array[]): string {
  const cutter = cutterOf(framing);
  const runs: Uint8Array[] = [];
  const contained: string[] = [];
  let ending = "";
  for (const slice of slices) {
    const run = attempt("upstream", () => cutter.push(slice));
    if (run instanceof Fault) {
      ending = run.message;
      break;
    }
    runs.push(Buffer.from(run));
  }
  const last = ending === "" ? attempt("upstream", () => cutter.last()) : new Uint8Array(0);
  if (last instanceof Fault) ending = last.message;
  else runs.push(Buffer.from(last));
  for (const run of runs) {
    const found = attempt("upstream", () => contents[framing === "bedrock-invoke" ? "sse" : framing](run));
    if (found instanceof Fault) {
      // Frames before a broken one of the same run go with it: that it fails is what must be the same.
      const bytes = Buffer.concat(runs).toString("latin1");
      return JSON.stringify([bytes, found.message, ending]);
    }
    contained.push(...found);
  }
  return JSON.stringify([Buffer.concat(runs).toString("latin1"), contained, ending]);
}
