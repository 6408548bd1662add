import type { Losses, Sound, SoundFormat, SpeakRequest, TimedText, TranscribeRequest, Transcript } from "../../exchange/index.ts";
import { usageOf } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unreadable } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { lostTuning } from "./lost-tuning.ts";
import { secondsUsed } from "./transcript-usage.ts";

/** Deepgram's pre-recorded transcription: the recording itself as the body, options in the query (`POST /v1/listen`). */
export const deepgramListen = upstreamOnly("deepgram-listen", "transcribe", listen);

/** Deepgram's speech (`POST /v1/speak`): the voice is a part of the model's name. */
export const deepgramSpeak = upstreamOnly("deepgram-speak", "speak", speak);

function* listen(request: TranscribeRequest, target: TargetTraits, losses: Losses): Generator<Question, Transcript, Reply> {
  lostTuning(request, losses);
  const query = new URLSearchParams({ model: target.model, smart_format: "true", utterances: "true" });
  if (request.language === undefined) query.set("detect_language", "true");
  else query.set("language", request.language);
  if (request.speakers) query.set("diarize", "true");
  const { json } = yield { path: `?${query}`, body: { file: request.file }, expects: "json" };
  const results = fieldsOf(json.results);
  const channel = fieldsOf(listOf(results.channels)[0]);
  const best = fieldsOf(listOf(channel.alternatives)[0]);
  const text = textOf(best.transcript);
  if (text === undefined) throw unreadable("The provider's answer holds no transcript.");
  const seconds = numberOf(fieldsOf(json.metadata).duration);
  return {
    text,
    ...optional("language", textOf(channel.detected_language) ?? request.language),
    ...optional("seconds", seconds),
    words: listOf(best.words).map((word) => timed(fieldsOf(word), "punctuated_word", "word")),
    segments: listOf(results.utterances).map((utterance) => timed(fieldsOf(utterance), "transcript")),
    ...optional("usage", seconds === undefined ? undefined : secondsUsed(seconds, "reported")),
  };
}

/** @param names of the member that holds the text, the best first */
function timed(fields: Fields, ...names: readonly string[]): TimedText {
  const text = names.map((name) => textOf(fields[name])).find((each) => each !== undefined) ?? "";
  const speaker = numberOf(fields.speaker);
  return {
    text,
    start: numberOf(fields.start) ?? 0,
    end: numberOf(fields.end) ?? 0,
    ...optional("speaker", speaker === undefined ? undefined : letter(speaker)),
  };
}

/** OpenAI's speakers are A, B, C, …; Deepgram's 0, 1, 2, …. */
function letter(speaker: number): string {
  return speaker < 26 ? String.fromCharCode(65 + speaker) : `S${speaker}`;
}

const encodings: Readonly<Record<SoundFormat, { readonly query: string; readonly type: string }>> = {
  mp3: { query: "encoding=mp3", type: "audio/mpeg" },
  opus: { query: "encoding=opus&container=ogg", type: "audio/ogg" },
  aac: { query: "encoding=aac", type: "audio/aac" },
  flac: { query: "encoding=flac", type: "audio/flac" },
  wav: { query: "encoding=linear16&container=wav&sample_rate=24000", type: "audio/wav" },
  pcm: { query: "encoding=linear16&container=none&sample_rate=24000", type: "audio/pcm" },
};

function* speak(request: SpeakRequest, target: TargetTraits, losses: Losses): Generator<Question, Sound, Reply> {
  if (request.speed !== undefined && request.speed !== 1) losses.add("speech_speed", "speed", "Q");
  const { query, type } = encodings[request.format];
  const model = encodeURIComponent(voiceOf(request, target, losses));
  const reply = yield { path: `?model=${model}&${query}`, body: { json: { text: request.text } }, expects: "stream" };
  const characters = Number(reply.header("dg-char-count"));
  const usage = Number.isSafeInteger(characters) && characters > 0 ? usageOf({ units: { character: characters } }) : undefined;
  return { type: reply.header("content-type") ?? type, chunks: reply.chunks, ...optional("usage", usage) };
}

/** `aura-2-thalia-en` is a model and a voice at once; `aura-2` is the model alone. */
function voiceOf({ voice }: SpeakRequest, { model }: TargetTraits, losses: Losses): string {
  if (/^aura(-2)?-[a-z]+-[a-z]{2}$/.test(model)) {
    if (voice !== model) losses.add("speech_voice", "voice", "Q");
    return model;
  }
  return voice.startsWith("aura-") ? voice : `${model}-${voice}-en`;
}
