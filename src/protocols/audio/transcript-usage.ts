import { type Usage, usageOf } from "../../exchange/index.ts";
import { type Fields, fieldsOf, numberOf } from "../json-fields.ts";
import { chatUsage } from "../openai-chat/usage.ts";
import { lastCueEnd } from "./subtitles.ts";

/**
 * What an answer about sound tells of its use: tokens or seconds as OpenAI reports them, both as Mistral does, else the length of
 * the recording, which is what is billed where nothing is reported.
 */
export function transcriptUsage(json: Fields): Usage | undefined {
  const block = fieldsOf(json.usage);
  const { input_token_details: details } = block;
  const tokens = chatUsage(details === undefined ? json.usage : { ...block, input_tokens_details: details });
  const seconds = numberOf(block.seconds) ?? numberOf(block.prompt_audio_seconds);
  if (tokens) return seconds === undefined ? tokens : usageOf({ ...tokens, units: { audioSecond: Math.ceil(seconds) } });
  if (seconds !== undefined) return secondsUsed(seconds, "reported");
  const length = numberOf(json.duration);
  return length === undefined ? undefined : secondsUsed(length, "estimated");
}

export function subtitleUsage(text: string): Usage | undefined {
  const seconds = lastCueEnd(text);
  return seconds === undefined ? undefined : secondsUsed(seconds, "estimated");
}

/** Begun seconds count whole. */
export function secondsUsed(seconds: number, source: Usage["source"]): Usage {
  return usageOf({ source, units: { audioSecond: Math.ceil(Math.max(0, seconds)) } });
}

export function writeTranscriptUsage(usage: Usage): Fields {
  const seconds = usage.units?.audioSecond;
  if (seconds !== undefined) return { type: "duration", seconds };
  const input = usage.inputUncached + usage.cacheRead;
  return {
    type: "tokens",
    input_tokens: input,
    input_token_details: { text_tokens: input - usage.inputAudio, audio_tokens: usage.inputAudio },
    output_tokens: usage.output,
    total_tokens: input + usage.output,
  };
}
