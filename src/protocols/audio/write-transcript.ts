import type { TranscribeRequest, Transcript } from "../../exchange/index.ts";
import { optional } from "../json-fields.ts";
import type { WrittenMedia } from "../media-codec.ts";
import { cuesOf, writeSrt, writeVtt } from "./subtitles.ts";
import { writeTranscriptUsage } from "./transcript-usage.ts";

const json = "application/json";

/** A transcript in the form that the caller of OpenAI's endpoint asked for. */
export function writeTranscript(transcript: Transcript, request: TranscribeRequest, task: "transcribe" | "translate"): WrittenMedia {
  const usage = optional("usage", transcript.usage && writeTranscriptUsage(transcript.usage));
  const { text } = transcript;
  if (request.stream) return { type: "text/event-stream; charset=utf-8", body: streamed(transcript, request, usage) };
  switch (request.format) {
    case "text":
      return { type: "text/plain; charset=utf-8", body: `${text}\n` };
    case "srt":
      return { type: "application/x-subrip; charset=utf-8", body: writeSrt(transcript) };
    case "vtt":
      return { type: "text/vtt; charset=utf-8", body: writeVtt(transcript) };
    case "json":
      return { type: json, body: JSON.stringify({ text, ...usage }) };
    case "verbose_json":
      return { type: json, body: JSON.stringify({ ...verbose(transcript, request, task), ...usage }) };
    case "diarized_json":
      return {
        type: json,
        body: JSON.stringify({ task, duration: transcript.seconds ?? 0, text, segments: spoken(transcript), ...usage }),
      };
  }
}

function streamed(transcript: Transcript, request: TranscribeRequest, usage: object): string {
  const segments = request.format === "diarized_json" ? spoken(transcript) : [];
  const { text } = transcript;
  const events = [{ type: "transcript.text.delta", delta: text }, ...segments, { type: "transcript.text.done", text, ...usage }];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

/** What Whisper tells of its own work is not known of other models. */
function verbose(transcript: Transcript, { words, temperature = 0 }: TranscribeRequest, task: string): object {
  const told = { seek: 0, tokens: [], temperature, avg_logprob: 0, compression_ratio: 0, no_speech_prob: 0 };
  return {
    task,
    language: transcript.language ?? "",
    duration: transcript.seconds ?? 0,
    text: transcript.text,
    ...(words && { words: (transcript.words ?? []).map(({ text, start, end }) => ({ word: text, start, end })) }),
    segments: cuesOf(transcript).map(({ text, start, end }, id) => ({ id, start, end, text, ...told })),
  };
}

function spoken(transcript: Transcript) {
  return cuesOf(transcript).map(({ text, start, end, speaker }, at) => ({
    type: "transcript.text.segment",
    id: `seg_${String(at + 1).padStart(3, "0")}`,
    start,
    end,
    text,
    speaker: speaker ?? "A",
  }));
}
