import type { Codec } from "../dialect.ts";
import { editModel } from "../task-requests.ts";
import { checkRequest } from "./check-request.ts";
import { readFault, writeFault } from "./faults.ts";
import { skimAnswer } from "./read-answer.ts";

/**
 * `POST /v1/responses/compact` (platform.openai.com/docs/api-reference/responses/compact): items that stand for a whole conversation,
 * sealed by the provider that made them. Nobody else can open them, so it is asked of such a provider or not at all.
 */
export const openaiCompact: Codec = {
  id: "openai-compact",
  checkRequest,
  editRequest: editModel,
  skimAnswer: (json) => skimAnswer(json).filter((event) => event.type !== "choice-finish"),
  readFault,
  writeFault,
};
