import type { Answer, AnswerEvent, Item, OpaqueItem, Usage } from "../../../exchange/index.ts";
import { type Fields, fieldsOf, interactionsDialect, isFields, listOf, textOf, unreadable } from "../fields.ts";
import { readStep } from "../read-steps.ts";
import { failureOf, readFinish } from "./finish.ts";
import { readUsage, Searches } from "./usage.ts";

/** @throws Fault `upstream_malformed`, and the provider's own error where it came inside a 200 */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw unreadable("The provider's answer is not a JSON object.");
  const failure = failureOf(json);
  if (failure) throw failure;
  const finish = readFinish(json, hasCall(json));
  if (!finish) throw unreadable("The provider's answer is no finished interaction.");
  const items = listOf(json.steps).flatMap((step, index): readonly Item[] => {
    if (!isFields(step)) throw unreadable("A step in the provider's answer is not an object.");
    try {
      return partsApart(step).map((one) => one.media ?? readStep(one.step, `steps[${index}]`));
    } catch (cause) {
      throw unreadable("A step in the provider's answer lacks what makes it one.", cause);
    }
  });
  const usage = usageOf(json);
  return { ...headOf(json), choices: [{ items, finish }], ...(usage && { usage }) };
}

/** Pictures and sound of the model's stand by themselves: no message of text has a place for them. */
function partsApart(step: Fields): { readonly step: Fields; readonly media?: OpaqueItem }[] {
  const contents = step.type === "model_output" ? listOf(step.content).filter(isFields) : [];
  if (contents.every(({ type }) => type === "text")) return [{ step }];
  const runs: { step: Fields; media?: OpaqueItem }[] = [];
  for (const content of contents) {
    const one = { ...step, content: [content] };
    runs.push(content.type === "text" ? { step: one } : { step: one, media: mediaItem(content) });
  }
  return runs;
}

/** By the name of its kind. */
export function mediaItem(content: Fields): OpaqueItem {
  const native = { type: "model_output", content: [content] };
  return { type: "opaque", dialect: interactionsDialect, label: textOf(content.type) ?? "unknown", role: "assistant", native };
}

/** What every answer and the first event of a stream begin with. */
export function headOf(interaction: Fields): Pick<Answer, "id" | "model" | "created" | "tier"> {
  const created = Date.parse(textOf(interaction.created) ?? "");
  const tier = textOf(interaction.service_tier);
  return {
    id: textOf(interaction.id) ?? "",
    model: textOf(interaction.model) ?? "",
    ...(!Number.isNaN(created) && { created: Math.floor(created / 1000) }),
    ...(tier !== undefined && { tier }),
  };
}

function usageOf(interaction: Fields): Usage | undefined {
  const searches = new Searches();
  for (const step of listOf(interaction.steps)) searches.see(fieldsOf(step));
  return readUsage(interaction, searches);
}

function hasCall(interaction: Fields): boolean {
  return listOf(interaction.steps).some((step) => fieldsOf(step).type === "function_call");
}

/** Usage, finish and in-band errors of a whole answer, for the meter. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const usage = usageOf(json);
  const told: AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
  const fault = failureOf(json);
  if (fault) return [...told, { type: "answer-error", fault }];
  const finish = readFinish(json, hasCall(json));
  return finish ? [{ type: "choice-finish", choice: 0, finish }, ...told, { type: "answer-end" }] : told;
}
