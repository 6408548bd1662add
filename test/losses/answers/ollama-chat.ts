import type { Features } from "../feature.ts";

const said = { role: "assistant", content: "Hello." };
const plain = {
  model: "m",
  created_at: "2026-01-01T00:00:00Z",
  message: said,
  done: true,
  done_reason: "stop",
  total_duration: 1,
  prompt_eval_count: 100,
  eval_count: 10,
};
const message = (members: object) => ({ message: { ...said, ...members } });

/** https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollamaAnswers: Features = {
  dialect: "ollama-chat",
  plain,
  list: [
    { name: "thoughts", members: message({ thinking: "mark-thought" }), marks: ["mark-thought"] },
    {
      name: "call",
      members: message({ content: "", tool_calls: [{ function: { name: "get_weather", arguments: { city: "mark-city" } } }] }),
      marks: ["get_weather", "mark-city"],
    },
    { name: "images", members: message({ images: ["bWFyaw=="] }), marks: ["bWFyaw=="] },
    { name: "probabilities of tokens", members: { logprobs: [{ token: "Hello.", logprob: -0.125, top_logprobs: [] }] }, marks: ["-0.125"] },
    { name: "ending by the limit", members: { done_reason: "length" } },
    {
      name: "durations",
      unneeded: "how long the server took is told in the record, by the gateway's own clock",
      members: { eval_duration: 4711 },
    },
  ],
};
