import { type Answer, type AnswerEvent, type Usage, usageOf } from "../../exchange/index.ts";
import type { UsageBeside, WriteContext } from "../dialect.ts";
import { type Fields, isFields, listOf, numberOf, optional, unreadable, wordOf } from "../json-fields.ts";
import { metered } from "../metered.ts";
import { formDialects } from "./form-dialects.ts";
import { answerForm, type InvokeForm } from "./forms.ts";
import { invokeCounts, invokeHeaders } from "./headers.ts";
import { asConverse, asNova } from "./nova.ts";

/** @throws Fault `upstream_malformed` for the forms that are passed on only */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw unreadable("The provider's answer is not a JSON object.");
  const form = answerForm(json);
  if (form === undefined) throw unreadable("The model answered in a form that only its own callers can read.");
  return formDialects[form].readAnswer(asConverse(json));
}

/** Other forms tell at most their counts. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const form = answerForm(json);
  if (form) return formDialects[form].skimAnswer({ ...asConverse(json) });
  return metered(otherUsage(json));
}

/** The counts of Llama and of Titan, its embeddings among them; undefined where a form tells none. */
function otherUsage(json: Fields): Usage | undefined {
  const input = numberOf(json.prompt_token_count) ?? numberOf(json.inputTextTokenCount);
  const written = listOf(json.results).map((result) => (isFields(result) ? numberOf(result.tokenCount) : undefined) ?? 0);
  const output = numberOf(json.generation_token_count) ?? written.reduce((sum, count) => sum + count, 0);
  return input === undefined ? undefined : usageOf({ inputUncached: input, output });
}

/** Bedrock counts for every model, also where the model's own form tells nothing. */
export const usageBeside: UsageBeside = {
  read(header) {
    const [input, output] = [countIn(header(invokeCounts.input)), countIn(header(invokeCounts.output))];
    if (input === undefined) return undefined;
    const tier = wordOf(header(invokeHeaders.tier));
    return usageOf({ inputUncached: input, output: output ?? 0, ...optional("tier", tier) });
  },
  write: ({ inputUncached, output }) => ({ [invokeCounts.input]: String(inputUncached), [invokeCounts.output]: String(output) }),
};

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The whole answer in the form of the request. */
export function writeAnswer(answer: Answer, context: WriteContext): unknown {
  const form = context.request.dialect as InvokeForm;
  const written = formDialects[form].writeAnswer(answer, context);
  if (form !== "bedrock-converse" || !isFields(written)) return written;
  // Converse measures; the model's own answer does not.
  const { metrics: _metrics, ...nova } = asNova(written);
  return nova;
}
