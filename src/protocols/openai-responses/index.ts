import type { Dialect } from "../dialect.ts";
import { checkRequest } from "./check-request.ts";
import { readFault, writeFault } from "./faults.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { responsesDialect } from "./wire.ts";
import { writeAnswer } from "./write-answer.ts";
import { editRequest, writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** OpenAI's Responses API, stateless use. */
export const openaiResponses: Dialect = {
  id: responsesDialect,
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
