import type { Features } from "../feature.ts";

const user = (...content: readonly object[]) => ({ type: "user_input", content });
const said = (text: string) => ({ type: "model_output", content: [{ type: "text", text }] });
const text = (words: string) => ({ type: "text", text: words });
const ask = (...contents: readonly object[]) => ({ input: [user(text("Look."), ...contents)] });
const answered = (...steps: readonly object[]) => ({ input: [user(text("Hi.")), ...steps, said("Hello."), user(text("And now?"))] });
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const weather = { type: "function", name: "get_weather", description: "Tells the weather.", parameters: schema };
const tools = [weather, { ...weather, name: "get_time", description: "Tells the time." }];
const call = { type: "function_call", id: "call_1", name: "get_weather", arguments: { city: "Paris" } };
const result = { type: "function_result", call_id: "call_1", name: "get_weather", result: "mark-result" };
const called = (answer: object) => ({ input: [user(text("Hi.")), call, answer] });
const plain = { model: "m", input: "And now?", store: false };
const withTools = { ...plain, tools };
const config = (generation_config: object) => ({ generation_config });
const hosted = (type: string, options: object = {}) => ({ tools: [{ type, ...options }] });
const medium = (type: string, mime_type: string) => ({ type, mime_type, data: "bWFyaw==" });
const linked = (type: string, mime_type: string, uri: string) => ({ type, mime_type, uri });

/** https://ai.google.dev/api/interactions-api, as the types of @google/genai have it. What needs stored state never comes so far. */
export const interactionsRequests: Features = {
  dialect: "gemini-interactions",
  plain,
  list: [
    { name: "system instruction", members: { system_instruction: "mark-system" }, marks: ["mark-system"] },
    { name: "contents instead of steps", members: { input: [text("mark-content")] }, marks: ["mark-content"] },
    { name: "several turns", members: answered(), marks: ["Hello."] },
    { name: "last turn of the model's", members: { input: [user(text("And now?")), said("mark-begin")] }, marks: ["mark-begin"] },
    { name: "image as data", members: ask(medium("image", "image/png")), marks: ["bWFyaw=="] },
    { name: "image by URL", members: ask(linked("image", "image/png", "https://example.com/mark.png")), marks: ["mark.png"] },
    {
      name: "image in Google's file store",
      members: ask(linked("image", "image/png", "https://generativelanguage.googleapis.com/v1beta/files/mark")),
    },
    {
      name: "resolution of one image",
      members: ask({ ...medium("image", "image/png"), resolution: "low" }),
      beside: { ...plain, ...ask(medium("image", "image/png")) },
    },
    { name: "document as data", members: ask(medium("document", "application/pdf")), marks: ["bWFyaw=="] },
    { name: "document by URL", members: ask(linked("document", "application/pdf", "https://example.com/mark.pdf")), marks: ["mark.pdf"] },
    { name: "sound", members: ask(medium("audio", "audio/wav")), marks: ["bWFyaw=="] },
    { name: "film", members: ask(medium("video", "video/mp4")), marks: ["bWFyaw=="] },
    {
      name: "thoughts in the history",
      members: answered({ type: "thought", signature: "bWFyaw==", summary: [text("mark-thought")] }),
      beside: { ...plain, ...answered() },
      marks: ["mark-thought"],
    },
    {
      name: "call and its result",
      members: { ...called(result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    {
      name: "failed result",
      members: { ...called({ ...result, is_error: true, result: "mark-error" }), tools },
      beside: { ...withTools, ...called({ ...result, result: "mark-error" }) },
      marks: ["mark-error"],
    },
    {
      name: "image in a result",
      members: { ...called({ ...result, result: [text("mark-result"), medium("image", "image/png")] }), tools },
      beside: { ...withTools, ...called(result) },
      marks: ["bWFyaw=="],
    },
    {
      name: "search in the history",
      members: answered(
        { type: "google_search_call", id: "s1", arguments: { queries: ["mark-query"] } },
        { type: "google_search_result", call_id: "s1", result: [{ search_suggestions: "mark-found" }] },
      ),
      beside: { ...plain, ...answered() },
      marks: ["mark-query", "mark-found"],
    },
    { name: "tool", members: { tools: [weather] }, marks: ["get_weather", "Tells the weather.", "city"] },
    { name: "search of the web", members: hosted("google_search") },
    { name: "search of maps", members: hosted("google_maps") },
    { name: "reading pages", members: hosted("url_context") },
    { name: "running code", members: hosted("code_execution") },
    { name: "search of files", members: hosted("file_search", { file_search_store_names: ["mark"] }), marks: ["mark"] },
    { name: "MCP server of the provider's", members: hosted("mcp_server", { name: "mark", url: "https://mark.example" }) },
    { name: "no call", members: { tools, ...config({ tool_choice: "none" }) }, beside: withTools },
    { name: "some call", members: { tools, ...config({ tool_choice: "any" }) }, beside: withTools },
    {
      name: "calls as their schemas want them",
      members: { tools, ...config({ tool_choice: "validated" }) },
      beside: { ...withTools, ...config({ tool_choice: "auto" }) },
    },
    {
      name: "one tool",
      members: { tools, ...config({ tool_choice: { allowed_tools: { mode: "any", tools: ["get_time"] } } }) },
      beside: withTools,
      marks: ["get_time"],
    },
    {
      name: "some of the tools",
      members: {
        tools: [...tools, { ...weather, name: "get_news" }],
        ...config({ tool_choice: { allowed_tools: { mode: "auto", tools: ["get_weather", "get_time"] } } }),
      },
      beside: { ...plain, tools: [...tools, { ...weather, name: "get_news" }] },
    },
    { name: "limit of the answer", members: config({ max_output_tokens: 77 }), marks: ["77"] },
    { name: "temperature", members: config({ temperature: 0.25 }), marks: ["0.25"] },
    { name: "top_p", members: config({ top_p: 0.75 }), marks: ["0.75"] },
    { name: "stop sequences", members: config({ stop_sequences: ["mark-stop"] }), marks: ["mark-stop"] },
    { name: "seed", members: config({ seed: 4711 }), marks: ["4711"] },
    { name: "thinking level", members: config({ thinking_level: "low" }) },
    {
      name: "thoughts to be seen",
      members: config({ thinking_level: "low", thinking_summaries: "auto" }),
      beside: { ...plain, ...config({ thinking_level: "low" }) },
      unneeded: "what there is of thoughts is shown, or the provider shows none",
    },
    { name: "voice", members: config({ speech_config: [{ voice: "mark" }] }) },
    {
      name: "JSON of a schema",
      members: { response_format: { type: "text", mime_type: "application/json", schema } },
      marks: ["city"],
    },
    { name: "JSON", members: { response_format: { type: "text", mime_type: "application/json" } } },
    { name: "picture as answer", members: { response_modalities: ["image"] } },
    { name: "answers in several formats", members: { response_format: [{ type: "text" }, { type: "image" }] } },
    { name: "safety settings", members: { safety_settings: [{ type: "harassment", threshold: "block_none" }] } },
    { name: "cached content", members: { cached_content: "cachedContents/mark" } },
    { name: "labels", members: { labels: { team: "mark" } } },
    { name: "cheaper tier", members: { service_tier: "flex" } },
  ],
};
