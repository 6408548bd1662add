import { Fault } from "../../exchange/index.ts";
import type { Dialect } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { editRequest } from "./edit-request.ts";
import { errorBody } from "./faults.ts";
import { readRequest } from "./read-request.ts";
import { writeAnswer } from "./write-answer.ts";
import { writeStream } from "./write-stream.ts";

/**
 * Chat Completions as Mistral's clients speak it (`@mistralai/mistralai`, PyPI `mistralai`, `@ai-sdk/mistral`): thoughts stand as
 * chunks in the content, usage ends every stream unasked, and each piece of a call must name its function. Reading an upstream is
 * the same as for Chat Completions, whose reader knows Mistral's answers; conversations of other dialects come to Mistral by that.
 */
export const mistralChat: Dialect<"mistral-chat"> = {
  ...openaiChat,
  id: "mistral-chat",
  readRequest,
  writeAnswer,
  writeStream,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  editRequest,
  writeRequest() {
    throw new Fault("request_unsupported", { message: "Conversations of other dialects come to Mistral as Chat Completions." });
  },
};
