import { describe, expect, test } from "bun:test";
import { JsonBody, Losses, noUsage } from "../../exchange/index.ts";
import { cohereEmbed } from "./cohere-embed.ts";
import { geminiBatchEmbed, geminiEmbed } from "./gemini-embed.ts";
import { mistralEmbed } from "./mistral-embed.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";

const context = { header: () => undefined };
const target = { provider: "p", model: "native-name" };
const body = (value: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));

describe("an embedding asked for in OpenAI's words of a Cohere model", () => {
  const request = openaiEmbeddings.readRequest(
    body({ model: "m", input: ["one", "two"], encoding_format: "base64", dimensions: 2 }),
    context,
  );

  test("is asked for in Cohere's, which wants to know what it is for", () => {
    const losses = new Losses();
    expect(cohereEmbed.writeRequest(request, target, losses)).toEqual({
      model: "native-name",
      input_type: "search_document",
      texts: ["one", "two"],
      embedding_types: ["float"],
      output_dimension: 2,
    });
    expect(losses.list).toEqual([{ code: "embed_purpose", path: "purpose", class: "Q", action: "approximated" }]);
  });

  test("comes back as little-endian floats in base64", () => {
    const wire = {
      id: "e",
      embeddings: {
        float: [
          [1, -0.5],
          [0, 2],
        ],
      },
      meta: { billed_units: { input_tokens: 4 } },
    }; // prettier-ignore
    const written = openaiEmbeddings.writeAnswer(cohereEmbed.readAnswer(wire, request), request, new Losses());
    expect(written).toEqual({
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: "AACAPwAAAL8=" },
        { object: "embedding", index: 1, embedding: "AAAAAAAAAEA=" },
      ],
      model: "m",
      usage: { prompt_tokens: 4, total_tokens: 4 },
    });
  });

  test("is no answer where a vector is missing", () => {
    expect(() => cohereEmbed.readAnswer({ embeddings: { float: [[1]] } }, request)).toThrow("1 embeddings for 2 inputs");
  });
});

describe("an embedding asked for in Cohere's words of an OpenAI model", () => {
  test("loses what it is for, and says so", () => {
    const losses = new Losses();
    const asked = { model: "m", texts: ["one"], input_type: "search_query", embedding_types: ["float"], truncate: "NONE" };
    const written = openaiEmbeddings.writeRequest(cohereEmbed.readRequest(body(asked), context), target, losses);
    expect(written).toEqual({ model: "native-name", input: ["one"], encoding_format: "float" });
    expect(losses.list.map(({ code, class: kind }) => `${code} ${kind}`)).toEqual(["embed_purpose Q", "embed_truncate S"]);
  });

  test("is refused by name where the other side gives no such vectors", () => {
    const asked = { model: "m", texts: ["one"], input_type: "search_query", embedding_types: ["int8"] };
    expect(() => cohereEmbed.readRequest(body(asked), context)).toThrow("int8");
  });

  test("reads vectors in the order of their index, whatever the order in the answer", () => {
    const request = cohereEmbed.readRequest(body({ model: "m", texts: ["one", "two"], input_type: "clustering" }), context);
    const wire = {
      data: [
        { index: 1, embedding: [2] },
        { index: 0, embedding: "AACAPw==" },
      ],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    };
    const answer = openaiEmbeddings.readAnswer(wire, request);
    expect(answer.vectors).toEqual([[1], [2]]);
    expect(answer.usage).toEqual({ ...noUsage, inputUncached: 5 });
    expect(cohereEmbed.writeAnswer(answer, request, new Losses())).toMatchObject({
      embeddings: { float: [[1], [2]] },
      meta: { billed_units: { input_tokens: 5 } },
    });
  });
});

describe("an embedding asked for in Mistral's words", () => {
  const asked = body({ model: "m", input: ["one"], output_dimension: 2, output_dtype: "float", metadata: {} });
  const request = mistralEmbed.readRequest(asked, context);

  test("goes to others in theirs and to Mistral in its own", () => {
    const common = { model: "native-name", input: ["one"], encoding_format: "float" };
    expect(openaiEmbeddings.writeRequest(request, target, new Losses())).toEqual({ ...common, dimensions: 2 });
    expect(mistralEmbed.writeRequest(request, target, new Losses())).toEqual({ ...common, output_dimension: 2 });
    expect(() => mistralEmbed.readRequest(body({ model: "m", input: "one", output_dtype: "int8" }), context)).toThrow("floats");
  });

  test("comes back with the id that its clients want", () => {
    const wire = { data: [{ index: 0, embedding: [1, 2] }], usage: { prompt_tokens: 1 } };
    const written = mistralEmbed.writeAnswer(openaiEmbeddings.readAnswer(wire, request), request, new Losses());
    expect(written).toMatchObject({ id: "", object: "list", data: [{ embedding: [1, 2] }], usage: { prompt_tokens: 1 } });
  });
});

describe("an embedding of Google's", () => {
  test("is metered by what was embedded: words, pictures and sound have prices of their own", () => {
    const details = [
      { modality: "TEXT", tokenCount: 2 },
      { modality: "IMAGE", tokenCount: 258 },
      { modality: "AUDIO", tokenCount: 32 },
    ];
    const wire = { embeddings: [{ values: [1] }], usageMetadata: { promptTokenCount: 292, promptTokenDetails: details } };
    expect(geminiBatchEmbed.skimAnswer(wire)[0]).toMatchObject({
      usage: { inputUncached: 292, inputImage: 258, inputAudio: 32 },
    });
  });

  test.each([
    ["documentOcr", { documentOcr: true }],
    ["taskType", { taskType: "A_TASK_OF_TOMORROW" }],
  ])("asked of another provider with what only Google knows is refused by name: %s", (name, members) => {
    const asked = body({ content: { parts: [{ text: "a" }] }, ...members });
    expect(() => geminiEmbed.readRequest(asked, context)).toThrow(expect.objectContaining({ code: "request_unsupported", param: name }));
  });
});
