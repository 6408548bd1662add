import { describe, expect, test } from "bun:test";
import { readMessages } from "../../../test/transcripts/readers/aws-messages.ts";
import { Fault, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { bedrockConverse } from "../bedrock-converse/index.ts";
import { eventStreamMessage } from "../framing/aws-event-stream.ts";
import { invokeChunk } from "../framing/bedrock-invoke-frames.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { bedrockInvoke } from "./index.ts";

const bodyOf = (members: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(members)));
const read = (members: object, stream = false) =>
  bedrockInvoke.readRequest(bodyOf(members), { header: () => undefined, model: "m", stream });
const target = { provider: "any", model: "m" };

const claude = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 9,
  system: "Be brief.",
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  top_k: 3,
};

describe("a body of InvokeModel", () => {
  test("in Claude's form is one of Messages, but for the version and the betas", () => {
    const { anthropic_version: _version, ...messages } = claude;
    const losses = new Losses();
    const request = read({ ...claude, anthropic_beta: ["computer-use-2025-01-24"] }, true);
    expect(anthropicMessages.writeRequest(request, target, losses)).toEqual({ model: "m", stream: true, ...messages });
    expect(losses.list).toEqual([{ code: "field_dropped", path: "anthropic_beta", class: "Q", action: "dropped" }]);
    expect(openaiChat.writeRequest(read(claude), target, new Losses())).toMatchObject({ model: "m", max_completion_tokens: 9 });
  });

  test("has its tier and its notes from the headers, where Bedrock's clients write them", () => {
    const headers: Readonly<Record<string, string>> = {
      "x-amzn-bedrock-service-tier": "flex",
      "x-amzn-bedrock-request-metadata": '{"team":"blue","n":1}',
    };
    const beside = (json?: string) => (name: string) => (name in headers ? (json ?? headers[name]) : undefined);
    const read = (json?: string) => bedrockInvoke.readRequest(bodyOf(claude), { header: beside(json), model: "m", stream: false });
    expect(read()).toMatchObject({ serviceTier: "flex", metadata: { team: "blue" } });
    expect(read("{broken").metadata).toBeUndefined();
  });

  test("in Nova's form is one of Converse, with the old names of its sampling too", () => {
    const messages = [{ role: "user", content: [{ text: "Hi" }] }];
    const inferenceConfig = { max_new_tokens: 9, temperature: 0, top_p: 0.5, topK: 20, stopSequences: ["."] };
    const written = bedrockConverse.writeRequest(
      read({ schemaVersion: "messages-v1", messages, inferenceConfig }),
      { ...target, model: "amazon.nova-lite-v1:0" },
      new Losses(),
    );
    expect(written).toEqual({
      messages,
      inferenceConfig: { maxTokens: 9, temperature: 0, topP: 0.5, stopSequences: ["."] },
      additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
    });
    expect(read({ messages }).dialect).toBe("bedrock-converse");
  });

  test("in the form of open models is one of Chat Completions", () => {
    const members = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], reasoning_effort: "low" };
    expect(openaiChat.writeRequest(read(members), target, new Losses())).toMatchObject({ model: "m", reasoning_effort: "low" });
  });

  test.each([{ inputText: "Hi" }, { prompt: "Hi", max_gen_len: 9 }, { texts: ["a"], input_type: "search_query" }])(
    "in another form goes to Bedrock only: %j",
    (members) => {
      bedrockInvoke.checkRequest(bodyOf(members));
      expect(() => read(members)).toThrow(
        expect.objectContaining({ code: "request_unsupported", param: Object.keys(members)[0] as string }),
      );
    },
  );
});

describe("a stream of InvokeModel", () => {
  const context = (request: ModelRequest) => ({ request, requestId: "req_1", createdAt: 1 });

  test("is broken off with AWS's exception", () => {
    const writer = bedrockInvoke.writeStream(context(read(claude, true)));
    const [frame] = readMessages(writer.fault(new Fault("upstream_overloaded")) as Uint8Array);
    expect(frame?.event).toBe("exception:serviceUnavailableException");
  });

  test("that is broken off by AWS is an error, in AWS's own bytes", () => {
    const headers = { ":exception-type": "throttlingException", ":content-type": "application/json", ":message-type": "exception" };
    const start = { type: "message_start", message: { id: "msg_1", role: "assistant", content: [], usage: { input_tokens: 3 } } };
    const bytes = Buffer.concat([invokeChunk(JSON.stringify(start)), eventStreamMessage(headers, Buffer.from('{"message":"slow"}'))]);
    const reader = bedrockInvoke.readStream({ depth: "skim", stripUsage: false });
    const { raw, events } = reader.read(bytes);
    expect(raw).toBe(bytes);
    expect(events.at(-1)).toMatchObject({ type: "answer-error", told: true, fault: { code: "upstream_rate_limited" } });
    expect(reader.ended()).toBe(false);
  });

  test("of an open model ends with Bedrock's counts, though no mark of its own comes", () => {
    const chunk = (choices: object[], more = {}) => ({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "gpt-oss",
      choices,
      ...more,
    });
    const metrics = { "amazon-bedrock-invocationMetrics": { inputTokenCount: 5, outputTokenCount: 2 } };
    const events = [
      chunk([{ index: 0, delta: { role: "assistant", content: "Hi" } }]),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }], metrics),
    ];
    for (const depth of ["skim", "full"] as const) {
      const reader = bedrockInvoke.readStream({ depth, stripUsage: false });
      const piece = reader.read(Buffer.concat(events.map((event) => invokeChunk(JSON.stringify(event)))));
      const told = piece.events.filter(({ type }) => type === "usage-report" || type === "choice-finish" || type === "answer-end");
      expect(told.map(({ type }) => type)).toEqual(["choice-finish", "usage-report", "answer-end"]);
      expect(told[1]).toMatchObject({ usage: { inputUncached: 5, output: 2 } });
      expect([piece.last, reader.ended()]).toEqual([true, true]);
    }
  });
});
