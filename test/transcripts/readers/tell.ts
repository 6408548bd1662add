import { type ConversationDialect, isObject, parseJson } from "../exchange.ts";
import { framesOf } from "./frames.ts";
import { tellChat, tellChatStream } from "./tell-chat.ts";
import { tellCohere, tellCohereStream } from "./tell-cohere.ts";
import { tellConverse, tellConverseStream } from "./tell-converse.ts";
import { tellGemini, tellGeminiStream } from "./tell-gemini.ts";
import { tellInteraction, tellInteractionStream } from "./tell-interactions.ts";
import { tellMessages, tellMessagesStream } from "./tell-messages.ts";
import { tellOllama, tellOllamaStream } from "./tell-ollama.ts";
import { tellResponses, tellResponsesStream } from "./tell-responses.ts";
import type { Told } from "./told.ts";

const whole = {
  "openai-chat": tellChat,
  "openai-responses": tellResponses,
  "anthropic-messages": tellMessages,
  "gemini-generate": tellGemini,
  "gemini-interactions": tellInteraction,
  "bedrock-converse": tellConverse,
  "cohere-chat": tellCohere,
  "ollama-chat": tellOllama,
} as const;
const streamed = {
  "openai-chat": tellChatStream,
  "openai-responses": tellResponsesStream,
  "anthropic-messages": tellMessagesStream,
  "gemini-generate": tellGeminiStream,
  "gemini-interactions": tellInteractionStream,
  "bedrock-converse": tellConverseStream,
  "cohere-chat": tellCohereStream,
  "ollama-chat": tellOllamaStream,
} as const;

/** What an answer says, read without any of the gateway's own code. */
export function tell(dialect: ConversationDialect, mode: "whole" | "stream", body: Uint8Array): Told {
  if (mode === "stream") return streamed[dialect](framesOf(dialect, body));
  const text = new TextDecoder().decode(body);
  const json = parseJson(text);
  if (!isObject(json)) throw new Error(`not a JSON object: ${text.slice(0, 200)}`);
  return whole[dialect](json);
}
