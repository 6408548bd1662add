import { crc32 } from "node:zlib";
import type { Framing } from "../../src/protocols/index.ts";
import type { Frame } from "../transcripts/readers/frames.ts";
import { type JsonSeed, jsonSeed } from "./json-seed.ts";
import { mutatedBytes } from "./mutate-bytes.ts";
import { mutatedJson } from "./mutate-json.ts";
import type { Random } from "./random.ts";

export interface FrameSeed {
  readonly event: string;
  readonly data: string;
  /** The data, where it is JSON. */
  readonly json: JsonSeed | undefined;
}

export type StreamSeed = readonly FrameSeed[];

const mostFrames = 8;

/** A stream's beginning and its end: what stands between says the same again and again. */
export function streamSeed(frames: readonly Frame[]): StreamSeed {
  const kept = frames.length <= mostFrames ? frames : [...frames.slice(0, mostFrames / 2), ...frames.slice(-mostFrames / 2)];
  return kept.map(({ event, data, json }) => {
    const seed = json === undefined ? undefined : jsonSeed(json);
    return { event, data: seed?.text ?? data.slice(0, 2000), json: seed };
  });
}

interface Draft {
  event: string;
  data: string;
}

/** A stream with frames left out, doubled, moved, taken from others, and changed inside, in its dialect's framing. */
export function mutatedStream(seed: StreamSeed, donors: readonly StreamSeed[], framing: Framing, random: Random): Buffer {
  const frames: Draft[] = seed.map(({ event, data }) => ({ event, data }));
  for (let count = random.few(5); count > 0; count--) changeFrames(frames, seed, donors, random);
  const bytes = written(frames, framing, random);
  return random.oneIn(8) ? mutatedBytes(bytes, bytes, random) : bytes;
}

function changeFrames(frames: Draft[], seed: StreamSeed, donors: readonly StreamSeed[], random: Random): void {
  const at = random.below(frames.length + 1);
  switch (random.below(9)) {
    case 0:
      frames.splice(at, random.pick([1, 1, 3]));
      return;
    case 1:
      if (frames[at]) frames.splice(at, 0, { ...frames[at] });
      return;
    case 2:
      frames.push(...frames.splice(at, 1));
      return;
    case 3: {
      const donor = random.pick(random.pick(donors));
      if (donor) frames.splice(at, 0, { event: donor.event, data: donor.data });
      return;
    }
    case 4:
      if (frames[at]) frames[at].event = random.pick(["", "error", "ping", "message", "exception:throttlingException", "__proto__"]);
      return;
    case 5:
      if (frames[at])
        frames[at].data = random.pick(["", "[DONE]", "{}", "null", "[]", "{", '"x"', "[DONE] ", " ", '{"error":{"message":"x"}}']);
      return;
    default: {
      const place = random.below(seed.length);
      const json = seed[place]?.json;
      const found = frames.find(({ data }) => data === json?.text);
      if (json && found) found.data = mutatedJson(json, json ? [json] : [], random);
    }
  }
}

function written(frames: readonly Draft[], framing: Framing, random: Random): Buffer {
  if (framing === "aws-event-stream") return Buffer.concat(frames.map((frame) => message(frame, random)));
  const end = random.oneIn(4) ? random.pick(["\r\n", "\r", "\n"]) : "\n";
  if (framing === "json-lines") return Buffer.from(frames.map(({ data }) => `${data.replace(/[\r\n]/g, " ")}${end}`).join(""));
  return Buffer.from(frames.map((frame) => sse(frame, end, random)).join(""));
}

function sse({ event, data }: Draft, end: string, random: Random): string {
  const space = random.oneIn(10) ? "" : " ";
  const comment = random.oneIn(20) ? `: c${end}${end}` : "";
  const name = event === "" ? "" : `event:${space}${event}${end}`;
  const id = random.oneIn(20) ? `id: 1${end}retry: 5${end}` : "";
  // A line end between two values of JSON says nothing.
  const lines = random.oneIn(12) ? data.replace(/,"/, `,\n"`).split("\n") : data.split("\n");
  return `${comment}${name}${id}${lines.map((line) => `data:${space}${line}${end}`).join("")}${end}`;
}

/** Header values by type number (AWS, "Event stream encoding"). */
const oddHeaders = [
  ...[[0], [1], [2, 5], [3, 1, 2], [4, 1, 2, 3, 4], [5, 1, 2, 3, 4, 5, 6, 7, 8], [8, 0, 0, 0, 0, 0, 0, 0, 1]],
  ...[
    [6, 0, 2, 1, 2],
    [7, 0, 1, 0x78],
    [9, ...new Array<number>(16).fill(7)],
    [7, 0xff, 0xff, 1],
    [10, 0],
    [7, 0, 2, 0xff, 0xff],
    [6, 0],
  ],
].map((bytes) => Buffer.from(bytes));

function header(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  return Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name), Buffer.of(7, text.length >> 8, text.length & 0xff), text]);
}

/** As InvokeModel wraps an event. */
function wrapped(data: string): string {
  return JSON.stringify({ bytes: Buffer.from(data).toString("base64") });
}

/** A message whose sums are right, mostly, whatever is in it: deeper layers are reached. */
function message({ event, data }: Draft, random: Random): Buffer {
  const exception = event.startsWith("exception:") ? event.slice(10) : undefined;
  const fields = [
    header(exception === undefined ? ":event-type" : ":exception-type", exception ?? event),
    header(":content-type", "application/json"),
    header(":message-type", exception === undefined ? "event" : "exception"),
  ];
  if (random.oneIn(12)) fields.splice(random.below(4), 0, Buffer.concat([Buffer.of(1, 0x78), random.pick(oddHeaders)]));
  if (random.oneIn(20)) fields.reverse();
  if (random.oneIn(30)) fields.splice(random.below(3), 1);
  if (random.oneIn(40)) fields.push(header(":message-type", "error"), header(":error-code", "x"));
  let headers: Buffer = Buffer.concat(fields);
  let payload: Buffer = Buffer.from(event === "chunk" && !random.oneIn(30) ? wrapped(data) : data);
  if (random.oneIn(40)) headers = mutatedBytes(headers, headers, random);
  if (random.oneIn(40)) payload = mutatedBytes(payload, payload, random);
  const out = Buffer.alloc(16 + headers.length + payload.length);
  out.writeUInt32BE(random.oneIn(100) ? random.next() : out.length, 0);
  out.writeUInt32BE(random.oneIn(100) ? random.below(headers.length + 40) : headers.length, 4);
  out.writeInt32BE((random.oneIn(200) ? 1 : crc32(out.subarray(0, 8))) | 0, 8);
  headers.copy(out, 12);
  payload.copy(out, 12 + headers.length);
  out.writeInt32BE((random.oneIn(200) ? 1 : crc32(out.subarray(0, -4))) | 0, out.length - 4);
  return out;
}
