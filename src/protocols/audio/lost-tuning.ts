import type { Losses, TranscribeRequest } from "../../exchange/index.ts";

/** What only OpenAI's models take. */
export function lostTuning({ prompt, temperature }: TranscribeRequest, losses: Losses): void {
  if (prompt !== undefined) losses.add("transcript_prompt", "prompt", "Q");
  if (temperature !== undefined) losses.add("transcript_temperature", "temperature", "Q");
}
