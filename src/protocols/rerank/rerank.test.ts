import { describe, expect, test } from "bun:test";
import { JsonBody, Losses, usageOf } from "../../exchange/index.ts";
import { bedrockRerank } from "./bedrock-rerank.ts";
import { cohereRerank } from "./cohere-rerank.ts";
import { jinaRerank, voyageRerank } from "./jina-rerank.ts";

const context = { header: () => undefined };
const target = { provider: "p", model: "cohere.rerank-v3-5:0" };
const body = (value: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));

describe("a ranking", () => {
  const asked = { model: "m", query: "q", documents: ["a", { text: "b" }, "c"], top_n: 2, return_documents: true };
  const request = jinaRerank.readRequest(body(asked), context);

  test("is asked for in the words of each provider", () => {
    const shared = { query: "q", documents: ["a", "b", "c"] };
    const written = (codec: typeof jinaRerank) => codec.writeRequest(request, target, new Losses());
    expect(written(cohereRerank)).toEqual({ model: target.model, ...shared, top_n: 2 });
    expect(written(voyageRerank)).toEqual({ model: target.model, ...shared, top_k: 2, return_documents: false });
    expect(written(bedrockRerank)).toEqual({ ...shared, top_n: 2, api_version: 2 });
    expect(() => bedrockRerank.writeRequest(request, { ...target, model: "amazon.nova-lite-v1:0" }, new Losses())).toThrow("no reranker");
  });

  test("comes back with the caller's documents, and with what was billed", () => {
    const wire = {
      id: "r",
      results: [
        { index: 2, relevance_score: 0.9 },
        { index: 0, relevance_score: 0.1 },
      ],
      meta: { billed_units: { search_units: 1 } },
    }; // prettier-ignore
    const answer = cohereRerank.readAnswer(wire, request);
    expect(answer.usage).toEqual(usageOf({ units: { search: 1 } }));
    expect(jinaRerank.writeAnswer(answer, request, new Losses())).toEqual({
      id: "r",
      object: "list",
      model: "m",
      results: [
        { index: 2, relevance_score: 0.9, document: { text: "c" } },
        { index: 0, relevance_score: 0.1, document: { text: "a" } },
      ],
      usage: { total_tokens: 0 },
    });
  });

  test("of a document that was not given is no answer", () => {
    expect(() => jinaRerank.readAnswer({ results: [{ index: 3, relevance_score: 1 }] }, request)).toThrow("was not given");
    expect(() => jinaRerank.readAnswer({ data: "no" }, request)).toThrow("no ranking");
  });

  test("by an object is for the provider that takes one; of another is asked its text, and no picture", () => {
    const asked = (query: unknown) => body({ model: "m", query, documents: ["a"] });
    expect(() => jinaRerank.checkRequest(asked({ image: "https://example.com/a.png" }))).not.toThrow();
    expect(() => jinaRerank.checkRequest(asked(5))).toThrow("query");
    expect(jinaRerank.readRequest(asked({ text: "q" }), context).query).toBe("q");
    expect(() => jinaRerank.readRequest(asked({ image: "https://example.com/a.png" }), context)).toThrow("query");
  });

  test("with a member that the other side does not know is refused by name", () => {
    expect(() => cohereRerank.readRequest(body({ model: "m", query: "q", documents: ["a"], rank_fields: ["x"] }), context)).toThrow(
      "rank_fields",
    );
  });

  test("with a limit for each document loses it where there is none, which changes the answer", () => {
    const limited = cohereRerank.readRequest(body({ model: "m", query: "q", documents: ["a"], max_tokens_per_doc: 5 }), context);
    const losses = new Losses();
    voyageRerank.writeRequest(limited, target, losses);
    expect(losses.list.map(({ code, class: kind }) => `${code} ${kind}`)).toEqual(["rerank_document_limit S"]);
  });
});
