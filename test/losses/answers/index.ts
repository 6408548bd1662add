import type { Features } from "../feature.ts";
import { messagesAnswers } from "./anthropic-messages.ts";
import { converseAnswers } from "./bedrock-converse.ts";
import { cohereAnswers } from "./cohere-chat.ts";
import { geminiAnswers } from "./gemini-generate.ts";
import { interactionsAnswers } from "./gemini-interactions.ts";
import { ollamaAnswers } from "./ollama-chat.ts";
import { chatAnswers } from "./openai-chat.ts";
import { responsesAnswers } from "./openai-responses.ts";

/** What the answers of each dialect can hold. */
export const answerFeatures: readonly Features[] = [
  chatAnswers,
  responsesAnswers,
  messagesAnswers,
  geminiAnswers,
  interactionsAnswers,
  converseAnswers,
  cohereAnswers,
  ollamaAnswers,
];
