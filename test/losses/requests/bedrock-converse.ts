import type { Features } from "../feature.ts";

const user = (...content: readonly object[]) => ({ role: "user", content });
const assistant = (...content: readonly object[]) => ({ role: "assistant", content });
const ask = (...content: readonly object[]) => ({ messages: [user({ text: "Look." }, ...content)] });
const answered = (...content: readonly object[]) => ({
  messages: [user({ text: "Hi." }), assistant(...content), user({ text: "And now?" })],
});
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const spec = { name: "get_weather", description: "Tells the weather.", inputSchema: { json: schema } };
const tool = { toolSpec: spec };
const list = [tool, { toolSpec: { ...spec, name: "get_time", description: "Tells the time." } }];
const use = { toolUse: { toolUseId: "call_1", name: "get_weather", input: { city: "Paris" } } };
const result = { toolUseId: "call_1", content: [{ text: "mark-result" }] };
const called = (toolResult: object) => ({ messages: [user({ text: "Hi." }), assistant(use), user({ toolResult })] });
const plain = { model: "m", messages: [user({ text: "And now?" })] };
const withTools = { ...plain, toolConfig: { tools: list } };
const withResult = { ...withTools, ...called(result) };
const png = { image: { format: "png", source: { bytes: "bWFyaw==" } } };
const pdf = { document: { format: "pdf", name: "doc", source: { bytes: "bWFyaw==" } } };
const notes = { document: { format: "txt", name: "doc", source: { text: "mark-notes" } } };
const s3 = { s3Location: { uri: "s3://bucket/mark" } };
const own = (additionalModelRequestFields: object) => ({ additionalModelRequestFields });

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const converseRequests: Features = {
  dialect: "bedrock-converse",
  plain,
  list: [
    { name: "system text", members: { system: [{ text: "mark-system" }] }, marks: ["mark-system"] },
    {
      name: "cache point behind the system text",
      members: { system: [{ text: "S." }, { cachePoint: { type: "default" } }] },
      beside: { ...plain, system: [{ text: "S." }] },
    },
    { name: "cache point in a message", members: ask({ cachePoint: { type: "default", ttl: "1h" } }), beside: { ...plain, ...ask() } },
    {
      name: "cache point behind the tools",
      members: { toolConfig: { tools: [...list, { cachePoint: { type: "default" } }] } },
      beside: withTools,
    },
    {
      name: "guarded text",
      members: ask({ guardContent: { text: { text: "mark-guarded", qualifiers: ["query"] } } }),
      marks: ["mark-guarded"],
    },
    {
      name: "last message of the assistant's",
      members: { messages: [...plain.messages, assistant({ text: "mark-begin" })] },
      marks: ["mark-begin"],
    },
    { name: "image as data", members: ask(png), marks: ["bWFyaw=="] },
    { name: "image in S3", members: ask({ image: { format: "png", source: s3 } }), marks: ["s3://bucket/mark"] },
    { name: "document as data", members: ask(pdf), marks: ["bWFyaw=="] },
    { name: "document of text", members: ask(notes), marks: ["mark-notes"] },
    { name: "document in S3", members: ask({ document: { ...pdf.document, source: s3 } }), marks: ["s3://bucket/mark"] },
    {
      name: "context of a document",
      members: ask({ document: { ...notes.document, context: "mark-context" } }),
      beside: { ...plain, ...ask(notes) },
      marks: ["mark-context"],
    },
    {
      name: "citations wanted",
      members: ask({ document: { ...notes.document, citations: { enabled: true } } }),
      beside: { ...plain, ...ask(notes) },
    },
    { name: "film", members: ask({ video: { format: "mp4", source: { bytes: "bWFyaw==" } } }), marks: ["bWFyaw=="] },
    { name: "sound", members: ask({ audio: { format: "wav", source: { bytes: "bWFyaw==" } } }), marks: ["bWFyaw=="] },
    {
      name: "search results of the caller's",
      members: ask({ searchResult: { source: "s", title: "T", content: [{ text: "mark-found" }], citations: { enabled: true } } }),
      marks: ["mark-found"],
    },
    {
      name: "citations in the history",
      members: answered({
        citationsContent: {
          content: [{ text: "Hello." }],
          citations: [
            { title: "T", sourceContent: [{ text: "mark-cited" }], location: { documentChar: { documentIndex: 0, start: 0, end: 4 } } },
          ],
        },
      }),
      beside: { ...plain, ...answered({ text: "Hello." }) },
      marks: ["mark-cited"],
    },
    {
      name: "thoughts in the history",
      members: answered({ reasoningContent: { reasoningText: { text: "mark-thought" } } }, { text: "Hello." }),
      beside: { ...plain, ...answered({ text: "Hello." }) },
      marks: ["mark-thought"],
    },
    {
      name: "sealed thoughts in the history",
      members: answered({ reasoningContent: { reasoningText: { text: "Hm.", signature: "mark-seal" } } }, { text: "Hello." }),
      beside: { ...plain, ...answered({ text: "Hello." }) },
      marks: ["mark-seal"],
    },
    {
      name: "redacted thoughts in the history",
      members: answered({ reasoningContent: { redactedContent: "bWFyaw==" } }, { text: "Hello." }),
      beside: { ...plain, ...answered({ text: "Hello." }) },
      marks: ["bWFyaw=="],
    },
    {
      name: "call and its result",
      members: { ...called(result), toolConfig: { tools: list } },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    { name: "failed result", members: { ...called({ ...result, status: "error" }), toolConfig: { tools: list } }, beside: withResult },
    {
      name: "JSON as a result",
      members: { ...called({ ...result, content: [{ json: { found: "mark-json" } }] }), toolConfig: { tools: list } },
      beside: withResult,
      marks: ["mark-json"],
    },
    {
      name: "image in a result",
      members: { ...called({ ...result, content: [{ text: "mark-result" }, png] }), toolConfig: { tools: list } },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    {
      name: "document in a result",
      members: { ...called({ ...result, content: [{ text: "mark-result" }, pdf] }), toolConfig: { tools: list } },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    { name: "tool", members: { toolConfig: { tools: [tool] } }, marks: ["get_weather", "Tells the weather.", "city"] },
    {
      name: "strict tool",
      members: { toolConfig: { tools: [{ toolSpec: { ...spec, strict: true } }] } },
      beside: { ...plain, toolConfig: { tools: [tool] } },
    },
    { name: "search of the web", members: { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } } },
    { name: "running code", members: { toolConfig: { tools: [{ systemTool: { name: "nova_code_interpreter" } }] } } },
    { name: "some tool wanted", members: { toolConfig: { tools: list, toolChoice: { any: {} } } }, beside: withTools },
    { name: "one tool wanted", members: { toolConfig: { tools: list, toolChoice: { tool: { name: "get_time" } } } }, beside: withTools },
    {
      name: "one call at a time",
      members: { ...withTools, ...own({ tool_choice: { type: "auto", disable_parallel_tool_use: true } }) },
      beside: withTools,
    },
    { name: "limit of the answer", members: { inferenceConfig: { maxTokens: 777 } }, marks: ["777"] },
    { name: "temperature", members: { inferenceConfig: { temperature: 0.3 } }, marks: ["0.3"] },
    { name: "top_p", members: { inferenceConfig: { topP: 0.7 } }, marks: ["0.7"] },
    { name: "top_k", members: own({ top_k: 17 }), marks: ["17"] },
    { name: "stop strings", members: { inferenceConfig: { stopSequences: ["mark-stop"] } }, marks: ["mark-stop"] },
    { name: "thinking with a budget", members: own({ thinking: { type: "enabled", budget_tokens: 4711 } }) },
    {
      name: "thinking as the model likes",
      members: own({ thinking: { type: "adaptive" } }),
      unneeded: "a model thinks as it likes unasked",
    },
    { name: "effort", members: { outputConfig: { effort: "high" } } },
    { name: "effort of OpenAI's models", members: own({ reasoning_effort: "high" }) },
    {
      name: "JSON by a schema",
      members: {
        outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema), name: "place" } } } },
      },
      marks: ["city"],
    },
    {
      name: "description of a schema",
      members: {
        outputConfig: {
          textFormat: {
            type: "json_schema",
            structure: { jsonSchema: { schema: JSON.stringify(schema), name: "place", description: "mark-place" } },
          },
        },
      },
      beside: {
        ...plain,
        outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema), name: "place" } } } },
      },
      marks: ["mark-place"],
    },
    { name: "member of the model's own", members: own({ mark_own: "mark" }) },
    { name: "paths of the model's own answer", members: { additionalModelResponseFieldPaths: ["/mark"] } },
    { name: "guardrail", members: { guardrailConfig: { guardrailIdentifier: "mark", guardrailVersion: "1" } } },
    { name: "prompt variables", members: { promptVariables: { name: { text: "mark" } } } },
    { name: "speed", members: { performanceConfig: { latency: "optimized" } } },
    { name: "tier", members: { serviceTier: { type: "priority" } } },
    { name: "metadata", members: { requestMetadata: { ticket: "mark-ticket" } }, marks: ["mark-ticket"] },
    { name: "an unknown member", members: { markUnknown: "mark" }, marks: ["markUnknown"] },
  ],
};
