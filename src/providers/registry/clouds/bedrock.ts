import { invokeHeaders } from "../../../protocols/index.ts";
import type { Provider } from "../../provider.ts";
import { claudeTraits } from "../labs/anthropic.ts";

/** A region's name is enough of a base URL. Converse has every model; those of OpenAI and Anthropic have their own dialects too. */
export const bedrock: Provider = {
  id: "bedrock",
  title: "Amazon Bedrock",
  docs: "https://docs.aws.amazon.com/bedrock/latest/userguide/apis.html",
  surfaces: {
    "bedrock-converse": "/model/{model}/{verb}",
    "anthropic-messages": "/model/{model}/{verb}",
    "openai-chat": "/openai/v1/chat/completions",
    "openai-responses": "/openai/v1/responses",
    "bedrock-invoke": "/model/{model}/{verb}",
    "bedrock-count-tokens": "/model/{model}/count-tokens",
    "bedrock-embed": "/model/{model}/invoke",
    "bedrock-rerank": "/model/{model}/invoke",
  },
  modelsOf: {
    "anthropic-messages": /(^|[./])anthropic\.claude/,
    "openai-chat": /(^|[./])openai\./,
    "openai-responses": /(^|[./])openai\.(?!gpt-oss)/,
  },
  forms: {
    "anthropic-messages": {
      verbs: { whole: "invoke", stream: "invoke-with-response-stream" },
      members: { anthropic_version: "bedrock-2023-05-31", model: undefined, stream: undefined },
      listed: { "anthropic-beta": "anthropic_beta" },
      wrapping: "bedrock-invoke",
      faults: "bedrock-converse",
    },
  },
  passHeaders: Object.values(invokeHeaders),
  credential: "aws",
  awsService: "bedrock",
  grants: { by: "aws" },
  env: { apiKey: ["AWS_BEARER_TOKEN_BEDROCK"], region: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  completeBaseUrl: (url, { region }) => (url || region || "").replace(/^([a-z0-9-]+)$/, "https://bedrock-runtime.$1.amazonaws.com"),
  traits: claudeTraits,
};
