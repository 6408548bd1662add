import type { UpstreamDialect } from "../upstream-dialect.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { bedrockConverse } from "./bedrock-converse.ts";
import { cohereChat } from "./cohere-chat.ts";
import { geminiGenerate } from "./gemini-generate.ts";
import { ollamaChat } from "./ollama-chat.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";

export const upstreamDialects: readonly UpstreamDialect[] = [
  anthropicMessages,
  bedrockConverse,
  geminiGenerate,
  openaiResponses,
  openaiChat,
  cohereChat,
  ollamaChat,
];
