import type { Finish, FinishReason } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { type Fields, wordOf } from "./fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = { stop: "stop", length: "length" };
/** Not about an answer: the model was loaded into memory, or out of it. */
const loadingWords = new Set(["load", "unload"]);

/** Ollama says "stop" also where the model waits for a result. Older servers give no reason beside `done`. */
export function readFinish(native: Fields, hasCall: boolean): Finish {
  const word = wordOf(native.done_reason);
  const reason = entryOf(reasons, word ?? "stop") ?? "stop";
  return { reason: hasCall && reason === "stop" ? "call" : reason, ...(word !== undefined && { native: word }) };
}

export function writeFinish(finish: Finish | undefined): string {
  if (finish?.native !== undefined && loadingWords.has(finish.native)) return finish.native;
  return finish?.reason === "length" || finish?.reason === "context-full" ? "length" : "stop";
}
