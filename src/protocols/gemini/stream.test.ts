import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type ModelRequest, usageOf } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Fields } from "./fields.ts";
import { gemini } from "./index.ts";

const request: ModelRequest = { dialect: "gemini-generate", model: "alias", items: [], stream: true };
const context = { request, requestId: "req_42", createdAt: 1 };

const frame = (chunk: unknown) => `data: ${JSON.stringify(chunk)}\r\n\r\n`;
const bytes = (text: string) => new TextEncoder().encode(text);
const saying = (parts: readonly unknown[], more: Fields = {}, index = 0) => ({
  candidates: [{ content: { parts, role: "model" }, index, ...more }],
  responseId: "r1",
  modelVersion: "gemini-3-pro",
});

function reading(depth: "skim" | "full" = "full") {
  const reader = gemini.readStream({ depth, stripUsage: false });
  return { reader, read: (...chunks: readonly unknown[]) => reader.read(bytes(chunks.map(frame).join(""))) };
}

function readAll(...chunks: readonly unknown[]): AnswerEvent[] {
  return [...reading().read(...chunks).events];
}

function written(events: readonly AnswerEvent[]): Fields[] {
  const text = String(gemini.writeStream(context).write(events));
  return text
    .split("\n\n")
    .filter(Boolean)
    .map((data) => JSON.parse(data.slice("data: ".length)) as Fields);
}

function partsOf(chunk: Fields): unknown[] {
  return (chunk.candidates as { content: { parts?: unknown[] } }[]).flatMap(({ content }) => content.parts ?? []);
}

describe("reading a stream", () => {
  test("the signed part stays alone, and a call's signature names the call", () => {
    const events = readAll(
      saying([{ text: "A" }, { text: "B" }]),
      saying([{ text: "C", thoughtSignature: "c2ln" }, { text: "D" }]),
      saying([{ functionCall: { name: "f", args: { a: 1 }, id: "x:1" }, thoughtSignature: "Y2Fs" }, { functionCall: { name: "g" } }]),
      saying([{ text: "", thoughtSignature: "ZW5k" }], { finishReason: "STOP" }),
    );
    const { items, finish } = collect(events).choices[0] ?? { items: [] };
    expect(items.map((item) => item.type)).toEqual(["message", "reasoning", "message", "reasoning", "call", "call", "reasoning"]);
    expect(items.flatMap((item) => (item.type === "reasoning" ? [item.sealed?.value] : []))).toEqual(["c2ln", "x:1:Y2Fs", "ZW5k"]);
    expect(items.flatMap((item) => (item.type === "message" ? [item.parts] : []))).toEqual([
      [{ type: "text", text: "AB" }],
      [
        { type: "text", text: "C" },
        { type: "text", text: "D" },
      ],
    ]);
    expect(finish).toEqual({ reason: "call", native: "STOP" });
  });

  test("a part that is a signature alone stays one, beside the text that has its own", () => {
    const parts = [{ thoughtSignature: "b25l" }, { thoughtSignature: "dHdv" }, { text: "Here.", thoughtSignature: "dGV4dA==" }];
    const events = readAll(saying(parts.slice(0, 1)), saying(parts.slice(1)), saying([{ text: "" }], { finishReason: "STOP" }));
    const again = written([...events, { type: "answer-end" }]).flatMap((chunk) => partsOf(chunk));
    expect(again.slice(0, 3)).toEqual(parts);
  });

  test("a picture that the model thought in is kept as it came, its signature with it", () => {
    const draft = { thought: true, inlineData: { mimeType: "image/png", data: "AAAA" }, thoughtSignature: "c2ln" };
    const events = readAll(saying([{ text: "So", thought: true }, draft]), saying([{ text: "Here." }], { finishReason: "STOP" }));
    const { items } = collect(events).choices[0] ?? { items: [] };
    expect(items.map((item) => item.type)).toEqual(["reasoning", "opaque", "message"]);
    expect(items[1]).toMatchObject({ label: "inlineData", native: draft });
    expect(written(events).flatMap((chunk) => partsOf(chunk))).toContainEqual(draft);
  });

  test("calls without ids get the same ones each time, different for each place", () => {
    const chunk = saying([{ functionCall: { name: "f" } }, { functionCall: { name: "f" } }], { finishReason: "STOP" });
    const ids = () => readAll(chunk).flatMap((event) => (event.type === "call-start" ? [event.callId] : []));
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(2);
    expect(ids()[0]).toMatch(/^gemini_[0-9a-f]{20}$/);
    const again = written([...readAll(chunk), { type: "answer-end" }]);
    expect(JSON.stringify(again)).not.toContain("gemini_");
  });

  test("arguments that come value by value are put together, whatever their names", () => {
    const partial = (...partialArgs: unknown[]) => saying([{ functionCall: { partialArgs, willContinue: true } }]);
    const events = readAll(
      saying([{ functionCall: { name: "f", willContinue: true } }]),
      partial({ jsonPath: "$.a[0].b", stringValue: "x", willContinue: true }, { jsonPath: "$.a[0].b", stringValue: "y" }),
      partial({ jsonPath: "$['odd name']", boolValue: false }, { jsonPath: "$.__proto__.polluted", numberValue: 1 }),
      partial({ jsonPath: "$.nothing", nullValue: "NULL_VALUE" }),
      saying([{ functionCall: {} }]),
      saying([{ functionCall: { name: "g", partialArgs: [{ jsonPath: "$.n", numberValue: 2 }] } }], { finishReason: "STOP" }),
    );
    const calls = collect(events).choices[0]?.items.flatMap((item) => (item.type === "call" ? [item.arguments] : []));
    expect(calls).toEqual(['{"a":[{"b":"xy"}],"odd name":false,"__proto__":{"polluted":1},"nothing":null}', '{"n":2}']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(() => readAll(saying([{ functionCall: { name: "f", partialArgs: [{ jsonPath: "$.a[999999999]", numberValue: 1 }] } }]))).toThrow(
      Fault,
    );
  });

  test("an answer is whole when every candidate that began has finished, and not before", () => {
    const { reader, read } = reading("skim");
    expect(reader.ended()).toBe(false);
    read(saying([{ text: "A" }], { finishReason: "STOP" }, 1), saying([{ text: "B" }]));
    expect(reader.ended()).toBe(false);
    const piece = read(saying([], { finishReason: "MAX_TOKENS" }));
    expect(piece.events).toEqual([{ type: "choice-finish", choice: 0, finish: { reason: "length", native: "MAX_TOKENS" } }]);
    expect([reader.ended(), piece.last, piece.visible]).toEqual([true, false, true]);
  });

  test("older models end with every chunk: what is said behind an end is closed too, and a new ending counts", () => {
    const stop = { finishReason: "STOP" };
    const said = readAll(saying([{ text: "A" }], stop), saying([{ text: "B" }], stop), saying([{ text: "C" }], stop));
    expect(said.filter(({ type }) => type === "text-start").length).toBe(said.filter(({ type }) => type === "text-end").length);
    const { items, finish } = collect(said).choices[0] ?? { items: [] };
    expect(items.flatMap((item) => (item.type === "message" ? item.parts : []))).toMatchObject([
      { text: "A" },
      { text: "B" },
      { text: "C" },
    ]);
    expect(finish).toEqual({ reason: "stop", native: "STOP" });
    const called = readAll(saying([{ text: "A" }], stop), saying([{ functionCall: { name: "f" } }], stop));
    expect(collect(called).choices[0]?.finish?.reason).toBe("call");
  });

  test("an ending of tomorrow is no natural one; endings, tiers and choices come as numbers too", () => {
    const ending = (finishReason: unknown) => {
      const { finish } = collect(readAll(saying([{ text: "A" }], { finishReason } as Fields))).choices[0] ?? {};
      return finish?.reason;
    };
    expect([ending("A_REASON_OF_TOMORROW"), ending(7), ending(2), ending(1)]).toEqual(["filtered", "filtered", "length", "stop"]);
    const tiers = [1, 2, 99].map((trafficType) => {
      const events = readAll({ ...saying([]), usageMetadata: { promptTokenCount: 1, trafficType } });
      return events.flatMap((event) => (event.type === "usage-report" ? [event.usage.tier] : []))[0];
    });
    expect(tiers).toEqual(["standard", "provisioned", undefined]);
  });

  test("a blocked prompt is an answer that was filtered", () => {
    for (const depth of ["skim", "full"] as const) {
      const { reader, read } = reading(depth);
      const piece = read({ promptFeedback: { blockReason: "JAILBREAK" }, usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 } });
      const finishes = piece.events.filter((event) => event.type === "choice-finish");
      expect(finishes).toEqual([{ type: "choice-finish", choice: 0, finish: { reason: "filtered", native: "JAILBREAK" } }]);
      expect([reader.ended(), piece.visible]).toEqual([true, true]);
    }
    const filtered = readAll({ candidates: [{ finishReason: "SAFETY" }] });
    expect(written([...filtered, { type: "answer-end" }])).toMatchObject([{ candidates: [{ finishReason: "SAFETY" }] }]);
  });

  test("an error inside a stream ends it, in Google's words", () => {
    for (const depth of ["skim", "full"] as const) {
      const { reader, read } = reading(depth);
      const error = { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" };
      const { events, raw } = read(saying([{ text: "A" }]), { error }, saying([], { finishReason: "STOP" }));
      expect(events.at(-1)).toMatchObject({ type: "answer-error", told: true, fault: { code: "upstream_overloaded" } });
      expect([reader.ended(), raw?.length === 0]).toEqual([false, false]);
    }
  });

  test("a broken call is the provider's failure: told in its words, and unseen where nothing came before", () => {
    const { reader, read } = reading("skim");
    const piece = read(saying([{ functionCall: { name: "ghost" } }], { finishReason: "MALFORMED_FUNCTION_CALL" }));
    expect(piece.events).toMatchObject([{ type: "answer-error", told: "ending", fault: { code: "upstream_failed" } }]);
    expect([reader.ended(), piece.visible]).toEqual([false, false]);
  });

  test("bytes that cannot be read are the upstream's fault; what came before them is not lost", () => {
    expect(() => reading().reader.read(bytes("data: {oops\n\n"))).toThrow(Fault);
    expect(() => reading().reader.read(bytes("data: 1\n\n"))).toThrow(Fault);
    const { reader } = reading();
    const good = frame(saying([{ text: "A" }]));
    const piece = reader.read(bytes(`${good}data: {oops\n\n`));
    expect(piece.events.map((event) => event.type)).toContain("text-delta");
    expect(piece.events.at(-1)).toMatchObject({ type: "answer-error", fault: { code: "upstream_malformed" } });
    expect(new TextDecoder().decode(piece.raw)).toBe(good);
  });

  test("sources become annotations that count characters, though Google counts bytes", () => {
    const text = "Zürich is a city. It has lakes.";
    const start = Buffer.byteLength("Zürich is a city. ");
    const grounding = {
      groundingChunks: [{ web: { uri: "https://a.example", title: "A" } }, { web: { uri: "https://b.example", title: "B" } }],
      groundingSupports: [
        { segment: { startIndex: start, endIndex: Buffer.byteLength(text), text: "It has lakes." }, groundingChunkIndices: [0, 1] },
      ],
      webSearchQueries: ["zürich", "lakes"],
    };
    const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 };
    const last = { ...saying([{ text: "" }], { finishReason: "STOP", groundingMetadata: grounding }), usageMetadata };
    const answer = collect(readAll(saying([{ text: text.slice(0, 10) }]), saying([{ text: text.slice(10) }]), last));
    expect(answer.usage?.webSearches).toBe(2);
    const chat = openaiChat.writeAnswer(answer, context) as { choices: { message: { annotations: Fields[] } }[] };
    expect(chat.choices[0]?.message.annotations.map((annotation) => annotation.url_citation)).toEqual([
      { url: "https://a.example", title: "A", start_index: 18, end_index: 31 },
      { url: "https://b.example", title: "B", start_index: 18, end_index: 31 },
    ]);
    expect(gemini.writeAnswer(answer, context)).toMatchObject({ candidates: [{ groundingMetadata: grounding }] });
  });

  test("counts: the cache is part of the prompt, what tools put in and thoughts are not part of their totals", () => {
    const usageMetadata = {
      promptTokenCount: 100,
      toolUsePromptTokenCount: 20,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 30,
      totalTokenCount: 157,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 50 },
        { modality: "AUDIO", tokenCount: 40 },
        { modality: "IMAGE", tokenCount: 10 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 25 }],
      trafficType: "ON_DEMAND_PRIORITY",
    };
    const { usage } = gemini.readAnswer({ ...saying([], { finishReason: "STOP" }), usageMetadata });
    const counts = { inputUncached: 60, cacheRead: 60, output: 37, reasoning: 30, inputAudio: 40, inputImage: 10, cacheReadAudio: 25 };
    expect(usage).toEqual(usageOf({ ...counts, tier: "priority" }));
    const streamed = readAll({ ...saying([{ text: "A" }]), usageMetadata: { trafficType: "ON_DEMAND" } });
    expect(streamed.some((event) => event.type === "usage-report")).toBe(false);
  });
});

describe("writing a stream", () => {
  const begin: AnswerEvent = { type: "answer-start", id: "msg_1", model: "claude-x" };
  const place = { block: 0, choice: 0 };

  test("texts go as they come, calls whole, the end has the finish and the counts", () => {
    const chunks = written([
      begin,
      { type: "text-start", ...place },
      { type: "text-delta", ...place, text: "Hi" },
      { type: "text-end", ...place },
      { type: "call-start", block: 1, choice: 0, callId: "toolu_1", name: "f" },
      { type: "call-delta", block: 1, choice: 0, arguments: '{"a":' },
      { type: "call-delta", block: 1, choice: 0, arguments: "1}" },
      { type: "call-end", block: 1, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "call", native: "tool_use" } },
      { type: "usage-report", usage: usageOf({ inputUncached: 3, cacheRead: 2, cacheWrite5m: 1, output: 9, reasoning: 4 }) },
      { type: "answer-end" },
    ]);
    expect(chunks.map((chunk) => (chunk.candidates as Fields[])[0])).toEqual([
      { content: { parts: [{ text: "Hi" }], role: "model" }, index: 0 },
      { content: { parts: [{ functionCall: { id: "toolu_1", name: "f", args: { a: 1 } } }], role: "model" }, index: 0 },
      { content: { parts: [{ text: "" }], role: "model" }, finishReason: "STOP", index: 0 },
    ]);
    expect(chunks.at(-1)).toMatchObject({
      usageMetadata: {
        promptTokenCount: 6,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 4,
        totalTokenCount: 15,
      },
      modelVersion: "claude-x",
      responseId: "msg_1",
    });
  });

  test("thoughts of others are thought parts whose signature brings them home, in pieces or whole", () => {
    const sealed = { kind: "signature", value: "s.i+g=" } as const;
    const events: AnswerEvent[] = [
      begin,
      { type: "reasoning-start", ...place, dialect: "anthropic-messages", id: "a.b" },
      { type: "reasoning-delta", ...place, text: "Hm", form: "summary", paragraph: 0 },
      { type: "reasoning-delta", ...place, text: "m.", form: "summary", paragraph: 0 },
      { type: "reasoning-end", ...place, sealed },
      { type: "answer-end" },
    ];
    const parts = written(events).flatMap((chunk) => (chunk.candidates as { content: { parts?: Fields[] } }[])[0]?.content.parts ?? []);
    expect(parts.map((part) => part.text)).toEqual(["Hm", "m.", "", ""]);
    expect(String(parts[2]?.thoughtSignature)).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const whole = gemini.writeAnswer(collect(events), context) as { candidates: { content: { parts: Fields[] } }[] };
    expect(whole.candidates[0]?.content.parts).toEqual([{ text: "Hmm.", thought: true, thoughtSignature: parts[2]?.thoughtSignature }]);
  });

  test("arguments that are no object come wrapped, an empty answer is a candidate without parts", () => {
    const call = (args: string, custom?: true) =>
      ({ type: "call", callId: "c", name: "f", arguments: args, ...(custom && { custom }) }) as const;
    const items = [call(""), call("[1]"), call("{oops"), call('{"free":1}', true)];
    const answer = gemini.writeAnswer({ id: "", model: "", choices: [{ items }] }, context) as {
      candidates: { content: { parts: { functionCall: Fields }[] } }[];
    };
    expect(answer.candidates[0]?.content.parts.map((part) => part.functionCall.args)).toEqual([
      {},
      { _raw: "[1]" },
      { _raw: "{oops" },
      { _raw: '{"free":1}' },
    ]);
    expect(gemini.writeAnswer({ id: "", model: "", choices: [] }, context)).toEqual({
      candidates: [{ content: { role: "model" }, finishReason: "STOP", index: 0 }],
      modelVersion: "alias",
      responseId: "42",
    });
  });

  test("sources and likelihoods of another dialect's answer stand where Gemini's clients look for them", () => {
    const annotation = { dialect: "openai-chat", url: "https://a.example", title: "A", start: 3, end: 6, native: {} } as const;
    const logprobs = [{ token: "ü", logprob: -0.5, bytes: [195, 188], top_logprobs: [{ token: "u", logprob: -1, bytes: [117] }] }];
    const part = { type: "text", text: "ü: sea", annotations: [annotation], logprobs } as const;
    const items = [{ type: "message", role: "assistant", parts: [part] }] as const;
    expect(gemini.writeAnswer({ id: "r", model: "m", choices: [{ items }] }, context)).toMatchObject({
      candidates: [
        {
          groundingMetadata: {
            groundingChunks: [{ web: { uri: "https://a.example", title: "A" } }],
            groundingSupports: [{ segment: { startIndex: 4, endIndex: 7, text: "sea" }, groundingChunkIndices: [0] }],
          },
          logprobsResult: { chosenCandidates: [{ token: "ü", logProbability: -0.5 }], topCandidates: [{ candidates: [{ token: "u" }] }] },
        },
      ],
    });
  });

  test("a fault ends the stream as an error in Google's form, and nothing follows it", () => {
    const writer = gemini.writeStream(context);
    writer.write([begin]);
    const text = String(writer.fault(new Fault("upstream_incomplete")));
    expect(JSON.parse(text.slice("data: ".length))).toMatchObject({ error: { code: 502, status: "INTERNAL" } });
    expect(writer.write([{ type: "answer-end" }])).toBe("");
  });
});

describe("faults", () => {
  const refused = (code: number, status: string, message: string, details: readonly unknown[] = []) =>
    gemini.readFault({
      status: code,
      header: () => undefined,
      body: bytes(JSON.stringify({ error: { code, message, status, details } })),
    });
  const info = (reason: string) => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" });
  const quota = (quotaId: string) => ({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] });

  test("an upstream's refusal is told by its status, its code and its details", () => {
    const codes = [
      refused(400, "INVALID_ARGUMENT", "Invalid value at 'contents'"),
      refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [info("API_KEY_INVALID")]),
      refused(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
      refused(400, "FAILED_PRECONDITION", "Please enable billing on project 1."),
      refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
      refused(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers."),
      refused(404, "NOT_FOUND", "models/x is not found"),
      refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded", [quota("GenerateRequestsPerMinutePerProjectPerModel")]),
      refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded", [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")]),
      refused(499, "CANCELLED", "The operation was cancelled."),
      refused(500, "INTERNAL", "An internal error has occurred."),
      refused(503, "UNAVAILABLE", "The model is overloaded."),
      refused(504, "DEADLINE_EXCEEDED", "Deadline expired."),
    ].map((fault) => `${fault.code} ${fault.status}`);
    expect(codes).toEqual([
      "upstream_rejected 400",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_quota 503",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_rejected 404",
      "upstream_rate_limited 429",
      "upstream_quota 503",
      "upstream_failed 502",
      "upstream_failed 502",
      "upstream_overloaded 503",
      "upstream_timeout 504",
    ]);
    const long = refused(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8).");
    expect([long.nativeCode, long.nativeBody !== undefined]).toEqual(["context_length_exceeded", true]);
    const listed = gemini.readFault({
      status: 503,
      header: () => undefined,
      body: bytes('[{"error":{"code":503,"status":"UNAVAILABLE"}}]'),
    });
    expect(listed.code).toBe("upstream_overloaded");
    expect(gemini.readFault({ status: 502, header: () => undefined, body: bytes("<html>") }).code).toBe("upstream_failed");
  });

  test("a header's wait counts more than the body's", () => {
    const body = bytes('{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}');
    const wait = (headers: Record<string, string>) => gemini.readFault({ status: 429, header: (name) => headers[name], body }).retryAfterMs;
    expect([wait({}), wait({ "retry-after": "3" })]).toEqual([34_400, 3000]);
  });

  test("callers read Google's own codes, and our credential refused is never theirs", () => {
    const codes = [
      "request_malformed",
      "credentials_missing",
      "policy_denied",
      "model_unknown",
      "rate_limited",
      "upstream_overloaded",
    ] as const;
    const told = codes.map((code) => {
      const { status, body } = gemini.writeFault(new Fault(code), "req_42");
      return `${status} ${(body as { error: { status: string } }).error.status}`;
    });
    expect(told).toEqual([
      "400 INVALID_ARGUMENT",
      "401 UNAUTHENTICATED",
      "403 PERMISSION_DENIED",
      "404 NOT_FOUND",
      "429 RESOURCE_EXHAUSTED",
      "503 UNAVAILABLE",
    ]);
    const ours = gemini.writeFault(refused(401, "UNAUTHENTICATED", "secret words"), "r");
    expect([ours.status, JSON.stringify(ours.body).includes("secret")]).toEqual([502, false]);
    const wait = gemini.writeFault(new Fault("rate_limited", { retryAfterMs: 1500 }), "req_42").body;
    expect(JSON.stringify(wait)).toContain('"retryDelay":"1.5s"');
    expect(gemini.readFault({ status: 429, header: () => undefined, body: bytes(JSON.stringify(wait)) }).retryAfterMs).toBe(1500);
  });
});
