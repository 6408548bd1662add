import { type JsonObject, listOf, numberOf, objectOf, textOf } from "../openai-chat/json-value.ts";

/** Four lists side by side, where Chat Completions has one of tokens. @param from the first token's place, in characters */
export function writeLogprobs(told: readonly unknown[], from: number): JsonObject {
  const tokens = told.map(objectOf);
  const names = tokens.map((token) => textOf(token.token) ?? "");
  let place = from;
  return {
    tokens: names,
    token_logprobs: tokens.map((token) => numberOf(token.logprob) ?? null),
    top_logprobs: tokens.map((token) => Object.fromEntries(listOf(token.top_logprobs).map(objectOf).map(likelihood))),
    text_offset: names.map((name) => {
      const offset = place;
      place += [...name].length;
      return offset;
    }),
  };
}

function likelihood(token: JsonObject): [string, number | null] {
  return [textOf(token.token) ?? "", numberOf(token.logprob) ?? null];
}
