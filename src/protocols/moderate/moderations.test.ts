import { expect, test } from "bun:test";
import { JsonBody, Losses } from "../../exchange/index.ts";
import { mistralModerations, openaiModerations } from "./openai-moderations.ts";

const context = { header: () => undefined };
const target = { provider: "mistral", model: "mistral-moderation-2603" };
const body = (value: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));

test("a verdict of Mistral's says whether it is flagged, as OpenAI's clients expect", () => {
  const request = openaiModerations.readRequest(body({ input: ["one", "two"] }), context);
  expect(mistralModerations.writeRequest(request, target, new Losses())).toEqual({ model: target.model, input: ["one", "two"] });
  const verdict = (violence: boolean, score: number) => ({ categories: { violence }, category_scores: { violence: score } });
  const wire = { id: "m", model: target.model, results: [verdict(true, 0.9), verdict(false, 0.1)], usage: { prompt_tokens: 7 } };
  const answer = mistralModerations.readAnswer(wire, request);
  expect(answer.usage?.inputUncached).toBe(7);
  expect(openaiModerations.writeAnswer(answer, request, new Losses())).toEqual({
    id: "m",
    model: target.model,
    results: [
      { flagged: true, ...verdict(true, 0.9) },
      { flagged: false, ...verdict(false, 0.1) },
    ],
  });
  expect(() => mistralModerations.readAnswer({ ...wire, results: [verdict(true, 1)] }, request)).toThrow("1 verdicts for 2 inputs");
});

test("parts are one thing to be judged; a picture is refused where only text is", () => {
  const parts = [
    { type: "text", text: "one" },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  ]; // prettier-ignore
  const request = openaiModerations.readRequest(body({ model: "m", input: parts }), context);
  expect(openaiModerations.writeRequest(request, target, new Losses())).toEqual({ model: target.model, input: parts });
  expect(() => mistralModerations.writeRequest(request, target, new Losses())).toThrow("text only");
});
