import type { Provider } from "../../provider.ts";

const project = { project_id: "{project}" };

/** A region's name is enough of a base URL. An API key of IBM Cloud is exchanged for tokens; models run in a project. */
export const watsonx: Provider = {
  id: "watsonx",
  title: "IBM watsonx.ai",
  docs: "https://cloud.ibm.com/apidocs/watsonx-ai",
  surfaces: {
    "openai-chat": "/ml/v1/text/{verb}?version=2025-10-01",
    "watsonx-embed": "/ml/v1/text/embeddings?version=2025-10-01",
    "watsonx-rerank": "/ml/v1/text/rerank?version=2025-10-01",
  },
  forms: {
    "openai-chat": {
      verbs: { whole: "chat", stream: "chat_stream" },
      members: { ...project, model_id: "{model}", model: undefined, stream: undefined, stream_options: undefined },
    },
    "watsonx-embed": { members: project },
    "watsonx-rerank": { members: project },
  },
  credential: "bearer",
  grants: { by: "ibm" },
  env: { apiKey: ["WATSONX_AI_APIKEY", "WATSONX_APIKEY"], baseUrl: ["WATSONX_AI_URL", "WATSONX_URL"], project: ["WATSONX_PROJECT_ID"] },
  completeBaseUrl: (url, { region = "" }) => (/^[a-z]+-[a-z]+$/.test(url || region) ? `https://${url || region}.ml.cloud.ibm.com` : url),
  traits: () => ({ developerRole: false, streamUsage: "always", efforts: ["low", "medium", "high"] }),
  // A choice that is a word has a member of its own.
  adjustMembers: (body) =>
    typeof body.get("tool_choice") === "string"
      ? [
          { name: "tool_choice", json: undefined },
          { name: "tool_choice_option", json: JSON.stringify(body.get("tool_choice")) },
        ]
      : [],
  adjustBody: ({ tool_choice: choice, ...body }) =>
    choice === undefined ? body : { ...body, [typeof choice === "string" ? "tool_choice_option" : "tool_choice"]: choice },
};
