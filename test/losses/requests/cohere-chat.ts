import type { Features } from "../feature.ts";

const hi = { role: "user", content: "Hi." };
const say = (...messages: readonly object[]) => ({ messages: [...messages, { role: "user", content: "And now?" }] });
const ask = (...content: readonly object[]) => ({ messages: [{ role: "user", content: [{ type: "text", text: "Look." }, ...content] }] });
const hello = { role: "assistant", content: "Hello." };
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { type: "function", function: { name: "get_weather", description: "Tells the weather.", parameters: schema } };
const tools = [tool, { type: "function", function: { name: "get_time", description: "Tells the time.", parameters: schema } }];
const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } };
const called = { role: "assistant", tool_calls: [call] };
const result = { role: "tool", tool_call_id: "call_1", content: "mark-result" };
const plain = { model: "m", stream: false, messages: [{ role: "user", content: "And now?" }] };
const withTools = { ...plain, tools };

/** https://docs.cohere.com/reference/chat */
export const cohereRequests: Features = {
  dialect: "cohere-chat",
  plain,
  list: [
    { name: "system message", members: say({ role: "system", content: "mark-system" }), marks: ["mark-system"] },
    {
      name: "system message between turns",
      members: say(hi, hello, { role: "system", content: "mark-late" }),
      beside: { ...plain, ...say(hi, hello) },
      marks: ["mark-late"],
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
    {
      name: "thoughts in the history",
      members: say(hi, {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "mark-thought" },
          { type: "text", text: "Hello." },
        ],
      }),
      beside: { ...plain, ...say(hi, hello) },
      marks: ["mark-thought"],
    },
    {
      name: "plan before calls",
      members: { ...say(hi, { ...called, tool_plan: "mark-plan" }, result), tools },
      beside: { ...withTools, ...say(hi, called, result) },
      marks: ["mark-plan"],
    },
    {
      name: "citations in the history",
      members: say(hi, {
        ...hello,
        citations: [
          {
            start: 0,
            end: 5,
            text: "Hello",
            sources: [{ type: "document", id: "d", document: { id: "d", text: "mark-cited" } }],
            type: "TEXT_CONTENT",
          },
        ],
      }),
      beside: { ...plain, ...say(hi, hello) },
      marks: ["mark-cited"],
    },
    {
      name: "call and its result",
      members: { ...say(hi, called, result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    {
      name: "documents as a result",
      members: {
        ...say(hi, called, { ...result, content: [{ type: "document", document: { id: "d", data: { text: "mark-found" } } }] }),
        tools,
      },
      beside: { ...withTools, ...say(hi, called, result) },
      marks: ["mark-found"],
    },
    {
      name: "documents to lean on",
      members: { documents: [{ id: "d", data: { title: "T", text: "mark-document" } }] },
      marks: ["mark-document"],
    },
    { name: "document of bare text", members: { documents: ["mark-document"] }, marks: ["mark-document"] },
    {
      name: "way of citing",
      members: { documents: ["mark-document"], citation_options: { mode: "ACCURATE" } },
      beside: { ...plain, documents: ["mark-document"] },
    },
    { name: "tool", members: { tools: [tool] }, marks: ["get_weather", "Tells the weather.", "city"] },
    { name: "strict tools", members: { tools, strict_tools: true }, beside: withTools },
    { name: "no tools wanted", members: { tools, tool_choice: "NONE" }, beside: withTools },
    { name: "some tool wanted", members: { tools, tool_choice: "REQUIRED" }, beside: withTools },
    { name: "limit of the answer", members: { max_tokens: 777 }, marks: ["777"] },
    { name: "temperature", members: { temperature: 0.3 } },
    { name: "p", members: { p: 0.7 }, marks: ["0.7"] },
    { name: "k", members: { k: 17 }, marks: ["17"] },
    { name: "seed", members: { seed: 4711 }, marks: ["4711"] },
    { name: "stop strings", members: { stop_sequences: ["mark-stop"] }, marks: ["mark-stop"] },
    { name: "frequency penalty", members: { frequency_penalty: 0.6 }, marks: ["0.6"] },
    { name: "presence penalty", members: { presence_penalty: 0.6 }, marks: ["0.6"] },
    { name: "probabilities of tokens", members: { logprobs: true } },
    { name: "JSON without a schema", members: { response_format: { type: "json_object" } } },
    { name: "JSON by a schema", members: { response_format: { type: "json_object", json_schema: schema } }, marks: ["city"] },
    { name: "thinking with a budget", members: { thinking: { type: "enabled", token_budget: 4711 } } },
    { name: "no thinking", members: { thinking: { type: "disabled" } }, unneeded: "no thinking is what the model does unasked" },
    { name: "safety mode", members: { safety_mode: "STRICT" } },
    { name: "raw prompting", members: { raw_prompting: true } },
    { name: "priority", members: { priority: 3 } },
    { name: "an unknown member", members: { mark_unknown: "mark" }, marks: ["mark_unknown"] },
  ],
};
