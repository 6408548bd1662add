import { type JsonBody, type Losses, type Sound, type SpeakRequest, soundFormats, usageOf } from "../../exchange/index.ts";
import { MediaStreamReader, type ToldEvent } from "../framing/media-stream.ts";
import { type Fields, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import type { MediaCodec, WrittenMedia } from "../media-codec.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { isObject, malformed } from "../openai-chat/json-value.ts";
import { chatUsage } from "../openai-chat/usage.ts";

const encoder = new TextEncoder();
const bytesPerToken = 4;

/** `/v1/audio/speech`: text in JSON; sound, as it is made, or events with it in base64 (`stream_format: sse`). */
export const openaiSpeech: MediaCodec<"speak"> = {
  id: "openai-speech",
  media: "speak",
  sound: true,
  streams: () => true,
  checkRequest,
  editRequest: (body, target) => (body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }]),
  foresee(body) {
    const text = textOf(body.get("input")) ?? "";
    return charactersUsed(text);
  },
  skimAnswer(json) {
    const fault = faultIn(json);
    return fault ? [{ type: "answer-error", fault }] : [{ type: "answer-end" }];
  },
  readStream: (options) => new MediaStreamReader(options, tell),
  streamedFault: (fault) => `data: ${JSON.stringify({ type: "error", ...errorBody(fault) })}\n\n`,
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  facing: { readRequest, writeAnswer },
};

/** Providers bill characters, or the tokens of the text: which of the two, the price knows. */
export function charactersUsed(text: string) {
  const tokens = Math.ceil(Buffer.byteLength(text) / bytesPerToken);
  return usageOf({ source: "estimated", inputUncached: tokens, units: { character: [...text].length } });
}

function tell(json: Fields): ToldEvent {
  const fault = faultIn(json);
  if (fault) return { fault };
  return json.type === "speech.audio.done" ? { ...optional("usage", chatUsage(json.usage)), end: "last" } : {};
}

function checkRequest(body: JsonBody): void {
  const model = body.get("model");
  if (typeof model !== "string" || model === "") throw malformed("model", "the name of a model");
  const text = body.get("input");
  if (typeof text !== "string" || text === "") throw malformed("input", "text that is not empty");
}

const understood = new Set(["model", "input", "voice", "response_format", "speed", "instructions", "stream_format"]);

function readRequest(body: JsonBody, _files: unknown, _context: unknown, losses: Losses): SpeakRequest {
  const fields = body.parse();
  const unknown = Object.keys(fields).find((name) => !understood.has(name) && fields[name] !== null);
  if (unknown !== undefined) throw unsupported(unknown, `"${unknown}" means nothing to the provider of this model.`);
  const voice = textOf(fields.voice) ?? (isObject(fields.voice) ? textOf(fields.voice.id) : undefined);
  if (voice === undefined) throw malformed("voice", "the name of a voice");
  const format = soundFormats.find((each) => each === (fields.response_format ?? "mp3"));
  if (!format) throw malformed("response_format", soundFormats.join(", "));
  if (fields.instructions) losses.add("speech_instructions", "instructions", "Q");
  return {
    model: String(fields.model),
    text: String(fields.input),
    voice,
    format,
    ...optional("speed", numberOf(fields.speed)),
    events: fields.stream_format === "sse",
  };
}

function writeAnswer(sound: Sound, { events }: SpeakRequest): WrittenMedia {
  return events ? { type: "text/event-stream; charset=utf-8", body: asEvents(sound) } : { type: sound.type, body: sound.chunks };
}

async function* asEvents({ chunks, usage }: Sound): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const audio = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("base64");
    yield encoder.encode(`data: ${JSON.stringify({ type: "speech.audio.delta", audio })}\n\n`);
  }
  const input = usage?.inputUncached ?? 0;
  const told = { input_tokens: input, output_tokens: usage?.output ?? 0, total_tokens: input + (usage?.output ?? 0) };
  yield encoder.encode(`data: ${JSON.stringify({ type: "speech.audio.done", usage: told })}\n\n`);
}
