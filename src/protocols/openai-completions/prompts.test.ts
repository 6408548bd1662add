import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { play } from "../conversation/play.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiCompletions } from "./index.ts";

const bodyOf = (members: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", ...members })));
const read = (members: object) => openaiCompletions.readRequest(bodyOf(members), { header: () => undefined });
const asked = (request: ModelRequest) => openaiChat.writeRequest(request, { provider: "any", model: "m" }, new Losses());
const context = (request: ModelRequest) => ({ request, requestId: "req_1", createdAt: 1 });

function refused(members: object): Fault | undefined {
  try {
    read(members);
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

describe("a prompt", () => {
  test("is what a user says in a chat, with everything else as it was", () => {
    const body = { prompt: ["Once"], max_tokens: 5, temperature: 0, n: 2, stop: ["."], logprobs: 3, seed: 4, user: "u", min_p: 0.5 };
    expect(asked(read(body))).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Once" }],
      max_completion_tokens: 5,
      temperature: 0,
      n: 2,
      stop: ["."],
      seed: 4,
      logprobs: true,
      top_logprobs: 3,
      user: "u",
      min_p: 0.5,
    });
    expect(asked(read({ prompt: "", best_of: 1, suffix: "", echo: false, logprobs: null }))).toEqual({
      model: "m",
      messages: [{ role: "user", content: "" }],
    });
  });

  test.each([
    ["prompt", { prompt: ["one", "two"] }],
    ["prompt", { prompt: [1, 2, 3] }],
    ["prompt", { prompt: [[1, 2, 3]] }],
    ["suffix", { prompt: "def f():", suffix: "return x" }],
    ["best_of", { prompt: "a", best_of: 3, n: 2 }],
    ["echo", { prompt: "a", echo: true, logprobs: 0 }],
  ])("that no chat can answer is refused by the name of %s: %j", (param, members) => {
    const fault = refused(members);
    expect([fault?.code, fault?.param]).toEqual(["request_unsupported", param]);
    expect(() => openaiCompletions.checkRequest(bodyOf(members))).not.toThrow();
  });

  test.each([
    ["model", { prompt: "a", model: 3 }],
    ["prompt", {}],
    ["prompt", { prompt: 3 }],
    ["logprobs", { prompt: "a", logprobs: true }],
    ["best_of", { prompt: "a", best_of: 0 }],
    ["echo", { prompt: "a", echo: "yes" }],
    ["n", { prompt: "a", n: 0 }],
    ["temperature", { prompt: "a", temperature: "hot" }],
  ])("that says nothing right about %s is malformed: %j", (param, members) => {
    const fault = refused(members);
    expect([fault instanceof Fault, fault?.code, fault?.param]).toEqual([true, "request_malformed", param]);
  });

  test("is no form for a conversation", () => {
    const write = () => openaiCompletions.writeRequest(read({ prompt: "a" }), { provider: "any", model: "m" }, new Losses());
    expect(write).toThrow(expect.objectContaining({ code: "request_unsupported" }));
  });
});

const token = (text: string, logprob: number) => ({ token: text, logprob, bytes: null, top_logprobs: [{ token: text, logprob }] });
const chat = openaiChat.readAnswer({
  id: "chatcmpl-9",
  object: "chat.completion",
  created: 7,
  model: "gpt",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "a tïme", reasoning_content: "hm" },
      logprobs: { content: [token("a", -1), token(" tïme", -2)] },
      finish_reason: "length",
    },
    { index: 1, message: { role: "assistant", content: null, refusal: "No." }, finish_reason: "stop" },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
});

describe("a chat's answer", () => {
  test("is a completion, its tokens counted from the prompt's start", () => {
    expect(openaiCompletions.writeAnswer(chat, context(read({ prompt: "Once" })))).toMatchObject({
      id: "cmpl-1",
      object: "text_completion",
      created: 7,
      model: "gpt",
      choices: [
        {
          text: "a tïme",
          index: 0,
          logprobs: {
            tokens: ["a", " tïme"],
            token_logprobs: [-1, -2],
            top_logprobs: [{ a: -1 }, { " tïme": -2 }],
            text_offset: [4, 5],
          },
          finish_reason: "length",
        },
        { text: "No.", index: 1, logprobs: null, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    });
  });

  test("stands behind the prompt where the caller wants to read that again", () => {
    const written = openaiCompletions.writeAnswer(chat, context(read({ prompt: "Once ", echo: true })));
    expect((written as { choices: { text: string }[] }).choices.map(({ text }) => text)).toEqual(["Once a tïme", "Once No."]);
  });

  test("streams as it stands whole, piece by piece or at once", () => {
    const request = read({ prompt: "Once ", echo: true, stream: true, stream_options: { include_usage: true } });
    const whole = openaiCompletions.writeAnswer(chat, context(request)) as unknown as Completion;
    const events = play(chat);
    for (const size of [1, events.length]) {
      const chunks = streamed(events, request, size);
      for (const [index, choice] of whole.choices.entries()) {
        const own = chunks.flatMap(({ choices }) => choices.filter((one) => one.index === index));
        expect(own.map(({ text }) => text).join("")).toBe(choice.text);
        expect(own.map(({ finish_reason }) => finish_reason).filter((word) => word !== null)).toEqual([choice.finish_reason as string]);
        expect(own.find(({ logprobs }) => logprobs !== null)?.logprobs ?? null).toEqual(choice.logprobs as object);
      }
      expect(new Set(chunks.map(({ id, object, created, model }) => `${id} ${object} ${created} ${model}`))).toEqual(
        new Set(["cmpl-1 text_completion 7 gpt"]),
      );
      expect(chunks.map(({ usage }) => usage).filter((usage) => usage !== null)).toEqual([whole.usage as object]);
      expect(chunks.at(-1)?.choices).toEqual([]);
    }
  });
});

interface Completion {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly { text: string; index: number; logprobs: unknown; finish_reason: string | null }[];
  readonly usage: object | null;
}

function streamed(events: readonly AnswerEvent[], request: ModelRequest, size: number): Completion[] {
  const writer = openaiCompletions.writeStream(context(request));
  let text = "";
  for (let at = 0; at < events.length; at += size) text += writer.write(events.slice(at, at + size));
  const frames = text.split("\n\n");
  expect(frames.slice(-2)).toEqual(["data: [DONE]", ""]);
  return frames.slice(0, -2).map((frame) => JSON.parse(frame.slice(6)));
}
