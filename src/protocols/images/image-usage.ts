import { type Usage, usageOf } from "../../exchange/index.ts";
import { type Fields, fieldsOf, listOf } from "../json-fields.ts";
import { chatUsage } from "../openai-chat/usage.ts";

/** Tokens where they are told, of which the output is the picture unless it is said to be text; else the pictures are counted. */
export function imageUsage(json: Fields): Usage | undefined {
  const tokens = tokensIn(json.usage);
  if (tokens) return tokens;
  const made = listOf(json.data).length;
  return made > 0 ? imagesUsed(made) : undefined;
}

export function tokensIn(block: unknown): Usage | undefined {
  const usage = chatUsage(block);
  if (!usage || usage.inputUncached + usage.output === 0) return undefined;
  const told = fieldsOf(fieldsOf(block).output_tokens_details).image_tokens !== undefined;
  return told ? usage : { ...usage, outputImage: usage.output };
}

export function imagesUsed(count: number, source: Usage["source"] = "reported"): Usage {
  return usageOf({ source, units: { image: count } });
}
