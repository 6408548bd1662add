import type { MemberEdit } from "../../../exchange/index.ts";
import type { Provider } from "../../provider.ts";

/** Voyage refuses members that it does not know, and has names of its own for some. */
export const voyage: Provider = {
  id: "voyage",
  title: "Voyage AI",
  docs: "https://docs.voyageai.com/reference/embeddings-api",
  baseUrl: "https://api.voyageai.com/v1",
  surfaces: { "openai-embeddings": "/embeddings", "voyage-rerank": "/rerank" },
  credential: "bearer",
  env: { apiKey: ["VOYAGE_API_KEY"] },
  traits: () => ({ embedPurpose: { member: "input_type", words: { query: "query", document: "document" } } }),
  adjustMembers: (body) => {
    const dimensions = body.get("dimensions");
    const edits: MemberEdit[] = [];
    if (dimensions !== undefined)
      edits.push({ name: "dimensions", json: undefined }, { name: "output_dimension", json: JSON.stringify(dimensions) });
    if (body.get("encoding_format") === "float") edits.push({ name: "encoding_format", json: undefined });
    if (body.has("user")) edits.push({ name: "user", json: undefined });
    return edits;
  },
  adjustBody: ({ dimensions, encoding_format: _format, user: _user, ...body }) => ({
    ...body,
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }),
};
