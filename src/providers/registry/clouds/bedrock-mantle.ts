import type { Provider } from "../../provider.ts";
import { claudeTraits } from "../labs/anthropic.ts";

/** Models of OpenAI that take nothing but Responses. */
const responsesOnly = /^openai\.(?!gpt-oss)/;

/** Bedrock's other endpoint: OpenAI's dialects and Anthropic's own, each for the models that speak it. */
export const bedrockMantle: Provider = {
  id: "bedrock-mantle",
  title: "Amazon Bedrock (Mantle)",
  docs: "https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "openai-models": "/models",
    "anthropic-messages": "/../anthropic/v1/messages",
  },
  modelsOf: {
    "openai-chat": /^(?!anthropic\.|openai\.(?!gpt-oss))/,
    "openai-responses": /^(?!anthropic\.)/,
    "anthropic-messages": /^anthropic\./,
  },
  forms: {
    "openai-chat": { elsewhere: { models: /^google\.gemma-4/, path: "/../openai/v1/chat/completions" } },
    "openai-responses": { elsewhere: { models: responsesOnly, path: "/../openai/v1/responses" } },
  },
  credential: "aws",
  awsService: "bedrock-mantle",
  catalogId: "bedrock",
  grants: { by: "aws" },
  env: { apiKey: ["AWS_BEARER_TOKEN_BEDROCK"], region: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  headers: { "anthropic-version": "2023-06-01" },
  passHeaders: ["anthropic-version", "anthropic-beta"],
  completeBaseUrl: (url, { region }) => (url || region || "").replace(/^([a-z0-9-]+)$/, "https://bedrock-mantle.$1.api.aws/v1"),
  traits: claudeTraits,
};
