const usage = { prompt_tokens: 10, completion_tokens: 200, total_tokens: 210 };

/** An answer of Chat Completions of some 1.2 KB. */
export const plainAnswer = JSON.stringify({
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "word ".repeat(200) }, finish_reason: "stop" }],
  usage,
});
