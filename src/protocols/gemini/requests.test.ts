import { describe, expect, test } from "bun:test";
import { type DocumentPart, Fault, type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Fields } from "./fields.ts";
import { gemini } from "./index.ts";

interface Content {
  readonly role: string;
  readonly parts: Fields[];
}
type Body = Fields & { readonly contents: Content[]; readonly generationConfig?: Fields };

const target: TargetTraits = { provider: "gemini", model: "gemini-3-flash" };

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}): { body: Body; losses: string[] } {
  const losses = new Losses();
  const whole: ModelRequest = { dialect: "openai-chat", model: "m", items: [message("user", "Hello")], stream: false, ...request };
  const body = gemini.writeRequest(whole, { ...target, ...traits }, losses) as Body;
  return { body, losses: losses.list.map((loss) => `${loss.code} ${loss.path} ${loss.class}`) };
}

function refusal(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function read(body: Fields): ModelRequest {
  return gemini.readRequest(scanned(body), { model: "gemini-x", header: () => undefined });
}

const scanned = (body: Fields) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));
const message = (role: "user" | "assistant" | "system" | "developer", text: string): Item => ({
  type: "message",
  role,
  parts: [{ type: "text", text }],
});
const call = (callId: string, args = "{}"): Item => ({ type: "call", callId, name: "look", arguments: args });
const result = (callId: string, text = "seen"): Item => ({ type: "result", callId, parts: [{ type: "text", text }] });
const unsigned = "skip_thought_signature_validator";
const asking = { contents: [{ role: "user", parts: [{ text: "?" }] }] };

describe("reading a request", () => {
  test("both spellings of names are the same request, and a single value is a list of one", () => {
    const snake = {
      system_instruction: { parts: { text: "Be brief" } },
      contents: { parts: [{ inline_data: { mime_type: "image/png", data: "-_8" } }, { text: "?" }] },
      tools: { function_declarations: { name: "f", parameters_json_schema: { type: "object", properties: { snake_name: {} } } } },
      tool_config: { function_calling_config: { mode: "any", allowed_function_names: ["f"] } },
      generation_config: { max_output_tokens: 5, stop_sequences: "x", response_mime_type: "application/json", top_k: "3" },
    };
    const camel = {
      systemInstruction: { parts: [{ text: "Be brief" }] },
      contents: [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: "+/8=" } }, { text: "?" }] }],
      tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object", properties: { snake_name: {} } } }] }],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
      generationConfig: { maxOutputTokens: 5, stopSequences: ["x"], responseMimeType: "application/json", topK: 3 },
    };
    expect(read(snake)).toEqual(read(camel));
    expect(read(camel)).toMatchObject({
      model: "gemini-x",
      stream: false,
      items: [
        { role: "system", parts: [{ text: "Be brief" }] },
        { role: "user", parts: [{ type: "image", source: { kind: "base64", mediaType: "image/png", data: "+/8=" } }, { text: "?" }] },
      ],
      toolChoice: { mode: "tool", name: "f" },
      output: { type: "json" },
      stop: ["x"],
      topK: 3,
    });
  });

  test("what is no request is refused by the name of its place", () => {
    const params = [
      {},
      { contents: "hi" },
      { contents: [] },
      { contents: [{ role: "system", parts: [] }] },
      { contents: [{ parts: ["x"] }] },
      { ...asking, tools: [{ functionDeclarations: [{}] }] },
      { ...asking, generationConfig: [] },
    ].map((body) => {
      const fault = refusal(() => read(body));
      return `${fault.code} ${fault.param}`;
    });
    expect(params).toEqual([
      "request_malformed contents",
      "request_malformed contents",
      "request_malformed contents",
      "request_malformed contents[0].role",
      "request_malformed contents[0].parts[0]",
      "request_malformed tools[0].functionDeclarations[0].name",
      "request_malformed generationConfig",
    ]);
  });

  test("results without ids find their calls by name and order, and the ids stay the same in later turns", () => {
    const turn = [
      ...asking.contents,
      {
        role: "model",
        parts: [{ functionCall: { name: "f", args: { n: 1 } } }, { functionCall: { name: "g" } }, { functionCall: { name: "f" } }],
      },
      {
        role: "user",
        parts: ["g", "f", "f"].map((name, index) => ({ functionResponse: { name, response: { output: `${name}${index}` } } })),
      },
    ];
    const items = read({ contents: turn }).items;
    const ids = items.flatMap((item) => (item.type === "call" ? [item.callId] : []));
    expect(new Set(ids).size).toBe(3);
    expect(items.flatMap((item) => (item.type === "result" ? [item.callId] : []))).toEqual([ids[1], ids[0], ids[2]] as string[]);
    const later = read({ contents: [...turn, { role: "model", parts: [{ text: "!" }] }, ...asking.contents] }).items;
    expect(later.slice(0, items.length)).toEqual([...items]);
    expect(JSON.stringify(write({ ...read({ contents: turn }) }).body)).not.toContain("gemini_");
  });

  test("a result under its function's name is the text in it, as Google's examples write it", () => {
    const answered = (response: object) => ({
      contents: [
        ...asking.contents,
        { role: "model", parts: [{ functionCall: { id: "a", name: "f", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { id: "a", name: "f", response } }] },
      ],
    });
    const text = (response: object) => read(answered(response)).items.at(-1);
    expect(text({ name: "f", content: "21 degrees" })).toMatchObject({ parts: [{ text: "21 degrees" }] });
    expect(text({ name: "g", content: "x" })).toMatchObject({ parts: [{ text: '{"name":"g","content":"x"}' }] });
    expect(text({ name: "f", content: { x: 1 } })).toMatchObject({ parts: [{ text: '{"name":"f","content":{"x":1}}' }] });
  });

  test("a choice that was sent as a number is the same choice", () => {
    const chosen = (mode: number) => read({ ...asking, toolConfig: { functionCallingConfig: { mode } } }).toolChoice;
    expect([1, 2, 3, 9].map(chosen)).toEqual([{ mode: "auto" }, { mode: "required" }, { mode: "none" }, undefined]);
  });

  test("types of a schema that were sent as numbers become names for others", () => {
    const parameters = { type: 6, properties: { cities: { type: 5, items: { type: 1 } } } };
    const request = read({ ...asking, tools: [{ functionDeclarations: [{ name: "f", parameters }] }] });
    const foreign = openaiChat.writeRequest(request, { provider: "openai", model: "m" }, new Losses());
    const schema = { type: "object", properties: { cities: { type: "array", items: { type: "string" } } } };
    expect(foreign).toMatchObject({ tools: [{ function: { parameters: schema } }] });
  });

  test("schemas of Gemini's own become JSON Schema for others, and stay as they were for Gemini", () => {
    const parameters = {
      type: "OBJECT",
      properties: {
        kind: { type: "STRING", enum: ["a"], nullable: true },
        type: { type: "ARRAY", items: { type: "INTEGER" }, minItems: "2" },
        nullable: { anyOf: [{ type: "STRING" }], nullable: true },
      },
      propertyOrdering: ["kind"],
      required: ["kind"],
    };
    const body = {
      ...asking,
      tools: [{ functionDeclarations: [{ name: "f", parameters }] }],
      generationConfig: { responseMimeType: "application/json", responseSchema: parameters },
    };
    const request = read(body);
    const schema = {
      type: "object",
      properties: {
        kind: { type: ["string", "null"], enum: ["a", null] },
        type: { type: "array", items: { type: "integer" }, minItems: 2 },
        nullable: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["kind"],
    };
    const foreign = openaiChat.writeRequest(request, { provider: "openai", model: "m" }, new Losses());
    expect(foreign).toMatchObject({ tools: [{ function: { parameters: schema } }], response_format: { json_schema: { schema } } });
    expect(write(request).body).toEqual(body as unknown as Body);
  });

  test("what was cached, video and server tools are refused by others, not left out", () => {
    for (const body of [
      { ...asking, cachedContent: "cachedContents/1" },
      { contents: [{ parts: [{ fileData: { fileUri: "https://youtu.be/x" } }] }] },
      { contents: [{ parts: [{ inlineData: { mimeType: "video/mp4", data: "AA==" } }] }] },
      { ...asking, tools: [{ urlContext: {} }] },
    ]) {
      const losses = new Losses();
      const request = read(body);
      expect(write(request).body).toEqual(
        JSON.parse(JSON.stringify({ ...body, contents: body.contents.map((one) => ({ role: "user", ...one })) })),
      );
      try {
        openaiChat.writeRequest(request, { provider: "openai", model: "m" }, losses);
        expect(losses.list.filter((loss) => loss.class === "S")).not.toEqual([]);
      } catch (error) {
        expect((error as Fault).code).toBe("request_unsupported");
      }
    }
  });

  test("a conversation of Gemini's is one that other dialects can carry on", () => {
    const request = read({
      contents: [
        { role: "user", parts: [{ text: "?" }, { inlineData: { mimeType: "audio/mpeg", data: "AA==" } }] },
        {
          role: "model",
          parts: [
            { text: "Hm", thought: true },
            { executableCode: { language: "PYTHON", code: "1+1" }, thoughtSignature: "c2ln" },
            { functionCall: { name: "f", args: {}, id: "a" }, thoughtSignature: "Y2Fs" },
          ],
        },
        { role: "user", parts: [{ functionResponse: { id: "a", name: "f", response: { error: "no" } } }] },
      ],
    });
    const losses = new Losses();
    const chat = openaiChat.writeRequest(request, { provider: "openai", model: "m" }, losses) as { messages: Fields[] };
    expect(chat.messages.map((one) => one.role)).toEqual(["user", "assistant", "tool"]);
    expect(chat.messages[0]?.content).toEqual([
      { type: "text", text: "?" },
      { type: "input_audio", input_audio: { data: "AA==", format: "mp3" } },
    ]);
    expect(chat.messages[1]).toMatchObject({ content: "[Code run]\n1+1", tool_calls: [{ id: "a" }] });
    expect(JSON.stringify(chat)).not.toContain("c2ln");
    expect(losses.list.map((loss) => loss.code)).toContain("reasoning_foreign_dropped");
  });

  test("comes home as it was said: parts that are a signature alone, names of files, results under their function's name", () => {
    const contents = [
      { role: "user", parts: [{ inlineData: { mimeType: "application/pdf", data: "AAAA", displayName: "a.pdf" } }] },
      {
        role: "model",
        parts: [
          { thoughtSignature: "b25l" },
          { thoughtSignature: "dHdv" },
          { text: "Here.", thoughtSignature: "dGV4dA==" },
          { functionCall: { name: "f", args: {}, id: "a" } },
        ],
      },
      { role: "user", parts: [{ functionResponse: { id: "a", name: "f", response: { name: "f", content: "done" } } }] },
    ];
    const request = read({ contents, tools: [{ functionDeclarations: [{ name: "f" }] }] });
    const body = gemini.writeRequest(request, target, new Losses()) as Body;
    expect(body.contents).toEqual(contents as never);
    const losses = new Losses();
    const chat = openaiChat.writeRequest(request, { provider: "openai", model: "m" }, losses) as { messages: Fields[] };
    expect(chat.messages.at(-1)).toMatchObject({ role: "tool", content: "done" });
    expect(losses.list.map(({ code }) => code)).toEqual(Array(3).fill("reasoning_foreign_dropped"));
  });

  test("a picture that the model drew before is named as what a chat of words loses", () => {
    const drawn = { inlineData: { mimeType: "image/png", data: "AAAA" }, thoughtSignature: "c2ln" };
    const request = read({
      contents: [...asking.contents, { role: "model", parts: [drawn] }, ...asking.contents],
    });
    const losses = new Losses();
    openaiChat.writeRequest(request, { provider: "openai", model: "m" }, losses);
    expect(losses.list).toEqual([{ code: "modality_dropped", path: "items[1]", class: "S", action: "dropped" }]);
  });

  test("a document's title is said with its words, and a file's name is told as lost", () => {
    const document = (source: DocumentPart["source"]): Item => ({
      ...{ type: "message", role: "user", parts: [{ type: "document", source, title: "Penguins" }] },
    });
    const words = write({ items: [document({ kind: "text", text: "Tall." })] });
    expect(words.body.contents[0]?.parts).toEqual([{ text: "Penguins\n\nTall." }]);
    const file = write({ items: [document({ kind: "base64", mediaType: "application/pdf", data: "AAAA" })] });
    expect([words.losses, file.losses].map((losses) => losses.map((loss) => loss.split(" ")[0]))).toEqual([
      ["document_flattened"],
      ["name_dropped"],
    ]);
  });
});

describe("turns for a Gemini upstream", () => {
  test("leading instructions, alternating roles, a fixed order of members", () => {
    const items = [
      message("system", "A"),
      message("developer", "B"),
      message("user", "C"),
      message("user", "D"),
      message("assistant", "E"),
    ];
    const { body, losses } = write({ items: [...items, message("system", "F"), message("user", "G")] });
    expect(Object.keys(body)).toEqual(["systemInstruction", "contents"]);
    expect(body.systemInstruction).toEqual({ parts: [{ text: "A" }, { text: "B" }] });
    expect(body.contents).toEqual([
      { role: "user", parts: [{ text: "C" }, { text: "D" }] },
      { role: "model", parts: [{ text: "E" }] },
      { role: "user", parts: [{ text: "<system>\nF\n</system>" }, { text: "G" }] },
    ]);
    expect(losses).toEqual(["system_folded items.5 S"]);
  });

  test("results stand right behind their calls with the function's name; orphans and open calls are refused", () => {
    const items = [message("user", "?"), call("a", '{"n":1}'), call("b"), message("user", "Hurry"), result("b", '{"x":1}'), result("a")];
    const { body, losses } = write({ items }, { model: "gemini-2.5-pro" });
    expect(body.contents.slice(1)).toEqual([
      {
        role: "model",
        parts: [{ functionCall: { id: "a", name: "look", args: { n: 1 } } }, { functionCall: { id: "b", name: "look", args: {} } }],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "look", response: { output: "seen" } } },
          { functionResponse: { id: "b", name: "look", response: { x: 1 } } },
          { text: "Hurry" },
        ],
      },
    ]);
    expect(losses).toEqual(["tool_result_reordered items.5 M"]);
    expect(refusal(() => write({ items: [message("user", "?"), result("ghost")] })).message).toContain('"ghost"');
    expect(refusal(() => write({ items: [message("user", "?"), call("open"), message("user", "?")] })).message).toContain(
      '"open" has no result',
    );
  });

  test("Gemini 3 gets a stand-in for signatures that are lost, in every turn, so that the beginning stays the same", () => {
    const seal = { type: "reasoning", dialect: "gemini-generate", summary: [], sealed: { kind: "signature", value: "b:c2ln" } } as const;
    const items = [
      message("user", "?"),
      call("a"),
      result("a"),
      seal,
      message("assistant", "So"),
      call("b"),
      call("c"),
      result("b"),
      result("c"),
    ];
    const { body, losses } = write({ items });
    const signatures = body.contents.map(({ parts }) => parts.map((part) => part.thoughtSignature));
    expect(signatures).toEqual([[undefined], [unsigned], [undefined], [undefined, "c2ln", undefined], [undefined, undefined]]);
    expect(losses).toEqual(["reasoning_state_lost contents.1 Q"]);
    const { contents } = write({ items: [...items, message("assistant", "!"), message("user", "?")] }).body;
    expect(contents.slice(0, body.contents.length)).toEqual(body.contents);
    expect(JSON.stringify(write({ items }, { model: "gemini-2.5-pro" }).body)).not.toContain(unsigned);
  });

  test("thoughts of other providers stay with them", () => {
    const thought = {
      type: "reasoning",
      dialect: "anthropic-messages",
      summary: ["s3cret"],
      sealed: { kind: "signature", value: "s3cret" },
    } as const;
    const { body, losses } = write({ items: [message("user", "?"), thought, message("assistant", "!"), message("user", "?")] });
    expect(JSON.stringify(body)).not.toContain("s3cret");
    expect(losses).toEqual(["reasoning_foreign_dropped items.1 Q"]);
  });

  test("media in results stand inside them since Gemini 3, and behind them before", () => {
    const image = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" } } as const;
    const shot: Item = { type: "result", callId: "a", parts: [{ type: "text", text: "ok" }, image], isError: true };
    const items = [message("user", "?"), call("a"), shot];
    const inline = { inlineData: { mimeType: "image/png", data: "AA==" } };
    const response = { id: "a", name: "look", response: { error: "ok" } };
    expect(write({ items }).body.contents.at(-1)?.parts).toEqual([{ functionResponse: { ...response, parts: [inline] } }]);
    const old = write({ items }, { model: "gemini-2.5-flash" });
    expect(old.body.contents.at(-1)?.parts).toEqual([{ functionResponse: response }, inline]);
    expect(old.losses).toEqual(["tool_result_media_moved items.2 Q"]);
  });

  test("media by address keep it, data URIs become bytes, files of others are refused", () => {
    const image = (url: string) => ({ type: "image", source: { kind: "url", url } }) as const;
    const say = (part: Extract<Item, { type: "message" }>["parts"][number]): Item => ({ type: "message", role: "user", parts: [part] });
    const parts = (part: Extract<Item, { type: "message" }>["parts"][number]) => write({ items: [say(part)] }).body.contents[0]?.parts;
    expect(parts(image("https://x.example/a.PNG?b"))).toEqual([
      { fileData: { mimeType: "image/png", fileUri: "https://x.example/a.PNG?b" } },
    ]);
    expect(parts(image("data:image/gif;base64,AAAA"))).toEqual([{ inlineData: { mimeType: "image/gif", data: "AAAA" } }]);
    expect(parts({ type: "audio", format: "wav", data: "AA" })).toEqual([{ inlineData: { mimeType: "audio/wav", data: "AA" } }]);
    const file = { type: "document", source: { kind: "file", fileId: "file-1" } } as const;
    expect(refusal(() => parts(file)).message).toContain('"file-1" is with another provider');
    expect(refusal(() => write({ items: [say(image("https://x.example/a"))] }, { inputs: ["text"] })).message).toContain("takes no image");
  });
});

describe("controls for a Gemini upstream", () => {
  test("every sampling control has its field, in a fixed order", () => {
    const { body, losses } = write(
      {
        ...{ temperature: 3, topP: 0.5, topK: 4, maxOutputTokens: 90, seed: 7, count: 2, presencePenalty: 0.1, frequencyPenalty: 0.2 },
        ...{ logprobs: true, topLogprobs: 3, stop: ["a", "b", "c", "d", "e", "f"], serviceTier: "flex", logitBias: { "1": 2 } },
        output: { type: "json-schema", name: "n", schema: { type: "object" } },
      },
      { maxOutputTokens: 50 },
    );
    expect(JSON.stringify(body.generationConfig)).toBe(
      JSON.stringify({
        stopSequences: ["a", "b", "c", "d", "e"],
        ...{
          temperature: 2,
          topP: 0.5,
          topK: 4,
          maxOutputTokens: 50,
          seed: 7,
          candidateCount: 2,
          presencePenalty: 0.1,
          frequencyPenalty: 0.2,
        },
        ...{ responseLogprobs: true, logprobs: 3, responseMimeType: "application/json", responseJsonSchema: { type: "object" } },
      }),
    );
    expect(body.serviceTier).toBe("flex");
    expect(losses).toEqual([
      "logit_bias_unsupported logit_bias S",
      "sampling_dropped stop S",
      "sampling_clamped temperature Q",
      "max_tokens_clamped max_tokens Q",
    ]);
  });

  test("efforts are levels since Gemini 3, budgets for 2.5, and nothing before", () => {
    const thinking = (reasoning: ModelRequest["reasoning"], model: string, traits: Partial<TargetTraits> = {}) =>
      write({ dialect: "openai-responses", ...(reasoning && { reasoning }) }, { model, ...traits }).body.generationConfig?.thinkingConfig;
    const chat = write({ dialect: "openai-chat", reasoning: { effort: "low" } }, { model: "gemini-3-flash" });
    expect(chat.body.generationConfig?.thinkingConfig).toEqual({ includeThoughts: true, thinkingLevel: "LOW" });
    expect(thinking({ effort: "xhigh" }, "gemini-3-flash")).toEqual({ thinkingLevel: "HIGH" });
    expect(thinking({ effort: "none" }, "gemini-flash-latest")).toEqual({ thinkingLevel: "MINIMAL" });
    expect(thinking({ effort: "none" }, "gemini-3-pro-preview")).toEqual({ thinkingLevel: "LOW" });
    expect(thinking({ effort: "medium" }, "gemini-3-pro", { efforts: ["low", "high"] })).toEqual({ thinkingLevel: "LOW" });
    expect(thinking({ mode: "enabled", budgetTokens: 30_000 }, "gemini-3-flash")).toEqual({ includeThoughts: true, thinkingLevel: "HIGH" });
    expect(thinking({ effort: "low", summary: "auto" }, "gemini-2.5-flash")).toEqual({ includeThoughts: true, thinkingBudget: 2048 });
    expect(thinking({ mode: "disabled" }, "gemini-2.5-flash")).toEqual({ thinkingBudget: 0 });
    expect(thinking({ mode: "disabled" }, "gemini-2.5-pro")).toEqual({ thinkingBudget: 128 });
    expect(thinking({ mode: "adaptive" }, "gemini-2.5-pro")).toEqual({ includeThoughts: true, thinkingBudget: -1 });
    expect(thinking({ effort: "high" }, "gemini-2.0-flash")).toBeUndefined();
    expect(write({ reasoning: { effort: "high" } }, { model: "gemini-2.0-flash" }).losses).toEqual([
      "reasoning_control_approximated reasoning Q",
    ]);
    expect(write({ reasoning: { effort: "low" } }).losses).toEqual([]);
  });

  test("tools stand in one list, and their choice in Gemini's modes", () => {
    const look = { type: "function", name: "look", schema: { type: "object" } } as const;
    const calling = (request: Partial<ModelRequest>) =>
      (write({ tools: [look, { ...look, name: "hear" }], ...request }).body.toolConfig as Fields | undefined)?.functionCallingConfig;
    expect(write({ tools: [look, { ...look, name: "hear" }] }).body.tools).toEqual([
      {
        functionDeclarations: [
          { name: "look", parametersJsonSchema: { type: "object" } },
          { name: "hear", parametersJsonSchema: { type: "object" } },
        ],
      },
    ]);
    expect(calling({})).toBeUndefined();
    expect(calling({ toolChoice: { mode: "none" } })).toEqual({ mode: "NONE" });
    expect(calling({ toolChoice: { mode: "required" } })).toEqual({ mode: "ANY" });
    expect(calling({ toolChoice: { mode: "tool", name: "look" } })).toEqual({ mode: "ANY", allowedFunctionNames: ["look"] });
    expect(calling({ toolChoice: { mode: "subset", names: ["look"], required: false } })).toEqual({
      mode: "VALIDATED",
      allowedFunctionNames: ["look"],
    });
    expect(calling({ tools: [{ ...look, strict: true }] })).toEqual({ mode: "VALIDATED" });
    const search = { type: "web-search", dialect: "openai-responses", native: { filters: { allowed_domains: ["x.example"] } } } as const;
    const mixed = write({ tools: [look, search] });
    expect(mixed.body.tools).toHaveLength(2);
    expect(mixed.body.toolConfig).toEqual({ includeServerSideToolInvocations: true });
    expect(mixed.losses).toEqual(["hosted_tool_approximated tools.1 Q", "search_filter_dropped tools.1 S"]);
    expect(refusal(() => write({ tools: [{ type: "custom", name: "free" }] })).code).toBe("request_unsupported");
    expect(refusal(() => write({ modalities: ["text", "audio"] })).code).toBe("request_unsupported");
  });

  test("safety settings, labels and every field yet unknown ride along", () => {
    const body = {
      ...asking,
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      labels: { team_name: "a" },
      toolConfig: {
        functionCallingConfig: { mode: "VALIDATED", streamFunctionCallArguments: true },
        retrievalConfig: { languageCode: "de" },
      },
      generationConfig: {
        thinkingConfig: { includeThoughts: false, thinkingLevel: "ULTRA" },
        responseModalities: ["TEXT", "IMAGE"],
        imageConfig: { aspectRatio: "1:1" },
        responseMimeType: "text/x.enum",
        responseSchema: { type: "STRING", enum: ["a"] },
      },
      serviceTier: "flex",
      novelty: { deep_er: 1 },
    };
    expect(write(read(body)).body).toEqual(body as unknown as Body);
    expect(write(read(body)).losses).toEqual([]);
  });
});

describe("a body that passes", () => {
  test("is left alone but for a model's name in it and other providers' thoughts", () => {
    expect(gemini.editRequest(scanned({ ...asking, safetySettings: [] }), target)).toEqual([]);
    const foreign = Buffer.from("sluice.anthropic-messages.signature..abc").toString("base64url");
    const parts = [
      { text: "Hm", thought: true, thought_signature: foreign },
      { functionCall: { name: "f" }, thoughtSignature: foreign },
      { text: "!", thoughtSignature: "c2ln" },
    ];
    const losses = new Losses();
    const body = scanned({ model: "models/x", contents: [...asking.contents, { role: "model", parts }] });
    const edited = JSON.parse(Buffer.from(body.splice(gemini.editRequest(body, target, losses))).toString()) as Body;
    expect(edited).toEqual({
      contents: [...asking.contents, { role: "model", parts: [{ functionCall: { name: "f" } }, { text: "!", thoughtSignature: "c2ln" }] }],
    });
    expect(losses.list.map((loss) => loss.code)).toEqual(["reasoning_foreign_dropped"]);
  });
});
