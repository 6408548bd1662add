import type { Client } from "../client.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { cohere } from "./cohere.ts";
import { googleGenai } from "./google-genai.ts";
import { langchainClients } from "./langchain.ts";
import { mistral } from "./mistral.ts";
import { ollama } from "./ollama.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";
import { vercelAiClients } from "./vercel-ai-models.ts";

export const clients: readonly Client[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  googleGenai,
  cohere,
  mistral,
  ollama,
  ...vercelAiClients,
  ...langchainClients,
];
