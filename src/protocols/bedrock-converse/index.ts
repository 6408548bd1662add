import type { Dialect } from "../dialect.ts";
import { editRequest } from "./edit-request.ts";
import { readFault, writeFault } from "./faults.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { checkRequest, readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** AWS Bedrock's Converse and ConverseStream, API version 2023-09-30. */
export const bedrockConverse: Dialect = {
  id: "bedrock-converse",
  bytesOnly: ["image", "document"],
  framing: "aws-event-stream",
  verbs: { whole: "converse", stream: "converse-stream" },
  checkRequest,
  readRequest,
  writeAnswer,
  writeStream,
  writeFault,
  writeRequest,
  editRequest,
  readAnswer,
  skimAnswer,
  readStream,
  readFault,
};
