import type { Dialect } from "../dialect.ts";
import { checkRequest, editRequest } from "./check-request.ts";
import { errorBody, readFault } from "./faults.ts";
import { chatDialect } from "./json-value.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** OpenAI Chat Completions, with the variants of the many providers that speak it. */
export const openaiChat: Dialect = {
  id: chatDialect,
  bytesOnly: ["document"],
  forgetsThoughts: true,
  streams: (body) => body.get("stream") === true,
  checkRequest,
  readRequest,
  writeAnswer,
  writeStream,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  writeRequest,
  editRequest,
  readAnswer,
  skimAnswer,
  readStream,
  readFault,
};
