import { Fault, type Losses, type TimedText, type TranscribeRequest, type Transcript } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unreadable, wordOf } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { lostTuning } from "./lost-tuning.ts";
import { secondsUsed } from "./transcript-usage.ts";

const firstLookMs = 1_000;
const longestPauseMs = 5_000;

/** AssemblyAI: the recording is uploaded (`POST /v2/upload`), a job is begun with it (`POST /v2/transcript`), and asked after. */
export const assemblyaiTranscripts = upstreamOnly("assemblyai-transcripts", "transcribe", transcribe);

function* transcribe(request: TranscribeRequest, target: TargetTraits, losses: Losses): Generator<Question, Transcript, Reply> {
  lostTuning(request, losses);
  const octets = { "content-type": "application/octet-stream" };
  const uploaded = yield { path: "/upload", body: { file: request.file }, headers: octets, expects: "json" };
  const json = {
    audio_url: wordOf(uploaded.json.upload_url),
    speech_models: [target.model],
    ...(request.language === undefined ? { language_detection: true } : { language_code: request.language }),
    ...(request.speakers && { speaker_labels: true }),
  };
  let told = (yield { path: "/transcript", body: { json }, expects: "json" }).json;
  const id = wordOf(told.id);
  if (id === undefined) throw unreadable("The provider's answer names no job.");
  const path = `/transcript/${encodeURIComponent(id)}`;
  for (let pauseMs = firstLookMs; told.status !== "completed"; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    if (told.status === "error") throw failed(told);
    told = (yield { method: "GET", path, afterMs: pauseMs, expects: "json" }).json;
  }
  return read(told);
}

/** Of what was sent: it cannot be fetched, is no sound, is too short. */
function failed(told: Fields): Fault {
  const message = textOf(told.error) ?? "The provider could not transcribe this recording.";
  return new Fault("upstream_rejected", { message: message.slice(0, 1000), status: 400, param: "file" });
}

function read(told: Fields): Transcript {
  const text = textOf(told.text);
  if (text === undefined) throw unreadable("The provider's answer holds no transcript.");
  const seconds = numberOf(told.audio_duration);
  return {
    text,
    ...optional("language", textOf(told.language_code)),
    ...optional("seconds", seconds),
    words: listOf(told.words).map((word) => timed(fieldsOf(word))),
    segments: listOf(told.utterances).map((utterance) => timed(fieldsOf(utterance))),
    ...optional("usage", seconds === undefined ? undefined : secondsUsed(seconds, "reported")),
  };
}

/** Times are told in milliseconds. */
function timed(fields: Fields): TimedText {
  return {
    text: textOf(fields.text) ?? "",
    start: (numberOf(fields.start) ?? 0) / 1000,
    end: (numberOf(fields.end) ?? 0) / 1000,
    ...optional("speaker", wordOf(fields.speaker)),
  };
}
