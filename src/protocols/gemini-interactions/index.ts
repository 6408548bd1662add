import type { Dialect } from "../dialect.ts";
import { readFault, writeFault } from "../gemini/faults.ts";
import { readAnswer, skimAnswer } from "./answer/read-answer.ts";
import { readStream } from "./answer/read-stream.ts";
import { writeAnswer } from "./answer/write-answer.ts";
import { writeStream } from "./answer/write-stream.ts";
import { interactionsDialect } from "./fields.ts";
import { checkRequest, editRequest } from "./request/check-request.ts";
import { readRequest } from "./request/read-request.ts";
import { writeRequest } from "./request/write-request.ts";

/**
 * Google's Interactions API (`POST /v1beta/interactions`), without stored state: a conversation is the steps in `input`. A dialect of
 * its own beside `generateContent`: its steps are shaped like the vocabulary's items, its thoughts are steps with a signature, and
 * its streams have events with names. Errors are Google's.
 */
export const geminiInteractions: Dialect = {
  id: interactionsDialect,
  streams: (body) => body.get("stream") === true,
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
