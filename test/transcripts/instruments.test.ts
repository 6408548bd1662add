import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cannedAnswer } from "./canned.ts";
import { conversationDialects, isConversation } from "./exchange.ts";
import { loadFixtures, loadTranscripts, transcriptsFolder } from "./load.ts";
import { framesOf } from "./readers/frames.ts";
import { tell } from "./readers/tell.ts";
import { missingFrom, wantedOf } from "./readers/wanted.ts";
import { streamFlaw } from "./readers/well-formed.ts";
import { openReplayUpstream, slices } from "./replay-upstream.ts";

const fixtures = loadFixtures().exchanges;

function told(file: string) {
  const exchange = fixtures.find((entry) => entry.file === file);
  if (exchange?.answer === undefined || !isConversation(exchange.dialect)) throw new Error(`no fixture ${file}`);
  return tell(exchange.dialect, exchange.mode === "stream" ? "stream" : "whole", exchange.answer.body);
}

describe("the bench's own instruments", () => {
  test("every file of the index is read, or listed with its reason", () => {
    const folder = transcriptsFolder();
    if (folder === undefined) return;
    const { exchanges, unreadable } = loadTranscripts(folder);
    const files = readFileSync(join(folder, "INDEX.jsonl"), "utf8").trim().split("\n").length;
    expect(new Set([...exchanges.map((exchange) => exchange.file), ...unreadable.map((entry) => entry.file)]).size).toBe(files);
    expect(unreadable.every((entry) => entry.reason !== "")).toBe(true);
  });

  test("the readers hear what the fixtures say", () => {
    expect(told("openai-chat/stream.json")).toMatchObject({
      text: "jeden, dwa, trzy 🦊",
      ending: "stop",
      whole: true,
      usage: { input: 13, cacheRead: 0, output: 8 },
    });
    expect(told("openai-responses/stream.json")).toMatchObject({ text: "Uno, dos — ¡tres!", ending: "stop", whole: true });
    expect(told("anthropic-messages/stream.json")).toMatchObject({
      text: "いち、に、さん",
      ending: "stop",
      usage: { input: 14, cacheRead: 0, output: 12 },
    });
    const weather = (city: string, unit?: string) => ({
      name: "get_weather",
      arguments: unit === undefined ? `{"city":"${city}"}` : `{"city":"${city}","unit":"${unit}"}`,
    });
    expect(told("openai-chat/tools-stream.json")).toMatchObject({ ending: "call", calls: [weather("Oslo"), weather("Łódź", "celsius")] });
    expect(told("openai-responses/tools-stream.json")).toMatchObject({
      ending: "call",
      calls: [weather("Quito"), weather("São Paulo", "celsius")],
    });
    expect(told("anthropic-messages/tools-stream.json")).toMatchObject({
      text: "Let me look.",
      ending: "call",
      usage: { input: 338, cacheRead: 128, output: 74 },
    });
    expect(told("anthropic-messages/whole.json").usage).toEqual({ input: 36, cacheRead: 12, output: 17 });
  });

  test("a request compared with itself misses nothing, and with an empty one it misses all", () => {
    const folder = transcriptsFolder();
    const recorded = folder === undefined ? fixtures : loadTranscripts(folder).exchanges;
    for (const { dialect, requestJson, leftOut, id } of recorded) {
      if (requestJson === undefined || leftOut !== undefined || !isConversation(dialect)) continue;
      const wanted = wantedOf(dialect, requestJson);
      expect([id, ...missingFrom(wanted, requestJson, wanted)]).toEqual([id]);
      if (wanted.texts.length > 0) expect(missingFrom(wantedOf(dialect, {}), {}, wanted).length).toBeGreaterThan(0);
    }
  });

  test("a stream without one of its events is found to be flawed", () => {
    for (const { answer, dialect, mode, file } of fixtures) {
      if (mode !== "stream" || answer === undefined || !isConversation(dialect)) continue;
      const frames = framesOf(dialect, answer.body);
      if (tell(dialect, "stream", answer.body).error !== undefined) continue;
      expect([file, streamFlaw(dialect, frames)]).toEqual([file, undefined]);
      // Each chunk of Google's and of Ollama's is a beginning as good as any other.
      const begins = dialect !== "gemini-generate" && dialect !== "ollama-chat";
      if (begins) expect([file, streamFlaw(dialect, frames.slice(1))]).toEqual([file, expect.any(String)]);
      expect(streamFlaw(dialect, frames.slice(0, -1))).toBeString();
    }
  });

  test("the readers hear the canned answers of every dialect, whole and streamed", () => {
    for (const dialect of conversationDialects) {
      for (const stream of [false, true]) {
        const { body } = cannedAnswer(dialect, stream);
        const heard = tell(dialect, stream ? "stream" : "whole", body);
        const usage = { input: 3, cacheRead: 0, output: 1 };
        expect([dialect, heard]).toEqual([dialect, expect.objectContaining({ text: "OK", ending: "stop", whole: true, usage })]);
        if (!stream) continue;
        const frames = framesOf(dialect, body);
        expect([dialect, streamFlaw(dialect, frames)]).toEqual([dialect, undefined]);
        expect(streamFlaw(dialect, frames.slice(0, -1))).toBeString();
      }
    }
  });

  test("slices join to the body, whatever the slicing", () => {
    const body = new TextEncoder().encode('event: a\r\ndata: {"ü":1}\r\n\r\ndata: 🦊\n\ndata: rest');
    for (const slicing of [{ by: "frame" }, { by: "byte" }, { by: "seed", seed: 7 }, { by: "seed", seed: 8 }] as const) {
      expect(Buffer.concat([...slices(body, slicing)])).toEqual(Buffer.from(body));
    }
    expect([...slices(body, { by: "frame" })].length).toBe(3);
  });

  test("the replay upstream gives the recorded answer for a model and for a path, and keeps what came", async () => {
    const replay = await openReplayUpstream();
    try {
      const answer = {
        status: 429,
        headers: { "retry-after": "7", "content-encoding": "gzip" },
        body: new TextEncoder().encode('{"error":{}}'),
      };
      const id = replay.add({ dialect: "openai-chat", answer });
      const byModel = await fetch(`${replay.url}/v1/chat/completions`, { method: "POST", body: `{"model":"gpt@case-${id}"}` });
      expect([byModel.status, byModel.headers.get("retry-after"), await byModel.text()]).toEqual([429, "7", '{"error":{}}']);
      const byPath = await fetch(`${replay.url}/case/${id}/v1/chat/completions`, { method: "POST", body: '{"model":"gpt"}' });
      expect(byPath.status).toBe(429);
      expect(replay.arrivals(id).map((arrival) => arrival.json)).toEqual([{ model: `gpt@case-${id}` }, { model: "gpt" }]);
      const wrong = await fetch(`${replay.url}/v1/responses`, { method: "POST", body: `{"model":"gpt@case-${id}"}` });
      expect(wrong.status).toBe(418);
    } finally {
      await replay.close();
    }
  });
});
