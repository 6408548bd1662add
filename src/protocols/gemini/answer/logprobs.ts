import { type Fields, fieldsOf, isFields, listOf, type Native, numberOf, textOf } from "../fields.ts";

/** `logprobsResult` in the form that the other dialects have: one entry a token, the likeliest others inside. */
export function readLogprobs(candidate: Fields): { readonly logprobs?: readonly Native[] } {
  const result = fieldsOf(candidate.logprobsResult);
  const tops = listOf(result.topCandidates);
  const logprobs = listOf(result.chosenCandidates).map((chosen, index) => ({
    ...entryOf(fieldsOf(chosen)),
    top_logprobs: listOf(fieldsOf(tops[index]).candidates).map((top) => entryOf(fieldsOf(top))),
  }));
  return logprobs.length === 0 ? {} : { logprobs };
}

function entryOf(native: Fields): Native {
  const token = textOf(native.token) ?? "";
  return { token, logprob: numberOf(native.logProbability) ?? 0, bytes: [...Buffer.from(token)] };
}

/** The entries of another dialect's answer as Gemini's clients know them. */
export function writeLogprobs(entries: readonly unknown[]): Native | undefined {
  const told = entries.filter(isFields);
  if (told.length === 0) return undefined;
  return {
    chosenCandidates: told.map(candidateOf),
    topCandidates: told.map((entry) => ({ candidates: listOf(entry.top_logprobs).filter(isFields).map(candidateOf) })),
  };
}

function candidateOf(entry: Fields): Native {
  return { token: textOf(entry.token) ?? "", logProbability: numberOf(entry.logprob) ?? 0 };
}
