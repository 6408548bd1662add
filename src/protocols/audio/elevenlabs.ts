import type { Losses, Sound, SoundFormat, SpeakRequest, TimedText, TranscribeRequest, Transcript } from "../../exchange/index.ts";
import { usageOf } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, textOf, unreadable, unsupported } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import type { FormPart } from "../multipart/index.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { secondsUsed } from "./transcript-usage.ts";

/** ElevenLabs' speech to text (`POST /v1/speech-to-text`), a form. */
export const elevenlabsTranscripts = upstreamOnly("elevenlabs-transcripts", "transcribe", transcribe);

/** ElevenLabs' text to speech (`POST /v1/text-to-speech/{voice}/stream`), sound as it is made. */
export const elevenlabsSpeech = upstreamOnly("elevenlabs-speech", "speak", speak);

function* transcribe(request: TranscribeRequest, target: TargetTraits, losses: Losses): Generator<Question, Transcript, Reply> {
  if (request.prompt !== undefined) losses.add("transcript_prompt", "prompt", "Q");
  const fields: Readonly<Record<string, string | undefined>> = {
    model_id: target.model,
    language_code: request.language,
    temperature: request.temperature?.toString(),
    diarize: request.speakers ? "true" : undefined,
    tag_audio_events: "false",
    timestamps_granularity: "word",
  };
  const parts: FormPart[] = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  const { json } = yield { body: { form: [...parts, { name: "file", file: request.file }] }, expects: "json" };
  const text = textOf(json.text);
  if (text === undefined) throw unreadable("The provider's answer holds no transcript.");
  const told = listOf(json.words).map(fieldsOf);
  const seconds = numberOf(json.audio_duration_secs) ?? numberOf(told.at(-1)?.end);
  return {
    text,
    ...optional("language", textOf(json.language_code)),
    ...optional("seconds", seconds),
    words: told.filter(({ type }) => type === "word").map(wordOf),
    ...(request.speakers && { segments: turnsOf(told) }),
    ...optional("usage", seconds === undefined ? undefined : secondsUsed(seconds, "reported")),
  };
}

function wordOf(word: Fields): TimedText {
  return {
    text: textOf(word.text) ?? "",
    start: numberOf(word.start) ?? 0,
    end: numberOf(word.end) ?? 0,
    ...optional("speaker", textOf(word.speaker_id)),
  };
}

/** What one speaker says before another does. */
function turnsOf(words: readonly Fields[]): TimedText[] {
  const turns: TimedText[] = [];
  for (const word of words.map(wordOf)) {
    const last = turns.at(-1);
    if (last && (word.speaker === undefined || last.speaker === word.speaker)) {
      turns[turns.length - 1] = { ...last, text: last.text + word.text, end: word.end };
    } else turns.push(word);
  }
  return turns;
}

const formats: Readonly<Partial<Record<SoundFormat, { readonly name: string; readonly type: string }>>> = {
  mp3: { name: "mp3_44100_128", type: "audio/mpeg" },
  opus: { name: "opus_48000_64", type: "audio/opus" },
  pcm: { name: "pcm_24000", type: "audio/pcm" },
  wav: { name: "wav_24000", type: "audio/wav" },
};

function* speak(request: SpeakRequest, target: TargetTraits): Generator<Question, Sound, Reply> {
  const format = formats[request.format];
  if (!format) throw unsupported("response_format", `The provider of this model makes no ${request.format}.`);
  const reply = yield {
    path: `/${encodeURIComponent(request.voice)}/stream?output_format=${format.name}`,
    body: {
      json: {
        text: request.text,
        model_id: target.model,
        ...(request.speed !== undefined && { voice_settings: { speed: request.speed } }),
      },
    },
    expects: "stream",
  };
  const characters = Number(reply.header("x-character-count") ?? reply.header("character-cost"));
  const usage = Number.isSafeInteger(characters) && characters > 0 ? usageOf({ units: { character: characters } }) : undefined;
  return { type: reply.header("content-type") ?? format.type, chunks: reply.chunks, ...optional("usage", usage) };
}
