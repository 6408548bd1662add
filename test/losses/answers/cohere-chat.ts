import type { Features } from "../feature.ts";

const usage = { billed_units: { input_tokens: 100, output_tokens: 10 }, tokens: { input_tokens: 100, output_tokens: 10 } };
const hello = { type: "text", text: "Hello." };
const plain = { id: "c1", message: { role: "assistant", content: [hello] }, finish_reason: "COMPLETE", usage };
const message = (members: object) => ({ message: { role: "assistant", content: [hello], ...members } });
const tool_calls = [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"mark-city"}' } }];
const source = (document: object) => ({
  citations: [
    { start: 0, end: 5, text: "Hello", sources: [{ type: "document", id: "d", document: { id: "d", ...document } }], type: "TEXT_CONTENT" },
  ],
});

/** https://docs.cohere.com/reference/chat */
export const cohereAnswers: Features = {
  dialect: "cohere-chat",
  plain,
  list: [
    { name: "thoughts", members: message({ content: [{ type: "thinking", thinking: "mark-thought" }, hello] }), marks: ["mark-thought"] },
    {
      name: "call",
      members: { message: { role: "assistant", tool_calls }, finish_reason: "TOOL_CALL" },
      marks: ["get_weather", "mark-city"],
    },
    {
      name: "plan before calls",
      members: { message: { role: "assistant", tool_plan: "mark-plan", tool_calls }, finish_reason: "TOOL_CALL" },
      marks: ["mark-plan"],
    },
    { name: "citation of a page", members: message(source({ url: "https://example.com/mark", title: "T" })), marks: ["example.com/mark"] },
    { name: "citation of a document", members: message(source({ text: "mark-cited" })), marks: ["mark-cited"] },
    {
      name: "probabilities of tokens",
      unneeded: "it comes only where it was asked for, which callers of other dialects cannot",
      members: { logprobs: [{ text: "Hello.", token_ids: [1], logprobs: [-0.125] }] },
      marks: ["-0.125"],
    },
    { name: "ending by the limit", members: { finish_reason: "MAX_TOKENS" } },
    { name: "ending by a stop string", members: { finish_reason: "STOP_SEQUENCE" } },
    {
      name: "count of cached input",
      unneeded: "what is billed does not tell it from other input",
      members: { usage: { ...usage, cached_tokens: 40 } },
    },
  ],
};
