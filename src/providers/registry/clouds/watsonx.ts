import type { JsonBody, MemberEdit } from "../../../exchange/index.ts";
import type { Provider } from "../../provider.ts";

/** The day of the API that is spoken. */
const version = "version=2025-10-01";
const project = { project_id: "{project}" };

/** A region's name is enough of a base URL. An API key of IBM Cloud is exchanged for tokens; models run in a project. */
export const watsonx: Provider = {
  id: "watsonx",
  title: "IBM watsonx.ai",
  docs: "https://cloud.ibm.com/apidocs/watsonx-ai",
  surfaces: {
    "openai-chat": `/ml/v1/text/{verb}?${version}`,
    "watsonx-embed": `/ml/v1/text/embeddings?${version}`,
    "watsonx-rerank": `/ml/v1/text/rerank?${version}`,
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
  env: {
    apiKey: ["WATSONX_AI_APIKEY", "WATSONX_APIKEY", "WATSONX_API_KEY"],
    baseUrl: ["WATSONX_AI_URL", "WATSONX_URL"],
    project: ["WATSONX_PROJECT_ID"],
  },
  completeBaseUrl: (url, { region }) => {
    const place = url || region || "";
    return /^[a-z]+-[a-z]+$/.test(place) ? `https://${place}.ml.cloud.ibm.com` : url;
  },
  traits: () => ({ developerRole: false, streamUsage: "always", efforts: ["low", "medium", "high"] }),
  adjustMembers: (body) => choiceEdits(body),
  adjustBody: ({ tool_choice: choice, ...body }) => ({
    ...body,
    ...(choice !== undefined && { [choiceMember(choice)]: choice }),
  }),
};

/** A word has a member of its own, beside the one for a tool that is named. */
function choiceMember(choice: unknown): "tool_choice" | "tool_choice_option" {
  return typeof choice === "string" ? "tool_choice_option" : "tool_choice";
}

function choiceEdits(body: JsonBody): readonly MemberEdit[] {
  const choice = body.get("tool_choice");
  if (typeof choice !== "string") return [];
  return [
    { name: "tool_choice", json: undefined },
    { name: "tool_choice_option", json: JSON.stringify(choice) },
  ];
}
