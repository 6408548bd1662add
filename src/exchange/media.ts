import type { UploadedFile } from "./uploads.ts";
import type { Usage } from "./usage.ts";

/**
 * Requests and answers of the tasks whose questions or answers are sound and pictures, in no dialect. Absent means that the caller
 * did not say.
 */
export interface TranscribeRequest {
  readonly model: string;
  readonly file: UploadedFile;
  /** ISO 639-1. */
  readonly language?: string;
  /** Words that may occur, or what was said before. */
  readonly prompt?: string;
  readonly temperature?: number;
  readonly format: TranscriptFormat;
  /** Also times of every word. */
  readonly words: boolean;
  /** Who says what. */
  readonly speakers: boolean;
  readonly stream: boolean;
}

export const transcriptFormats = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] as const;
export type TranscriptFormat = (typeof transcriptFormats)[number];

/** Times in seconds from the beginning. */
export interface TimedText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly speaker?: string;
}

export interface Transcript {
  readonly text: string;
  readonly language?: string;
  readonly seconds?: number;
  readonly words?: readonly TimedText[];
  readonly segments?: readonly TimedText[];
  readonly usage?: Usage;
}

export interface SpeakRequest {
  readonly model: string;
  readonly text: string;
  readonly voice: string;
  readonly format: SoundFormat;
  /** 1 is the voice's own. */
  readonly speed?: number;
  /** How it should be spoken. */
  readonly instructions?: string;
  /** The sound in base64, in server-sent events. */
  readonly events: boolean;
}

export const soundFormats = ["mp3", "opus", "aac", "flac", "wav", "pcm"] as const;
export type SoundFormat = (typeof soundFormats)[number];

export interface Sound {
  /** The media type. */
  readonly type: string;
  /** As it comes from the upstream. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly usage?: Usage;
}

/** A picture from words, from other pictures, or both. */
export interface DrawRequest {
  readonly model: string;
  /** Absent where a variation of a picture is wanted. */
  readonly prompt?: string;
  readonly images: readonly UploadedFile[];
  readonly mask?: UploadedFile;
  readonly count: number;
  /** Width and height in pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly quality?: string;
  /** `transparent`, `opaque`. */
  readonly background?: string;
  readonly format?: "png" | "jpeg" | "webp";
  /** Whether an address or the bytes are wanted. */
  readonly response?: "url" | "b64_json";
  readonly stream: boolean;
}

export interface Drawn {
  readonly images: readonly { readonly url?: string; readonly base64?: string; readonly revisedPrompt?: string }[];
  readonly format?: string;
  readonly usage?: Usage;
}

export interface MediaShapes {
  transcribe: { request: TranscribeRequest; answer: Transcript };
  "translate-sound": { request: TranscribeRequest; answer: Transcript };
  speak: { request: SpeakRequest; answer: Sound };
  draw: { request: DrawRequest; answer: Drawn };
  "edit-image": { request: DrawRequest; answer: Drawn };
  "vary-image": { request: DrawRequest; answer: Drawn };
}

export type MediaTask = keyof MediaShapes;
