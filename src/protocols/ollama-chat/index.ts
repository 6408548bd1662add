import type { Dialect } from "../dialect.ts";
import { checkRequest, editRequest } from "./check-request.ts";
import { errorBody, readFault } from "./faults.ts";
import { ollamaDialect } from "./fields.ts";
import { readAnswer, skimAnswer } from "./read-answer.ts";
import { readRequest } from "./read-request.ts";
import { readStream } from "./read-stream.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeRequest } from "./write-request.ts";
import { writeStream } from "./write-stream.ts";

/** Ollama's own chat (`POST /api/chat`): a JSON value a line, streaming unless the caller says otherwise. */
export const ollamaChat: Dialect = {
  id: ollamaDialect,
  bytesOnly: ["image", "document"],
  framing: "json-lines",
  forgetsThoughts: true,
  streams: (body) => body.get("stream") !== false,
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
