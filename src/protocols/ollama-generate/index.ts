import { Fault } from "../../exchange/index.ts";
import type { Dialect } from "../dialect.ts";
import type { Fields } from "../json-fields.ts";
import { ollamaChat } from "../ollama-chat/index.ts";
import { writeAnswer } from "../ollama-chat/write-answer.ts";
import { writeStream } from "../ollama-chat/write-stream.ts";
import { checkRequest, readRequest } from "./read-request.ts";

/** What a model says, without a message around it. */
function bare({ content, ...said }: Fields): Fields {
  return { response: content, ...said };
}

/**
 * Ollama's `POST /api/generate`. A thin form over its chat: a prompt is one turn of a conversation, and what a message holds there
 * stands bare here; options, lines, counts and errors are the same. No conversation is written in it: it has no turns.
 */
export const ollamaGenerate: Dialect<"ollama-generate"> = {
  ...ollamaChat,
  id: "ollama-generate",
  checkRequest,
  readRequest,
  writeAnswer: (answer, context) => writeAnswer(answer, context, bare),
  writeStream: (context) => writeStream(context, bare),
  writeRequest() {
    throw new Fault("request_unsupported", { message: "/api/generate has no turns: a conversation cannot be asked for by it." });
  },
};
