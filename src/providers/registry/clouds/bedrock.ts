import type { Provider } from "../../provider.ts";

/** A region's name is enough of a base URL. The credential is an API key of Bedrock's own, or access keys. */
export const bedrock: Provider = {
  id: "bedrock",
  title: "Amazon Bedrock",
  docs: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
  surfaces: {
    "bedrock-converse": "/model/{model}/{verb}",
    "bedrock-embed": "/model/{model}/invoke",
    "bedrock-rerank": "/model/{model}/invoke",
  },
  credential: "aws",
  awsService: "bedrock",
  env: { apiKey: ["AWS_BEARER_TOKEN_BEDROCK"], baseUrl: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  completeBaseUrl: (url) => (/^https?:\/\//.test(url) ? url : `https://bedrock-runtime.${url}.amazonaws.com`),
};
