import type { Features } from "../feature.ts";

const hello = { type: "text", text: "Hello." };
const said = (...content: readonly object[]) => ({ type: "model_output", content });
const usage = { total_tokens: 110, total_input_tokens: 100, total_output_tokens: 10, total_thought_tokens: 0 };
const plain = { id: "", object: "interaction", status: "completed", model: "m", usage, steps: [said(hello)] };
const steps = (...some: readonly object[]) => ({ steps: [...some, said(hello)] });
const counts = (members: object) => ({ usage: { ...usage, ...members } });
const call = { type: "function_call", id: "call_1", name: "get_weather", arguments: { city: "mark-city" } };

/** https://ai.google.dev/api/interactions-api#Resource:Interaction */
export const interactionsAnswers: Features = {
  dialect: "gemini-interactions",
  plain,
  list: [
    { name: "thoughts", members: steps({ type: "thought", summary: [{ type: "text", text: "mark-thought" }] }), marks: ["mark-thought"] },
    { name: "signature of thoughts", members: steps({ type: "thought", signature: "bWFyaw==" }) },
    { name: "call", members: { status: "requires_action", steps: [call] }, marks: ["get_weather", "mark-city"] },
    { name: "image", members: steps(said({ type: "image", mime_type: "image/png", data: "bWFyaw==" })), marks: ["bWFyaw=="] },
    { name: "sound", members: steps(said({ type: "audio", mime_type: "audio/wav", data: "bWFyaw==" })), marks: ["bWFyaw=="] },
    {
      name: "search of the web",
      members: steps(
        { type: "google_search_call", id: "s1", arguments: { queries: ["mark-query"] } },
        { type: "google_search_result", call_id: "s1", result: [{ search_suggestions: "mark-found" }] },
      ),
    },
    {
      name: "citation of a page",
      members: {
        steps: [
          said({
            ...hello,
            annotations: [{ type: "url_citation", url: "https://example.com/mark", title: "T", start_index: 0, end_index: 6 }],
          }),
        ],
      },
      marks: ["example.com/mark"],
    },
    {
      name: "citation of a file",
      members: {
        steps: [said({ ...hello, annotations: [{ type: "file_citation", file_name: "mark.pdf", start_index: 0, end_index: 6 }] })],
      },
    },
    { name: "ending by the limit", members: { status: "incomplete" } },
    { name: "tier", members: { service_tier: "priority" }, marks: ["priority"] },
    { name: "count of cached input", members: counts({ total_cached_tokens: 40 }), marks: ["40"] },
    { name: "count of thoughts", members: counts({ total_thought_tokens: 7, total_tokens: 117 }) },
    { name: "count of searches", members: counts({ grounding_tool_count: [{ type: "google_search", count: 3 }] }) },
    {
      name: "count of images",
      members: counts({
        input_tokens_by_modality: [
          { modality: "text", tokens: 60 },
          { modality: "image", tokens: 40 },
        ],
      }),
    },
  ],
};
