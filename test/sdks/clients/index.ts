import type { Client } from "../client.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { cohere } from "./cohere.ts";
import { googleGenai } from "./google-genai.ts";
import { langchainClients } from "./langchain.ts";
import { mistral } from "./mistral.ts";
import { ollama } from "./ollama.ts";
import { azureChat, openaiChat } from "./openai-chat.ts";
import { azureResponses, openaiResponses } from "./openai-responses.ts";
import { vercelAiClients } from "./vercel-ai-models.ts";

export const clients: readonly Client[] = [
  openaiChat,
  openaiResponses,
  azureChat,
  azureResponses,
  anthropicMessages,
  googleGenai,
  cohere,
  mistral,
  ollama,
  ...vercelAiClients,
  ...langchainClients,
];
