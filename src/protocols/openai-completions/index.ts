import { Fault } from "../../exchange/index.ts";
import type { Dialect } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { checkRequest } from "./check-request.ts";
import { readRequest } from "./read-request.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeStream } from "./write-stream.ts";

/**
 * OpenAI's legacy text completions. A thin form over Chat Completions: a prompt is one turn of a conversation, and everything that
 * is not the prompt or the text stands where it stands there, so that reading an upstream's answers, usage and errors is one code.
 * No conversation can be written in it: other dialects' callers never come to an upstream by this surface.
 */
export const openaiCompletions: Dialect<"openai-completions"> = {
  ...openaiChat,
  id: "openai-completions",
  checkRequest,
  readRequest,
  writeAnswer,
  writeStream,
  writeRequest() {
    throw new Fault("request_unsupported", { message: "A text completion has no turns: a conversation cannot be asked for by it." });
  },
};
