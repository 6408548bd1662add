import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { usageOf } from "../../src/exchange/index.ts";
import { cannedAnswer } from "./canned.ts";
import { conversationDialects, isConversation, parseJson } from "./exchange.ts";
import { fieldsIn, partsOf } from "./files/form-parts.ts";
import { readFile } from "./files/read-file.ts";
import { loadFixtures, loadTranscripts, transcriptsFolder } from "./load.ts";
import { framesOf } from "./readers/frames.ts";
import { mediaMeterDifference } from "./readers/media.ts";
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

  test("exchanges that were written down among remarks are found", () => {
    const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const read = (file: string, value: unknown) =>
      readFile(file, encoded(value), "recorded").map(({ url, request, answer }) => [
        url,
        parseJson(new TextDecoder().decode(request?.body)),
        answer?.status,
        parseJson(new TextDecoder().decode(answer?.body)),
      ]);
    const [asked, said, wrong] = [{ model: "m" }, { id: "a" }, { error: { message: "No." } }];
    const record = { request: { url: "https://e.com/v1", body: asked }, response: { status: 200, body: said } };
    const remarked = ["https://e.com/v1", asked, 200, said];
    expect(read("one.json", { remark: "x", ...record })).toEqual([remarked]);
    expect(read("many.json", { remark: "x", calls: [record, record] })).toEqual([remarked, remarked]);
    expect(read("named.json", { low: { status: 200, body: said }, high: { status: 400, body: wrong } })).toEqual([
      ["", undefined, 200, said],
      ["", undefined, 400, wrong],
    ]);
    expect(read("errors.json", { model: "m", first: wrong, second: wrong })).toEqual(Array(2).fill(["", undefined, 400, wrong]));
    expect(read("answer.json", said)).toEqual([["", undefined, 200, said]]);
    expect(read("error.json", wrong)).toEqual([["", undefined, 400, wrong]]);
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

  test("a body is found in whatever form its recorder wrote it", () => {
    const cassette = (request: string, response: string, status: string) =>
      `interactions:\n- request:\n    method: POST\n    uri: https://api.example.com/v1/chat/completions\n    ${request}\n  response:\n    status: ${status}\n    headers: {}\n    ${response}\n`;
    const forms = [
      cassette(`body: '{"model":"m"}'`, `body: {string: '{"id":"a"}'}`, "{code: 200}"),
      cassette("parsed_body: {model: m}", "parsed_body: {id: a}", "{code: 200}"),
      cassette("body: {type: json, content: {model: m}}", "body: {type: json, content: {id: a}}", "200"),
      cassette("body: {model: m}", `body: {type: text, content: '{"id":"a"}'}`, "200"),
      cassette(`body: {type: base64, content: ${btoa('{"model":"m"}')}}`, "body: {}", "{code: 200}"),
    ];
    const plain = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString();
    for (const text of forms.slice(0, 4)) {
      const [exchange] = readFile("one.yaml", new TextEncoder().encode(text), "recorded");
      expect([plain(exchange?.request?.body), plain(exchange?.answer?.body)]).toEqual(['{"model":"m"}', '{"id":"a"}']);
    }
    const shallow = cassette(
      `body: '{"model":\n    "it''s"}'\n    a: 1`,
      `body:\n      string: "{\\"id\\":\n      \\"a\\"}"`,
      "{code: 200}",
    );
    const [folded] = readFile("one.yaml", new TextEncoder().encode(shallow), "recorded");
    expect([plain(folded?.request?.body), plain(folded?.answer?.body)]).toEqual([`{"model": "it's"}`, '{"id": "a"}']);
    const [packed] = readFile("one.yaml", new TextEncoder().encode(forms[4]), "recorded");
    expect(plain(packed?.request?.body)).toBe('{"model":"m"}');
    const none = cassette("body: {type: none}", "body: {type: none}", "204");
    const [bare] = readFile("one.yaml", new TextEncoder().encode(none), "recorded");
    expect([bare?.request, plain(bare?.answer?.body)]).toEqual([undefined, ""]);
    const [alone] = readFile("one.chunks.txt", new TextEncoder().encode('{"type":"error","error":{"message":"x"}}\n'), "fixture-response");
    expect(plain(alone?.answer?.body)).toBe('event: error\ndata: {"type":"error","error":{"message":"x"}}\n\n');
    const [late] = readFile("one.json", new TextEncoder().encode("\ndata: {}\n\n"), "fixture-response");
    expect(late?.answer?.headers["content-type"]).toBe("text/event-stream");
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

  test("the reader of forms hears fields and files, and knows a form that its recorder spoilt", () => {
    const head = 'Content-Disposition: form-data; name="';
    const form = `--b\r\n${head}model"\r\n\r\nscribe\r\n--b\r\n${head}file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRI\r\nFF\r\n--b--\r\n`;
    const parts = partsOf("multipart/form-data; boundary=b", Buffer.from(form)) ?? [];
    expect(fieldsIn(parts)).toEqual({ model: "scribe" });
    expect(parts[1]).toEqual({ name: "file", file: "a.wav", type: "audio/wav", bytes: Buffer.from("RI\r\nFF") });
    expect(partsOf("multipart/form-data; boundary=b", Buffer.from("a form of 200 bytes"))).toBeUndefined();
  });

  test("pictures and seconds that are metered wrong are told", () => {
    const said = (json: object) => ({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(json)) });
    const two = said({ data: [{ url: "https://a" }, { url: "https://b" }] });
    expect(mediaMeterDifference("openai-images", usageOf({ units: { image: 2 } }), two)).toBeUndefined();
    expect(mediaMeterDifference("openai-images", usageOf({ units: { image: 1 } }), two)).toBe("metered 1 of image instead of 2");
    const heard = said({ text: "Hi.", duration: 2.5 });
    expect(mediaMeterDifference("openai-transcriptions", usageOf({ units: { audioSecond: 2 } }), heard)).toBeString();
    const counted = said({ data: [], usage: { input_tokens: 3, output_tokens: 9 } });
    expect(mediaMeterDifference("openai-images", usageOf({ inputUncached: 3, output: 8 }), counted)).toBe("metered 3/8 instead of 3/9");
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
