import { type Answer, type AnswerEvent, Fault } from "../../exchange/index.ts";
import { faultOfResponse } from "./faults.ts";
import { readFinish } from "./finish.ts";
import { readItem } from "./read-items.ts";
import { readUsage } from "./usage.ts";
import { isWire, textOf } from "./wire.ts";

/** @throws Fault `upstream_malformed`, and the fault that a failed response names */
export function readAnswer(json: unknown): Answer {
  if (!isWire(json)) throw new Fault("upstream_malformed", { message: "The provider's answer is not a response object." });
  const fault = faultOfResponse(json);
  if (fault) throw fault;
  if (!Array.isArray(json.output)) throw new Fault("upstream_malformed", { message: "The provider's response has no output." });
  const finish = readFinish(json);
  const usage = readUsage(json);
  const tier = textOf(json.service_tier);
  return {
    id: textOf(json.id) ?? "",
    model: textOf(json.model) ?? "",
    ...(typeof json.created_at === "number" && { created: Math.floor(json.created_at) }),
    ...(tier !== undefined && { tier }),
    choices: [{ items: json.output.map(readOutputItem), ...(finish && { finish }) }],
    ...(usage && { usage }),
  };
}

function readOutputItem(item: unknown, index: number) {
  try {
    return readItem(item, `output[${index}]`);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider's response holds an item that could not be read.", cause });
  }
}

/** Usage, finish and errors of a whole response, for the meter. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const fault = faultOfResponse(json);
  const usage = readUsage(json);
  const report: readonly AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
  // A failed response may still be billed, so its usage is told before the fault.
  if (fault) return [...report, { type: "answer-error", fault }];
  const finish = Array.isArray(json.output) ? readFinish(json) : undefined;
  if (!finish) return report;
  return [{ type: "choice-finish", choice: 0, finish }, ...report, { type: "answer-end" }];
}
