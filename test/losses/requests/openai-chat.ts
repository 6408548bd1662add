import type { Features } from "../feature.ts";

const hi = { role: "user", content: "Hi." };
const say = (...messages: readonly object[]) => ({ messages: [...messages, { role: "user", content: "And now?" }] });
const ask = (...content: readonly object[]) => ({ messages: [{ role: "user", content: [{ type: "text", text: "Look." }, ...content] }] });
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const tool = { type: "function", function: { name: "get_weather", description: "Tells the weather.", parameters: schema } };
const other = { type: "function", function: { name: "get_time", description: "Tells the time.", parameters: schema } };
const tools = [tool, other];
const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } };
const called = { role: "assistant", content: null, tool_calls: [call] };
const result = { role: "tool", tool_call_id: "call_1", content: "mark-result" };
const plain = { model: "m", messages: [{ role: "user", content: "And now?" }] };
const withTools = { ...plain, tools };

/** https://platform.openai.com/docs/api-reference/chat/create, and what providers of this dialect have added to it. */
export const chatRequests: Features = {
  dialect: "openai-chat",
  plain,
  list: [
    { name: "system message", members: say({ role: "system", content: "mark-system" }), marks: ["mark-system"] },
    { name: "developer message", members: say({ role: "developer", content: "mark-developer" }), marks: ["mark-developer"] },
    {
      name: "system message between turns",
      members: say(hi, { role: "assistant", content: "Hello." }, { role: "system", content: "mark-late" }),
      beside: { ...plain, ...say(hi, { role: "assistant", content: "Hello." }) },
      marks: ["mark-late"],
    },
    { name: "name of a speaker", members: { messages: [{ role: "user", name: "Ann", content: "And now?" }] } },
    { name: "refusal in the history", members: say(hi, { role: "assistant", content: null, refusal: "mark-no" }), marks: ["mark-no"] },
    {
      name: "last message of the assistant's",
      members: { messages: [...plain.messages, { role: "assistant", content: "mark-begin" }] },
      marks: ["mark-begin"],
    },
    { name: "image by URL", members: ask({ type: "image_url", image_url: { url: "https://example.com/mark.png" } }), marks: ["mark.png"] },
    {
      name: "image as data",
      members: ask({ type: "image_url", image_url: { url: "data:image/png;base64,bWFyaw==" } }),
      marks: ["bWFyaw=="],
    },
    {
      name: "detail of an image",
      members: ask({ type: "image_url", image_url: { url: "data:image/png;base64,bWFyaw==", detail: "low" } }),
      beside: { ...plain, ...ask({ type: "image_url", image_url: { url: "data:image/png;base64,bWFyaw==" } }) },
    },
    { name: "sound", members: ask({ type: "input_audio", input_audio: { data: "bWFyaw==", format: "wav" } }), marks: ["bWFyaw=="] },
    {
      name: "document as data",
      members: ask({ type: "file", file: { filename: "mark.pdf", file_data: "data:application/pdf;base64,bWFyaw==" } }),
      marks: ["bWFyaw=="],
    },
    {
      name: "name of a document",
      members: ask({ type: "file", file: { filename: "mark.pdf", file_data: "data:application/pdf;base64,bWFyaw==" } }),
      beside: { ...plain, ...ask({ type: "file", file: { file_data: "data:application/pdf;base64,bWFyaw==" } }) },
    },
    { name: "document by file id", members: ask({ type: "file", file: { file_id: "file-mark" } }), marks: ["file-mark"] },
    { name: "earlier answer in sound", members: say(hi, { role: "assistant", audio: { id: "audio_mark" } }), marks: ["audio_mark"] },
    {
      name: "thoughts in the history",
      members: say(hi, { role: "assistant", content: "Hello.", reasoning_content: "mark-thought" }),
      beside: { ...plain, ...say(hi, { role: "assistant", content: "Hello." }) },
      marks: ["mark-thought"],
    },
    {
      name: "sealed thoughts in the history",
      members: say(hi, {
        ...{ role: "assistant", content: "Hello." },
        reasoning_details: [{ type: "reasoning.encrypted", data: "mark-seal", format: "openai-responses-v1", index: 0 }],
      }),
      beside: { ...plain, ...say(hi, { role: "assistant", content: "Hello." }) },
      marks: ["mark-seal"],
    },
    {
      name: "call and its result",
      members: { ...say(hi, called, result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    {
      name: "arguments that are no JSON",
      members: {
        ...say(hi, { ...called, tool_calls: [{ ...call, function: { name: "get_weather", arguments: "{mark" } }] }, result),
        tools,
      },
      beside: { ...withTools, ...say(hi, called, result) },
      marks: ["{mark"],
    },
    {
      name: "call of a free-text tool",
      members: {
        ...say(hi, { ...called, tool_calls: [{ id: "call_1", type: "custom", custom: { name: "run", input: "mark-input" } }] }, result),
        tools,
      },
      beside: withTools,
      marks: ["mark-input"],
    },
    {
      name: "call in the old form",
      members: say(
        hi,
        { role: "assistant", content: null, function_call: { name: "get_weather", arguments: '{"city":"mark-city"}' } },
        { role: "function", name: "get_weather", content: "mark-old" },
      ),
      marks: ["mark-city", "mark-old"],
    },
    { name: "tool", members: { tools: [tool] }, marks: ["get_weather", "Tells the weather.", "city"] },
    {
      name: "strict tool",
      members: { tools: [{ type: "function", function: { ...tool.function, strict: true } }] },
      beside: { ...plain, tools: [tool] },
    },
    {
      name: "free-text tool",
      members: { tools: [{ type: "custom", custom: { name: "run", description: "mark-run" } }] },
      marks: ["mark-run"],
    },
    {
      name: "tools in the old form",
      members: { functions: [{ name: "get_weather", description: "mark-old", parameters: schema }], function_call: "auto" },
      marks: ["mark-old"],
    },
    { name: "search of the web", members: { web_search_options: {} } },
    {
      name: "place and size of the search",
      members: {
        web_search_options: {
          search_context_size: "low",
          user_location: { type: "approximate", approximate: { country: "DE", city: "mark-city" } },
        },
      },
      beside: { ...plain, web_search_options: {} },
      marks: ["mark-city"],
    },
    { name: "no tools wanted", members: { tools, tool_choice: "none" }, beside: withTools },
    { name: "some tool wanted", members: { tools, tool_choice: "required" }, beside: withTools },
    { name: "one tool wanted", members: { tools, tool_choice: { type: "function", function: { name: "get_time" } } }, beside: withTools },
    {
      name: "some tools allowed",
      members: {
        tools,
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "get_time" } }] },
        },
      },
      beside: withTools,
    },
    { name: "one call at a time", members: { tools, parallel_tool_calls: false }, beside: withTools },
    { name: "limit of the answer", members: { max_completion_tokens: 777 }, marks: ["777"] },
    { name: "limit in the old form", members: { max_tokens: 777 }, marks: ["777"] },
    { name: "temperature", members: { temperature: 0.3 }, marks: ["0.3"] },
    { name: "temperature above 1", members: { temperature: 1.7 } },
    { name: "top_p", members: { top_p: 0.7 }, marks: ["0.7"] },
    { name: "seed", members: { seed: 4711 }, marks: ["4711"] },
    { name: "stop strings", members: { stop: ["mark-stop"] }, marks: ["mark-stop"] },
    { name: "frequency penalty", members: { frequency_penalty: 0.6 }, marks: ["0.6"] },
    { name: "presence penalty", members: { presence_penalty: 0.6 }, marks: ["0.6"] },
    { name: "logit bias", members: { logit_bias: { "50256": -100 } }, marks: ["50256"] },
    { name: "probabilities of tokens", members: { logprobs: true } },
    { name: "probabilities of other tokens", members: { logprobs: true, top_logprobs: 19 }, marks: ["19"] },
    { name: "several answers", members: { n: 2 } },
    { name: "JSON without a schema", members: { response_format: { type: "json_object" } } },
    {
      name: "JSON by a schema",
      members: { response_format: { type: "json_schema", json_schema: { name: "place", schema } } },
      marks: ["city"],
    },
    {
      name: "JSON by a strict schema",
      unneeded: "answers are always held to the schema there",
      members: { response_format: { type: "json_schema", json_schema: { name: "place", schema, strict: true } } },
      beside: { ...plain, response_format: { type: "json_schema", json_schema: { name: "place", schema } } },
    },
    {
      name: "description of a schema",
      members: { response_format: { type: "json_schema", json_schema: { name: "place", schema, description: "mark-place" } } },
      beside: { ...plain, response_format: { type: "json_schema", json_schema: { name: "place", schema } } },
      marks: ["mark-place"],
    },
    { name: "verbosity", members: { verbosity: "low" } },
    ...(["none", "minimal", "low", "medium", "high", "xhigh"] as const).map((effort) => ({
      name: `effort ${effort}`,
      members: { reasoning_effort: effort },
    })),
    { name: "answer in sound", members: { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } } },
    { name: "predicted answer", members: { prediction: { type: "content", content: "mark-prediction" } }, marks: ["mark-prediction"] },
    { name: "tier", members: { service_tier: "priority" } },
    { name: "key of the prompt cache", members: { prompt_cache_key: "mark-key" }, marks: ["mark-key"] },
    { name: "time to live in the prompt cache", members: { prompt_cache_retention: "24h" } },
    { name: "end user", members: { safety_identifier: "mark-user" }, marks: ["mark-user"] },
    { name: "end user in the old form", members: { user: "mark-user" }, marks: ["mark-user"] },
    { name: "metadata", members: { metadata: { ticket: "mark-ticket" } }, marks: ["mark-ticket"] },
    { name: "keeping the answer", members: { store: true } },
    { name: "not keeping the answer", members: { store: false }, unneeded: "nothing is kept where nobody asked for it" },
    {
      name: "usage in a stream",
      members: { stream: true, stream_options: { include_usage: true } },
      beside: { ...plain, stream: true },
      unneeded: "the gateway always knows the usage, and writes it",
    },
    { name: "an unknown member", members: { mark_unknown: "mark" }, marks: ["mark_unknown"] },
  ],
};
