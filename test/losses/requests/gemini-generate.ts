import type { Features } from "../feature.ts";

const user = (...parts: readonly object[]) => ({ role: "user", parts });
const model = (...parts: readonly object[]) => ({ role: "model", parts });
const ask = (...parts: readonly object[]) => ({ contents: [user({ text: "Look." }, ...parts)] });
const answered = (...parts: readonly object[]) => ({
  contents: [user({ text: "Hi." }), model(...parts, { text: "Hello." }), user({ text: "And now?" })],
});
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const declaration = { name: "get_weather", description: "Tells the weather.", parametersJsonSchema: schema };
const other = { ...declaration, name: "get_time", description: "Tells the time." };
const tools = [{ functionDeclarations: [declaration, other] }];
const call = { functionCall: { id: "call_1", name: "get_weather", args: { city: "Paris" } } };
const answer = { id: "call_1", name: "get_weather", response: { output: "mark-result" } };
const called = (part: object) => ({ contents: [user({ text: "Hi." }), model(call), user(part)] });
const plain = { model: "m", contents: [user({ text: "And now?" })] };
const withTools = { ...plain, tools };
const withResult = { ...withTools, ...called({ functionResponse: answer }) };
const config = (generationConfig: object) => ({ generationConfig });
const choice = (functionCallingConfig: object) => ({ tools, toolConfig: { functionCallingConfig } });
const hosted = (name: string, options: object = {}) => ({ tools: [{ [name]: options }] });
const data = (mimeType: string) => ({ inlineData: { mimeType, data: "bWFyaw==" } });
const file = (mimeType: string, fileUri: string) => ({ fileData: { mimeType, fileUri } });

/** https://ai.google.dev/api/generate-content, and what Vertex AI has beside it. */
export const geminiRequests: Features = {
  dialect: "gemini-generate",
  plain,
  list: [
    { name: "system instruction", members: { systemInstruction: { parts: [{ text: "mark-system" }] } }, marks: ["mark-system"] },
    { name: "several turns", members: answered(), marks: ["Hello."] },
    { name: "last turn of the model's", members: { contents: [...plain.contents, model({ text: "mark-begin" })] }, marks: ["mark-begin"] },
    { name: "image as data", members: ask(data("image/png")), marks: ["bWFyaw=="] },
    { name: "image by URL", members: ask(file("image/png", "https://example.com/mark.png")), marks: ["mark.png"] },
    {
      name: "image in Google's file store",
      members: ask(file("image/png", "https://generativelanguage.googleapis.com/v1beta/files/mark")),
    },
    { name: "document as data", members: ask(data("application/pdf")), marks: ["bWFyaw=="] },
    { name: "document by URL", members: ask(file("application/pdf", "https://example.com/mark.pdf")), marks: ["mark.pdf"] },
    { name: "sound", members: ask(data("audio/wav")), marks: ["bWFyaw=="] },
    { name: "film as data", members: ask(data("video/mp4")), marks: ["bWFyaw=="] },
    { name: "film by URL", members: ask(file("video/mp4", "https://example.com/mark.mp4")), marks: ["mark.mp4"] },
    { name: "piece of a film", members: ask({ ...data("video/mp4"), videoMetadata: { startOffset: "1s" } }) },
    {
      name: "resolution of one medium",
      members: ask({ ...data("image/png"), mediaResolution: { level: "MEDIA_RESOLUTION_LOW" } }),
      beside: { ...plain, ...ask(data("image/png")) },
    },
    {
      name: "thoughts in the history",
      members: answered({ text: "mark-thought", thought: true }),
      beside: { ...plain, ...answered() },
      marks: ["mark-thought"],
    },
    {
      name: "signature on a call",
      members: {
        ...withTools,
        contents: [user({ text: "Hi." }), model({ ...call, thoughtSignature: "bWFyaw==" }), user({ functionResponse: answer })],
      },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    {
      name: "signature on a text",
      members: { contents: [user({ text: "Hi." }), model({ text: "Hello.", thoughtSignature: "bWFyaw==" }), user({ text: "And now?" })] },
      beside: { ...plain, ...answered() },
      marks: ["bWFyaw=="],
    },
    {
      name: "call and its result",
      members: { ...called({ functionResponse: answer }), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    {
      name: "failed result",
      members: { ...called({ functionResponse: { ...answer, response: { error: "mark-error" } } }), tools },
      beside: withResult,
      marks: ["mark-error"],
    },
    {
      name: "image in a result",
      members: { ...called({ functionResponse: { ...answer, parts: [data("image/png")] } }), tools },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    {
      name: "result that is to be followed by others",
      members: { ...called({ functionResponse: { ...answer, scheduling: "WHEN_IDLE", willContinue: true } }), tools },
      beside: withResult,
    },
    {
      name: "code in the history",
      members: answered(
        { executableCode: { language: "PYTHON", code: "mark-code" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK", output: "mark-out" } },
      ),
      beside: { ...plain, ...answered() },
      marks: ["mark-code", "mark-out"],
    },
    { name: "tool", members: { tools: [{ functionDeclarations: [declaration] }] }, marks: ["get_weather", "Tells the weather.", "city"] },
    {
      name: "tool with a schema of Google's own form",
      members: {
        tools: [
          {
            functionDeclarations: [
              { name: "get_weather", parameters: { type: "OBJECT", properties: { city: { type: "STRING", nullable: true } } } },
            ],
          },
        ],
      },
      marks: ["get_weather", "city"],
    },
    {
      name: "schema of a tool's results",
      members: {
        tools: [{ functionDeclarations: [{ ...declaration, responseJsonSchema: { type: "string", description: "mark-response" } }] }],
      },
      beside: { ...plain, tools: [{ functionDeclarations: [declaration] }] },
      marks: ["mark-response"],
    },
    {
      name: "tool that does not block",
      members: { tools: [{ functionDeclarations: [{ ...declaration, behavior: "NON_BLOCKING" }] }] },
      beside: { ...plain, tools: [{ functionDeclarations: [declaration] }] },
    },
    { name: "search of the web", members: hosted("googleSearch") },
    {
      name: "time range of the search",
      members: hosted("googleSearch", { timeRangeFilter: { startTime: "2026-01-01T00:00:00Z", endTime: "2026-02-01T00:00:00Z" } }),
      beside: { ...plain, ...hosted("googleSearch") },
    },
    { name: "search of maps", members: hosted("googleMaps") },
    { name: "reading pages", members: hosted("urlContext") },
    { name: "running code", members: hosted("codeExecution") },
    {
      name: "search of files",
      members: hosted("fileSearch", { fileSearchStoreNames: ["fileSearchStores/mark"] }),
      marks: ["fileSearchStores/mark"],
    },
    { name: "use of a computer", members: hosted("computerUse", { environment: "ENVIRONMENT_BROWSER" }) },
    { name: "MCP servers of the provider's", members: hosted("mcpServers", { name: "mark" }) },
    {
      name: "place of the search",
      members: { ...hosted("googleSearch"), toolConfig: { retrievalConfig: { latLng: { latitude: 12.5, longitude: 1 } } } },
      beside: { ...plain, ...hosted("googleSearch") },
    },
    { name: "no tools wanted", members: choice({ mode: "NONE" }), beside: withTools },
    { name: "some tool wanted", members: choice({ mode: "ANY" }), beside: withTools },
    { name: "one tool wanted", members: choice({ mode: "ANY", allowedFunctionNames: ["get_time"] }), beside: withTools },
    {
      name: "some tools wanted",
      members: {
        tools: [{ functionDeclarations: [declaration, other, { ...other, name: "get_date" }] }],
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_time", "get_date"] } },
      },
      beside: { ...plain, tools: [{ functionDeclarations: [declaration, other, { ...other, name: "get_date" }] }] },
    },
    { name: "calls held to their schemas", members: choice({ mode: "VALIDATED" }), beside: withTools },
    { name: "limit of the answer", members: config({ maxOutputTokens: 777 }), marks: ["777"] },
    { name: "temperature", members: config({ temperature: 0.3 }), marks: ["0.3"] },
    { name: "temperature above 1", members: config({ temperature: 1.7 }) },
    { name: "top_p", members: config({ topP: 0.7 }), marks: ["0.7"] },
    { name: "top_k", members: config({ topK: 17 }), marks: ["17"] },
    { name: "seed", members: config({ seed: 4711 }), marks: ["4711"] },
    { name: "stop strings", members: config({ stopSequences: ["mark-stop"] }), marks: ["mark-stop"] },
    { name: "frequency penalty", members: config({ frequencyPenalty: 0.6 }), marks: ["0.6"] },
    { name: "presence penalty", members: config({ presencePenalty: 0.6 }), marks: ["0.6"] },
    { name: "probabilities of tokens", members: config({ responseLogprobs: true, logprobs: 19 }) },
    { name: "several answers", members: config({ candidateCount: 2 }) },
    { name: "JSON without a schema", members: config({ responseMimeType: "application/json" }) },
    { name: "JSON by a schema", members: config({ responseMimeType: "application/json", responseJsonSchema: schema }), marks: ["city"] },
    {
      name: "JSON by a schema of Google's own form",
      members: config({
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT", properties: { city: { type: "STRING" } } },
      }),
      marks: ["city"],
    },
    {
      name: "one word of a list",
      members: config({ responseMimeType: "text/x.enum", responseSchema: { type: "STRING", enum: ["mark-a", "mark-b"] } }),
      marks: ["mark-a"],
    },
    { name: "thinking with a budget", members: config({ thinkingConfig: { thinkingBudget: 4711 } }) },
    {
      name: "no thinking",
      members: config({ thinkingConfig: { thinkingBudget: 0 } }),
      unneeded: "no thinking is what the model does unasked",
    },
    ...(["MINIMAL", "LOW", "MEDIUM", "HIGH"] as const).map((thinkingLevel) => ({
      name: `effort ${thinkingLevel}`,
      members: config({ thinkingConfig: { thinkingLevel } }),
    })),
    {
      name: "thoughts shown",
      members: config({ thinkingConfig: { includeThoughts: true } }),
      unneeded: "thoughts are shown where the provider shows them",
    },
    {
      name: "answer in sound",
      members: config({ responseModalities: ["AUDIO"], speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } } }),
    },
    { name: "answer in images", members: config({ responseModalities: ["TEXT", "IMAGE"] }) },
    { name: "form of images", members: config({ imageConfig: { aspectRatio: "16:9" } }) },
    { name: "resolution of media", members: config({ mediaResolution: "MEDIA_RESOLUTION_LOW" }) },
    { name: "safety settings", members: { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] } },
    { name: "cached content", members: { cachedContent: "cachedContents/mark" } },
    { name: "labels", members: { labels: { ticket: "mark-ticket" } } },
    { name: "tier", members: { serviceTier: "priority" } },
    { name: "keeping the request", members: { store: true } },
    { name: "an unknown member", members: { markUnknown: "mark" }, marks: ["markUnknown"] },
  ],
};
