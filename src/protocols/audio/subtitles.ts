import type { TimedText, Transcript } from "../../exchange/index.ts";

const wordsInCue = 12;

/** A transcript as SubRip. */
export function writeSrt(transcript: Transcript): string {
  const cues = cuesOf(transcript).map(
    ({ text, start, end }, at) => `${at + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${text.trim()}\n`,
  );
  return cues.join("\n");
}

/** A transcript as WebVTT. */
export function writeVtt(transcript: Transcript): string {
  const cues = cuesOf(transcript).map(({ text, start, end }) => `${clock(start, ".")} --> ${clock(end, ".")}\n${text.trim()}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Segments as they were told, else some words together, else all of it. */
export function cuesOf({ text, seconds = 0, words = [], segments = [] }: Transcript): readonly TimedText[] {
  if (segments.length > 0) return segments;
  if (words.length === 0) return text === "" ? [] : [{ text, start: 0, end: seconds }];
  const cues: TimedText[] = [];
  for (let at = 0; at < words.length; at += wordsInCue) {
    const run = words.slice(at, at + wordsInCue);
    cues.push({ text: run.map((word) => word.text.trim()).join(" "), start: run[0]!.start, end: run.at(-1)!.end });
  }
  return cues;
}

/** Where the last cue of a SubRip or WebVTT file ends, in seconds; undefined where the text is neither. */
export function lastCueEnd(subtitles: string): number | undefined {
  const last = [...subtitles.matchAll(/-->[ \t]*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{3})/g)].at(-1);
  return last && Number(last[1] ?? 0) * 3600 + Number(last[2]) * 60 + Number(last[3]) + Number(last[4]) / 1000;
}

function clock(seconds: number, mark: string): string {
  const ms = Math.round(Math.max(0, seconds) * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}
