import type { Dialect } from "../dialect.ts";
import { readAnswer, skimAnswer } from "./answer/read-answer.ts";
import { readStream } from "./answer/read-stream.ts";
import { writeAnswer } from "./answer/write-answer.ts";
import { writeStream } from "./answer/write-stream.ts";
import { readFault, writeFault } from "./faults.ts";
import { editRequest } from "./request/edit-request.ts";
import { checkRequest, readRequest } from "./request/read-request.ts";
import { writeRequest } from "./request/write-request.ts";

/** Google Gemini, `generateContent`: the Gemini API and the same surface of Vertex AI. Streams are those of `alt=sse`. */
export const gemini: Dialect = {
  id: "gemini-generate",
  verbs: { whole: "generateContent", stream: "streamGenerateContent?alt=sse" },
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
