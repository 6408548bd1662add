import type { Dialect } from "../dialect.ts";
import { checkRequest, editRequest } from "./check-request.ts";
import { errorBody, readFault } from "./faults.ts";
import { cohereDialect } from "./fields.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** Cohere's chat, version 2 (`POST /v2/chat`). */
export const cohereChat: Dialect = {
  id: cohereDialect,
  forgetsThoughts: true,
  streams: (body) => body.get("stream") === true,
  checkRequest,
  readRequest,
  writeAnswer,
  writeStream,
  writeFault: (fault, requestId) => ({ status: fault.status, body: errorBody(fault, requestId) }),
  writeRequest,
  editRequest,
  readAnswer,
  skimAnswer,
  readStream,
  readFault,
};
