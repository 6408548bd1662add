import type { Features } from "../feature.ts";
import { messagesRequests } from "./anthropic-messages.ts";
import { converseRequests } from "./bedrock-converse.ts";
import { cohereRequests } from "./cohere-chat.ts";
import { geminiRequests } from "./gemini-generate.ts";
import { interactionsRequests } from "./gemini-interactions.ts";
import { ollamaRequests } from "./ollama-chat.ts";
import { chatRequests } from "./openai-chat.ts";
import { responsesRequests } from "./openai-responses.ts";

/** What the callers of each dialect can ask for. */
export const requestFeatures: readonly Features[] = [
  chatRequests,
  responsesRequests,
  messagesRequests,
  geminiRequests,
  interactionsRequests,
  converseRequests,
  cohereRequests,
  ollamaRequests,
];
