import {
  type JsonBody,
  type Losses,
  type MediaTask,
  type TranscribeRequest,
  transcriptFormats,
  type UploadedFile,
} from "../../exchange/index.ts";
import { MediaStreamReader, type ToldEvent } from "../framing/media-stream.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unsupported } from "../json-fields.ts";
import type { MediaCodec } from "../media-codec.ts";
import { metered } from "../metered.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { malformed } from "../openai-chat/json-value.ts";
import { chatUsage } from "../openai-chat/usage.ts";
import { soundSeconds } from "./sound-length.ts";
import { secondsUsed, subtitleUsage, transcriptUsage } from "./transcript-usage.ts";
import { writeTranscript } from "./write-transcript.ts";

/** `/v1/audio/transcriptions`: a recording in a form; an answer as JSON, text, subtitles or a stream of events. */
export const openaiTranscriptions: MediaCodec<"transcribe"> = {
  ...soundToText("openai-transcriptions"),
  media: "transcribe",
  streams: (body) => isTrue(body.get("stream")),
  facing: { readRequest, writeAnswer: (answer, request) => writeTranscript(answer, request, "transcribe") },
};

/** `/v1/audio/translations`: the same, into English. */
export const openaiTranslations: MediaCodec<"translate-sound"> = {
  ...soundToText("openai-translations"),
  media: "translate-sound",
  facing: { readRequest, writeAnswer: (answer, request) => writeTranscript(answer, request, "translate") },
};

function soundToText(id: "openai-transcriptions" | "openai-translations") {
  return {
    id,
    forms: "always",
    checkRequest,
    editRequest: (body, target) => (body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }]),
    foresee(_body, files) {
      const [file] = files;
      return file && secondsUsed(soundSeconds(file), "estimated");
    },
    skimAnswer(json) {
      const fault = faultIn(json);
      if (fault) return [{ type: "answer-error", fault }];
      return metered(transcriptUsage(json));
    },
    skimText: subtitleUsage,
    words: (json) => textOf(json.text),
    readStream: (options) => new MediaStreamReader(options, tell),
    streamedFault: (fault) => `event: error\ndata: ${JSON.stringify({ type: "error", ...errorBody(fault) })}\n\n`,
    readFault,
    writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  } as const satisfies Omit<MediaCodec<MediaTask>, "media">;
}

/** OpenAI's events (`transcript.text.done`), Mistral's (`transcription.done`), and chunks as vLLM has them. */
function tell(json: Fields): ToldEvent {
  const fault = faultIn(json);
  if (fault) return { fault };
  const type = textOf(json.type) ?? "";
  if (type.endsWith("text.delta")) return optional("words", textOf(json.delta) ?? textOf(json.text));
  if (type === "transcript.text.done" || type === "transcription.done") {
    return { ...optional("usage", transcriptUsage(json)), end: "last" };
  }
  const choices = listOf(json.choices).map(fieldsOf);
  const finished = choices.some(({ finish_reason: reason }) => typeof reason === "string");
  return {
    ...optional("words", textOf(fieldsOf(choices[0]?.delta).content)),
    ...optional("usage", chatUsage(json.usage)),
    ...(finished && { end: "whole" as const }),
  };
}

function checkRequest(body: JsonBody, files: readonly UploadedFile[] = []): void {
  const model = body.get("model");
  if (typeof model !== "string" || model === "") throw malformed("model", "the name of a model");
  const given = files.filter(({ field }) => field === "file").length;
  // Some providers fetch the recording themselves.
  const elsewhere = body.has("file_url") || body.has("file_id") || body.has("url");
  if (given > 1 || (given === 0 && !elsewhere)) throw malformed("file", "one file, with a file name");
  if (given === 1 && files.find(({ field }) => field === "file")?.size === 0) throw malformed("file", "a file that is not empty");
}

const understood = new Set(
  ["model", "language", "prompt", "temperature", "response_format", "stream"].concat(
    ["timestamp_granularities", "timestamp_granularities[]"],
    ["chunking_strategy"],
  ),
);

function readRequest(body: JsonBody, files: readonly UploadedFile[], _context: unknown, losses: Losses): TranscribeRequest {
  const fields = body.parse();
  const unknown = Object.keys(fields).find((name) => !understood.has(name));
  if (unknown !== undefined) throw unsupported(unknown, `"${unknown}" means nothing to the provider of this model.`);
  const file = files.find(({ field }) => field === "file");
  if (!file) throw unsupported("file", "The provider of this model takes recordings with the request only.");
  if (fields.chunking_strategy !== undefined) losses.add("chunking_strategy", "chunking_strategy", "Q");
  const format = fields.response_format ?? "json";
  const known = transcriptFormats.find((each) => each === format);
  if (!known) throw malformed("response_format", transcriptFormats.join(", "));
  const wanted = [fields["timestamp_granularities[]"], fields.timestamp_granularities].flat();
  return {
    model: String(fields.model),
    file,
    ...optional("language", textOf(fields.language)),
    ...optional("prompt", textOf(fields.prompt)),
    ...optional("temperature", fields.temperature === undefined ? undefined : numberOf(Number(fields.temperature))),
    format: known,
    words: wanted.includes("word"),
    speakers: known === "diarized_json",
    stream: isTrue(fields.stream),
  };
}

/** Fields of forms are text. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^(true|1)$/i.test(value));
}
