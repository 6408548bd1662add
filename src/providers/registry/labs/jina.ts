import type { Provider } from "../../provider.ts";

export const jina: Provider = {
  id: "jina",
  title: "Jina AI",
  docs: "https://api.jina.ai/redoc",
  baseUrl: "https://api.jina.ai/v1",
  surfaces: { "openai-embeddings": "/embeddings", "jina-rerank": "/rerank" },
  credential: "bearer",
  env: { apiKey: ["JINA_API_KEY"] },
  traits: () => ({
    embedPurpose: {
      member: "task",
      words: {
        query: "retrieval.query",
        document: "retrieval.passage",
        similarity: "text-matching",
        classification: "classification",
        clustering: "separation",
        "code-query": "code.query",
      },
    },
  }),
  // Numbers are what Jina gives where nothing is said; `float` it knows by another name.
  adjustMembers: (body) => (body.get("encoding_format") === "float" ? [{ name: "encoding_format", json: undefined }] : []),
  adjustBody: ({ encoding_format: _format, user: _user, ...body }) => body,
};
