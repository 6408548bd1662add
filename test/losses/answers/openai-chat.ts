import type { Features } from "../feature.ts";

const said = { role: "assistant", content: "Hello." };
const choice = { index: 0, message: said, finish_reason: "stop" };
const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
const plain = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices: [choice], usage };
const message = (members: object) => ({ choices: [{ ...choice, message: { ...said, ...members } }] });
const counts = (members: object) => ({ usage: { ...usage, ...members } });
const ending = (finish_reason: string) => ({ choices: [{ ...choice, finish_reason }] });
const call = (members: object) => ({
  id: "call_1",
  type: "function",
  function: { name: "get_weather", arguments: '{"city":"mark-city"}' },
  ...members,
});
const called = (members: object = {}) => ({
  choices: [{ index: 0, message: { ...said, content: null, tool_calls: [call(members)] }, finish_reason: "tool_calls" }],
});
const entry = { token: "Hello.", logprob: -0.125, bytes: null, top_logprobs: [] };

/** https://platform.openai.com/docs/api-reference/chat/object, and what providers of this dialect add to it. */
export const chatAnswers: Features = {
  dialect: "openai-chat",
  plain,
  list: [
    { name: "refusal", members: message({ content: null, refusal: "mark-no" }), marks: ["mark-no"] },
    { name: "thoughts", members: message({ reasoning_content: "mark-thought" }), marks: ["mark-thought"] },
    {
      name: "sealed thoughts",
      members: message({
        reasoning_details: [{ type: "reasoning.encrypted", data: "mark-seal", format: "openai-responses-v1", index: 0 }],
      }),
    },
    { name: "call", members: called(), marks: ["get_weather", "mark-city", "call_1"] },
    {
      name: "Google's signature on a call",
      members: called({ extra_content: { google: { thought_signature: "mark-seal" } } }),
      beside: { ...plain, ...called() },
      marks: ["mark-seal"],
    },
    {
      name: "citation of a page",
      members: message({
        annotations: [
          { type: "url_citation", url_citation: { url: "https://example.com/mark", title: "T", start_index: 0, end_index: 5 } },
        ],
      }),
      marks: ["example.com/mark"],
    },
    {
      name: "probabilities of tokens",
      members: { choices: [{ ...choice, logprobs: { content: [entry], refusal: null } }] },
      marks: ["-0.125"],
    },
    {
      name: "sound",
      members: message({ content: null, audio: { id: "audio_1", data: "bWFyaw==", expires_at: 2, transcript: "T" } }),
      marks: ["bWFyaw=="],
    },
    {
      name: "images",
      members: message({ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,bWFyaw==" } }] }),
      marks: ["bWFyaw=="],
    },
    {
      name: "several answers",
      members: { choices: [choice, { ...choice, index: 1, message: { ...said, content: "mark-other" } }] },
      marks: ["mark-other"],
    },
    { name: "ending by the limit", members: ending("length") },
    { name: "ending by a filter", members: ending("content_filter") },
    { name: "tier", members: { service_tier: "priority" }, marks: ["priority"] },
    { name: "count of cached input", members: counts({ prompt_tokens_details: { cached_tokens: 40 } }), marks: ["40"] },
    { name: "count of thoughts", members: counts({ completion_tokens_details: { reasoning_tokens: 7 } }) },
    {
      name: "count of sound",
      members: counts({ prompt_tokens_details: { audio_tokens: 41 }, completion_tokens_details: { audio_tokens: 3 } }),
    },
    { name: "member of the provider's own in the message", members: message({ executed_tools: [{ name: "mark" }] }), marks: ["mark"] },
    { name: "member of the provider's own", members: { citations: ["https://example.com/mark"] }, marks: ["example.com/mark"] },
  ],
};
