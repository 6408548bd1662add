import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createCohere } from "@ai-sdk/cohere";
import { createGoogle } from "@ai-sdk/google";
import { createMistral } from "@ai-sdk/mistral";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { Address, Client } from "../client.ts";
import { vercelAi } from "./vercel-ai.ts";

const openai = ({ url, key }: Address) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
const compatible = ({ url, key }: Address) =>
  createOpenAICompatible({ name: "sluice", baseURL: `${url}/v1`, apiKey: key, includeUsage: true, supportsStructuredOutputs: true });

export const vercelAiClients: readonly Client[] = [
  vercelAi({
    name: "@ai-sdk/openai, chat",
    caller: "openai-chat",
    keepsReasoning: false,
    showsReasoning: false,
    thinking: { openai: { reasoningEffort: "low", forceReasoning: true } },
    open: (address) => ({ model: openai(address).chat, embedder: openai(address).embedding }),
  }),
  vercelAi({
    name: "@ai-sdk/openai, responses",
    without: ["embeddings"],
    caller: "openai-responses",
    keepsReasoning: true,
    showsReasoning: true,
    // Else it refers to thoughts that would be stored.
    plain: { openai: { store: false } },
    thinking: {
      openai: {
        reasoningEffort: "low",
        reasoningSummary: "auto",
        forceReasoning: true,
        store: false,
        include: ["reasoning.encrypted_content"],
      },
    },
    open: (address) => ({ model: openai(address).responses }),
  }),
  vercelAi({
    name: "@ai-sdk/anthropic",
    without: ["embeddings"],
    caller: "anthropic-messages",
    keepsReasoning: true,
    showsReasoning: true,
    thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 2048 } } },
    open: ({ url, key }) => ({ model: createAnthropic({ baseURL: `${url}/v1`, apiKey: key }) }),
  }),
  vercelAi({
    name: "@ai-sdk/openai-compatible",
    caller: "openai-chat",
    keepsReasoning: true,
    showsReasoning: true,
    thinking: { sluice: { reasoningEffort: "low" } },
    open: (address) => ({ model: compatible(address).chatModel, embedder: compatible(address).embeddingModel }),
  }),
  vercelAi({
    name: "@ai-sdk/google",
    caller: "gemini-generate",
    lacks: ["pieces of arguments"],
    keepsReasoning: true,
    showsReasoning: true,
    thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } } },
    open: ({ url, key }) => {
      const google = createGoogle({ baseURL: `${url}/v1beta`, apiKey: key });
      return { model: google, embedder: google.embedding };
    },
  }),
  vercelAi({
    name: "@ai-sdk/amazon-bedrock",
    caller: "bedrock-converse",
    without: ["embeddings"],
    keepsReasoning: true,
    showsReasoning: true,
    thinking: { amazonBedrock: { additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2048 } } } },
    open: ({ url, key }) => ({ model: createAmazonBedrock({ baseURL: url, apiKey: key, region: "us-east-1" }) }),
  }),
  vercelAi({
    name: "@ai-sdk/mistral",
    caller: "mistral-chat",
    lacks: ["pieces of arguments"],
    keepsReasoning: true,
    showsReasoning: true,
    thinking: { mistral: { reasoningEffort: "high" } },
    open: ({ url, key }) => {
      const mistral = createMistral({ baseURL: `${url}/mistral/v1`, apiKey: key });
      return { model: mistral, embedder: mistral.embedding };
    },
  }),
  vercelAi({
    name: "@ai-sdk/cohere",
    caller: "cohere-chat",
    without: ["pdf"],
    keepsReasoning: false,
    showsReasoning: true,
    lacks: ["count of cached tokens"],
    thinking: { cohere: { thinking: { type: "enabled", tokenBudget: 2048 } } },
    open: ({ url, key }) => {
      const cohere = createCohere({ baseURL: `${url}/v2`, apiKey: key });
      return { model: cohere, embedder: cohere.embedding };
    },
  }),
];
