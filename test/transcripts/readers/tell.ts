import { type ConversationDialect, isObject, parseJson } from "../exchange.ts";
import { readFrames } from "./frames.ts";
import { tellChat, tellChatStream } from "./tell-chat.ts";
import { tellMessages, tellMessagesStream } from "./tell-messages.ts";
import { tellResponses, tellResponsesStream } from "./tell-responses.ts";
import type { Told } from "./told.ts";

const whole = { "openai-chat": tellChat, "openai-responses": tellResponses, "anthropic-messages": tellMessages } as const;
const streamed = {
  "openai-chat": tellChatStream,
  "openai-responses": tellResponsesStream,
  "anthropic-messages": tellMessagesStream,
} as const;

/** What an answer says, read without any of the gateway's own code. */
export function tell(dialect: ConversationDialect, mode: "whole" | "stream", body: string): Told {
  if (mode === "stream") return streamed[dialect](readFrames(body));
  const json = parseJson(body);
  if (!isObject(json)) throw new Error(`not a JSON object: ${body.slice(0, 200)}`);
  return whole[dialect](json);
}
