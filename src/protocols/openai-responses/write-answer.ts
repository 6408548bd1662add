import type { Answer } from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { incompleteReason } from "./finish.ts";
import { echoesOf, endStatus, responseObject } from "./response-object.ts";
import type { Wire } from "./wire.ts";
import { writeOutputItem } from "./write-output.ts";

export function writeAnswer(answer: Answer, context: WriteContext): unknown {
  const choice = answer.choices[0];
  const output: Wire[] = [];
  for (const item of choice?.items ?? []) {
    const wire = writeOutputItem(item, context.requestId, output.length);
    if (wire) output.push(wire);
  }
  const refused = (choice?.items ?? []).some((item) => item.type === "message" && item.parts.some((part) => part.type === "refusal"));
  const incomplete = incompleteReason(choice?.finish, refused);
  const last = output.at(-1);
  if (incomplete !== undefined && last?.status === "completed") last.status = "incomplete";
  return responseObject(context, echoesOf(context.request), {
    status: endStatus(choice?.finish, incomplete),
    model: answer.model,
    created: answer.created,
    output,
    usage: answer.usage,
    tier: answer.tier,
    incomplete,
  });
}
