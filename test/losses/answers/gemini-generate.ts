import type { Features } from "../feature.ts";

const hello = { text: "Hello." };
const candidate = { content: { role: "model", parts: [hello] }, finishReason: "STOP", index: 0 };
const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 10, totalTokenCount: 110 };
const plain = { candidates: [candidate], usageMetadata, modelVersion: "m", responseId: "r1" };
const parts = (...some: readonly object[]) => ({ candidates: [{ ...candidate, content: { role: "model", parts: [...some, hello] } }] });
const beside = (members: object) => ({ candidates: [{ ...candidate, ...members }] });
const counts = (members: object) => ({ usageMetadata: { ...usageMetadata, ...members } });
const call = { functionCall: { id: "call_1", name: "get_weather", args: { city: "mark-city" } } };

/** https://ai.google.dev/api/generate-content#generatecontentresponse */
export const geminiAnswers: Features = {
  dialect: "gemini-generate",
  plain,
  list: [
    { name: "thoughts", members: parts({ text: "mark-thought", thought: true }), marks: ["mark-thought"] },
    {
      name: "signature on a text",
      members: { candidates: [{ ...candidate, content: { role: "model", parts: [{ ...hello, thoughtSignature: "bWFyaw==" }] } }] },
    },
    {
      name: "call",
      members: { candidates: [{ ...candidate, content: { role: "model", parts: [call] } }] },
      marks: ["get_weather", "mark-city"],
    },
    {
      name: "signature on a call",
      members: { candidates: [{ ...candidate, content: { role: "model", parts: [{ ...call, thoughtSignature: "bWFyaw==" }] } }] },
    },
    { name: "image", members: parts({ inlineData: { mimeType: "image/png", data: "bWFyaw==" } }), marks: ["bWFyaw=="] },
    { name: "code", members: parts({ executableCode: { language: "PYTHON", code: "mark-code" } }), marks: ["mark-code"] },
    { name: "output of code", members: parts({ codeExecutionResult: { outcome: "OUTCOME_OK", output: "mark-out" } }), marks: ["mark-out"] },
    {
      name: "citation of a page",
      members: beside({
        groundingMetadata: {
          webSearchQueries: ["q"],
          groundingChunks: [{ web: { uri: "https://example.com/mark", title: "T" } }],
          groundingSupports: [{ segment: { startIndex: 0, endIndex: 6, text: "Hello." }, groundingChunkIndices: [0] }],
        },
      }),
      marks: ["example.com/mark"],
    },
    {
      name: "probabilities of tokens",
      members: beside({ logprobsResult: { chosenCandidates: [{ token: "Hello.", logProbability: -0.125 }] } }),
      marks: ["-0.125"],
    },
    {
      name: "several answers",
      members: { candidates: [candidate, { ...candidate, index: 1, content: { role: "model", parts: [{ text: "mark-other" }] } }] },
      marks: ["mark-other"],
    },
    {
      name: "ratings of safety",
      members: beside({ safetyRatings: [{ category: "HARM_CATEGORY_HARASSMENT", probability: "NEGLIGIBLE" }] }),
    },
    {
      name: "pages that were read",
      members: beside({ urlContextMetadata: { urlMetadata: [{ retrievedUrl: "https://example.com/mark" }] } }),
    },
    { name: "ending by the limit", members: beside({ finishReason: "MAX_TOKENS" }) },
    { name: "ending by a filter", members: beside({ finishReason: "SAFETY" }) },
    { name: "prompt that was blocked", members: { candidates: [], promptFeedback: { blockReason: "SAFETY" } } },
    { name: "tier", members: counts({ serviceTier: "priority" }), marks: ["priority"] },
    { name: "count of cached input", members: counts({ cachedContentTokenCount: 40 }), marks: ["40"] },
    { name: "count of thoughts", members: counts({ thoughtsTokenCount: 7, totalTokenCount: 117 }) },
    {
      name: "count of images",
      members: counts({
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 60 },
          { modality: "IMAGE", tokenCount: 40 },
        ],
      }),
    },
  ],
};
