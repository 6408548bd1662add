import type { Features } from "../feature.ts";

const hi = { role: "user", content: "Hi." };
const say = (...messages: readonly object[]) => ({ messages: [...messages, { role: "user", content: "And now?" }] });
const hello = { role: "assistant", content: "Hello." };
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { type: "function", function: { name: "get_weather", description: "Tells the weather.", parameters: schema } };
const tools = [tool];
const called = { role: "assistant", content: "", tool_calls: [{ function: { name: "get_weather", arguments: { city: "Paris" } } }] };
const result = { role: "tool", tool_name: "get_weather", content: "mark-result" };
const plain = { model: "m", stream: false, messages: [{ role: "user", content: "And now?" }] };
const withTools = { ...plain, tools };
const options = (members: object) => ({ options: members });

/** https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollamaRequests: Features = {
  dialect: "ollama-chat",
  plain,
  list: [
    { name: "system message", members: say({ role: "system", content: "mark-system" }), marks: ["mark-system"] },
    {
      name: "system message between turns",
      members: say(hi, hello, { role: "system", content: "mark-late" }),
      beside: { ...plain, ...say(hi, hello) },
      marks: ["mark-late"],
    },
    { name: "image", members: { messages: [{ role: "user", content: "And now?", images: ["iVBORw0KGgo="] }] }, marks: ["iVBORw0KGgo="] },
    {
      name: "thoughts in the history",
      members: say(hi, { ...hello, thinking: "mark-thought" }),
      beside: { ...plain, ...say(hi, hello) },
      marks: ["mark-thought"],
    },
    {
      name: "last message of the assistant's",
      members: { messages: [...plain.messages, { role: "assistant", content: "mark-begin" }] },
      marks: ["mark-begin"],
    },
    {
      name: "call and its result",
      members: { ...say(hi, called, result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    { name: "tool", members: { tools }, marks: ["get_weather", "Tells the weather.", "city"] },
    { name: "JSON without a schema", members: { format: "json" } },
    { name: "JSON by a schema", members: { format: schema }, marks: ["city"] },
    { name: "thinking", members: { think: true } },
    { name: "no thinking", members: { think: false }, unneeded: "no thinking is what the model does unasked" },
    ...(["low", "medium", "high"] as const).map((think) => ({ name: `effort ${think}`, members: { think } })),
    { name: "limit of the answer", members: options({ num_predict: 777 }), marks: ["777"] },
    {
      name: "no limit of the answer",
      members: options({ num_predict: -1 }),
      unneeded: "no limit of the caller's is what other dialects have unasked",
    },
    { name: "temperature", members: options({ temperature: 0.3 }), marks: ["0.3"] },
    { name: "top_p", members: options({ top_p: 0.7 }), marks: ["0.7"] },
    { name: "top_k", members: options({ top_k: 17 }), marks: ["17"] },
    { name: "min_p", members: options({ min_p: 0.2 }) },
    { name: "seed", members: options({ seed: 4711 }), marks: ["4711"] },
    { name: "stop strings", members: options({ stop: ["mark-stop"] }), marks: ["mark-stop"] },
    { name: "frequency penalty", members: options({ frequency_penalty: 0.6 }), marks: ["0.6"] },
    { name: "presence penalty", members: options({ presence_penalty: 0.6 }), marks: ["0.6"] },
    { name: "repeat penalty", members: options({ repeat_penalty: 1.3 }) },
    { name: "size of the context", members: options({ num_ctx: 16_384 }) },
    { name: "probabilities of tokens", members: { logprobs: true, top_logprobs: 19 } },
    { name: "how long the model stays loaded", members: { keep_alive: "10m" } },
    { name: "cutting the input to fit", members: { truncate: false }, unneeded: "no other provider cuts unasked" },
    { name: "an unknown member", members: { mark_unknown: "mark" }, marks: ["mark_unknown"] },
  ],
};
