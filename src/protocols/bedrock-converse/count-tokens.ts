import { parseJson } from "../../exchange/index.ts";
import { countedForNothing, estimatedTokens } from "../count-tokens.ts";
import type { Codec } from "../dialect.ts";
import { readFault, writeFault } from "./faults.ts";
import { type Fields, fieldsOf, isFields, malformed, textOf } from "./fields.ts";

/**
 * Bedrock's `/model/{model}/count-tokens`: `{input: {converse}}`, or `{input: {invokeModel: {body}}}` with the body in base64.
 * Asked of Bedrock where it answers, else estimated here.
 */
export const bedrockCountTokens: Codec = {
  id: "bedrock-count-tokens",
  checkRequest(body) {
    const input = fieldsOf(body.get("input"));
    if (!isFields(input.converse) && !isFields(input.invokeModel)) throw malformed("input", "must hold converse or invokeModel");
  },
  editRequest: () => [],
  skimAnswer: () => countedForNothing,
  readFault,
  writeFault,
  answer: (body, losses) => ({ inputTokens: estimatedTokens(countedIn(fieldsOf(body.get("input"))), losses) }),
};

/** What the model would get. @throws Fault `request_malformed` */
function countedIn({ converse, invokeModel }: Fields): unknown {
  if (isFields(converse)) return converse;
  try {
    const body = Buffer.from(textOf(fieldsOf(invokeModel).body) ?? "", "base64").toString("utf8");
    const { anthropic_version: _version, ...counted } = fieldsOf(parseJson(body));
    return counted;
  } catch {
    throw malformed("input.invokeModel.body", "must be JSON in base64");
  }
}
