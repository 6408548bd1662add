import { describe, expect, test } from "bun:test";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { type AnswerEvent, type Fault, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { collect } from "../conversation/collect.ts";
import { play } from "../conversation/play.ts";
import { JsonLineCutter } from "../framing/json-lines.ts";
import { ollamaChat } from "../ollama-chat/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { ollamaGenerate } from "./index.ts";

const folder = transcriptsFolder();
const recorded = (folder === undefined ? [] : loadTranscripts(folder).exchanges).filter((one) => one.path === "/api/generate");
console.info(
  folder === undefined
    ? "SKIPPED: 0 recordings of /api/generate, because the data folder is not there"
    : `/api/generate: ${recorded.length} recorded streams with their requests`,
);

const streams = recorded.map((one) => ({ name: one.id, one, body: new TextDecoder().decode(one.answer?.body) }));
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);
const target = { provider: "any", model: "m" };
const context = (request: Partial<ModelRequest> = {}) => ({
  request: { dialect: "ollama-chat", model: "m", items: [], stream: true, ...request } as ModelRequest,
  requestId: "req_1",
  createdAt: 1,
});

interface Line {
  readonly response: string;
  readonly done: boolean;
  readonly created_at: string;
  readonly context?: number[];
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
}

function linesOf(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function readAll(body: string, depth: "skim" | "full", size: number) {
  const reader = ollamaGenerate.readStream({ depth, stripUsage: false });
  const cutter = new JsonLineCutter();
  const bytes = new TextEncoder().encode(body);
  const events: AnswerEvent[] = [];
  let raw = "";
  for (let at = 0; at < bytes.length; at += size) {
    const run = cutter.push(bytes.subarray(at, at + size));
    if (run.length === 0) continue;
    const piece = reader.read(run);
    events.push(...piece.events);
    raw += new TextDecoder().decode(piece.raw);
  }
  return { events, raw, ended: reader.ended() };
}

const textOf = (events: readonly AnswerEvent[]) => events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

describe("recorded lines of /api/generate", () => {
  test.each(streams)("$name pass as they came, and are counted, at both depths and however they are sliced", ({ body }) => {
    const lines = linesOf(body);
    for (const size of [5, 1 << 20]) {
      const full = readAll(body, "full", size);
      expect([full.raw, full.ended, textOf(full.events)]).toEqual([body, true, lines.map(({ response }) => response).join("")]);
      const { usage } = collect(full.events);
      const last = lines.at(-1);
      expect([usage?.inputUncached ?? 0, usage?.output ?? 0]).toEqual([last?.prompt_eval_count ?? 0, last?.eval_count ?? 0]);
      const skim = readAll(body, "skim", size);
      expect(skim).toEqual({ ...full, events: full.events.filter(({ type }) => meterEvents.has(type)) });
    }
    expect(readAll(body.split("\n").slice(0, -3).join("\n"), "full", 64).ended).toBe(false);
  });

  test.each(streams)("$name are written again line for line, but for the moment and the tokens of the context", ({ body }) => {
    const { events } = readAll(body, "full", 1 << 20);
    const writer = ollamaGenerate.writeStream(context());
    const plain = (text: string) => linesOf(text).map(({ created_at: _at, context: _context, ...line }) => line);
    const written = events.map((event) => writer.write([event])).join("");
    const unmeasured = { total_duration: 0, load_duration: 0, prompt_eval_duration: 0, eval_duration: 0 };
    const counted = (line: object) => ({ ...unmeasured, prompt_eval_count: 0, eval_count: 0, ...line });
    const whole = (lines: ReturnType<typeof plain>) => lines.map((line) => (line.done ? counted(line) : line));
    expect(whole(plain(written))).toEqual(whole(plain(body)));
  });

  test.each(streams)("$name: the request asks a chat for the same", ({ one }) => {
    const { request, written } = asChat(one.requestJson!);
    const { prompt, model } = one.requestJson as { prompt: string; model: string };
    expect([request.model, request.stream]).toEqual([model, true]);
    expect(written).toEqual({ model: "m", messages: [{ role: "user", content: prompt }], stream: true });
  });
});

function asChat(members: object): { request: ModelRequest; written: Record<string, unknown> } {
  const request = read(members);
  const losses = new Losses();
  const written = ollamaChat.writeRequest(request, target, losses);
  expect(losses.list).toEqual([]);
  return { request, written };
}

function read(members: object): ModelRequest {
  const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", ...members })));
  return ollamaGenerate.readRequest(body, { header: () => undefined });
}

const image = "iVBORw0KGgoAAAANSUhEUg==";

describe("a prompt", () => {
  test("with everything that a chat has too goes to an Ollama chat with nothing lost", () => {
    const members = {
      prompt: "What is it?",
      system: "Be brief.",
      images: [image],
      format: { type: "object" },
      think: true,
      stream: false,
      keep_alive: "5m",
      options: { num_predict: 5, temperature: 0, num_ctx: 4096, stop: ["."] },
    };
    expect(asChat(members).written).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "What is it?", images: [image] },
      ],
      format: { type: "object" },
      think: true,
      stream: false,
      keep_alive: "5m",
      options: { num_predict: 5, temperature: 0, stop: ["."], num_ctx: 4096 },
    });
    expect(asChat({ suffix: "", template: "", raw: false, context: [], prompt: "" }).written.messages).toEqual([]);
  });

  test("goes to other dialects too, and what they lack is told", () => {
    const request = read({ prompt: "Hi", system: "Be brief.", keep_alive: 0, options: { num_predict: 9, num_ctx: 4096 } });
    const losses = new Losses();
    expect(openaiChat.writeRequest(request, target, losses)).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
      max_completion_tokens: 9,
    });
    expect(losses.list.map(({ path }) => path).toSorted()).toEqual(["keep_alive", "options.num_ctx"]);
    expect(anthropicMessages.writeRequest(request, target, new Losses())).toMatchObject({ system: "Be brief.", max_tokens: 9 });
  });

  test.each(["suffix", "template", "raw", "context"])("that needs the runtime itself is refused by the name of %s", (name) => {
    const value = { suffix: "end", template: "{{ .Prompt }}", raw: true, context: [1, 2] }[name];
    const thrown = caught(() => read({ prompt: "a", [name]: value }));
    expect([thrown?.code, thrown?.param]).toEqual(["request_unsupported", name]);
  });

  test.each([
    ["prompt", { prompt: 3 }],
    ["images", { prompt: "a", images: "no list" }],
    ["raw", { prompt: "a", raw: "yes" }],
    ["options.num_predict", { prompt: "a", options: { num_predict: "five" } }],
  ])("that says nothing right about %s is malformed", (param, members) => {
    const thrown = caught(() => read(members));
    expect([thrown?.code, thrown?.param]).toEqual(["request_malformed", param]);
  });
});

function caught(act: () => unknown): Fault | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

describe("the answer of another dialect", () => {
  const answer = openaiChat.readAnswer({
    id: "chatcmpl-1",
    created: 7,
    model: "gpt",
    choices: [{ index: 0, message: { role: "assistant", content: "Well.", reasoning_content: "hm" }, finish_reason: "length" }],
    usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
  });
  const said = { model: "gpt", created_at: "1970-01-01T00:00:07.000Z" };
  const counts = { total_duration: 0, load_duration: 0, prompt_eval_count: 3, prompt_eval_duration: 0, eval_count: 5, eval_duration: 0 };

  test("is whole without a message around it", () => {
    expect(ollamaGenerate.writeAnswer(answer, context())).toEqual({
      ...said,
      response: "Well.",
      thinking: "hm",
      done: true,
      done_reason: "length",
      ...counts,
    });
  });

  test("streams as lines", () => {
    expect(linesOf(String(ollamaGenerate.writeStream(context()).write(play(answer))))).toEqual([
      { ...said, response: "", thinking: "hm", done: false },
      { ...said, response: "Well.", done: false },
      { ...said, response: "", done: true, done_reason: "length", ...counts },
    ] as unknown as Line[]);
  });
});
