import type { Dialect } from "../dialect.ts";
import { editRequest } from "./edit-request.ts";
import { readFault, writeFault } from "./faults.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { checkRequest, readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** Anthropic Messages, versions 2023-06-01 and 2026-10-21. */
export const anthropicMessages: Dialect = {
  id: "anthropic-messages",
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
