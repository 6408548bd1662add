import { Fault } from "../../exchange/index.ts";
import { bedrockConverse } from "../bedrock-converse/index.ts";
import type { Dialect } from "../dialect.ts";
import { readAnswer, skimAnswer, usageBeside, writeAnswer } from "./answers.ts";
import { checkRequest, editRequest, readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeStream } from "./write-stream.ts";

/**
 * Bedrock's InvokeModel and InvokeModelWithResponseStream: the body is in the form of the model's family (`forms.ts`), the wrapping
 * and the errors are AWS's. A form is read as the dialect that it comes from and answered in the same; other families pass to
 * Bedrock untouched, and are refused elsewhere. No request is written in it: Bedrock is reached in the dialects themselves.
 */
export const bedrockInvoke: Dialect<"bedrock-invoke"> = {
  id: "bedrock-invoke",
  framing: "aws-event-stream",
  verbs: { whole: "invoke", stream: "invoke-with-response-stream" },
  checkRequest,
  readRequest,
  writeAnswer,
  writeStream,
  writeFault: bedrockConverse.writeFault,
  writeRequest() {
    throw new Fault("request_unsupported", {
      message: "InvokeModel's body has the form of one model; it is asked for by that form's callers.",
    });
  },
  editRequest,
  readAnswer,
  skimAnswer,
  usageBeside,
  readStream,
  readFault: bedrockConverse.readFault,
};
