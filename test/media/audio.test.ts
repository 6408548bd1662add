import { afterAll, describe, expect, test } from "bun:test";
import { formWith, type MediaBench, openMediaBench, upstreamKey, wav } from "./bench.ts";
import { formOf } from "./media-upstream.ts";

const bench: MediaBench = await openMediaBench(["openai", "groq"], {
  models: {
    scribe: "openai/whisper-1",
    relay: { targets: ["groq/whisper-large-v3", "openai/whisper-1"] },
  },
  prices: {
    "openai/whisper-1": { audioSecond: 0.0001 },
    "openai/tts-1": { character: 15 },
    "openai/gpt-4o-transcribe": { input: 2.5, output: 10 },
  },
  policies: [{ use: "deny-words", words: ["xylophone"] }],
  limits: { maxUploadBytes: 4_000_000 },
});
const { upstream } = bench;
afterAll(() => bench.close());

const speech = (seconds = 3) => new File([wav(seconds)], "speech.wav", { type: "audio/wav" });
const form = (fields: Record<string, string | readonly string[]>, file = speech()) => formWith(fields, { file });
const transcriptions = "/v1/audio/transcriptions";
const sse = { "content-type": "text/event-stream; charset=utf-8" };

describe("a transcription", () => {
  test("reaches the upstream with the same file and fields, its own model name and our credential", async () => {
    upstream.scripts.set("/audio/transcriptions", { chunks: ['{"text":"Hello.","usage":{"type":"duration","seconds":3}}'] });
    const fields = { model: "scribe", language: "en", "timestamp_granularities[]": ["word", "segment"] };
    const answer = await bench.ask(transcriptions, { body: form(fields) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe('{"text":"Hello.","usage":{"type":"duration","seconds":3}}');
    const asked = upstream.asked.at(-1)!;
    expect(asked.headers.authorization).toBe(`Bearer ${upstreamKey}`);
    expect(Number(asked.headers["content-length"])).toBe(asked.length);
    const got = await formOf(asked);
    expect(got.get("model")).toBe("whisper-1");
    expect(got.get("language")).toBe("en");
    expect(got.getAll("timestamp_granularities[]")).toEqual(["word", "segment"]);
    const file = got.get("file") as unknown as File;
    expect(file.name).toBe("speech.wav");
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(wav(3));
    const record = await bench.record(answer);
    expect(record).toMatchObject({ endpoint: "audio.transcriptions", outcome: "success", targetModel: "whisper-1" });
    expect(record.usage).toMatchObject({ source: "reported", units: { audioSecond: 3 } });
    expect(record.costNanos).toBe(300_000);
  });

  test("of a file larger than a megabyte arrives whole, and its temporary file has no name", async () => {
    upstream.scripts.set("/audio/transcriptions", { chunks: ['{"text":"Long."}'] });
    const answer = await bench.ask(transcriptions, { body: form({ model: "scribe" }, speech(200)) });
    expect(await answer.json()).toEqual({ text: "Long." });
    const { length, headers } = upstream.asked.at(-1)!;
    expect(length).toBe(Number(headers["content-length"]));
    expect(length).toBeGreaterThan(3_200_000);
    // Nobody told how long it was: the file does.
    expect((await bench.record(answer)).usage).toMatchObject({ source: "estimated", units: { audioSecond: 200 } });
  });

  test.each([
    ["text", "text/plain; charset=utf-8", "Hello there.\n", 3],
    ["srt", "text/plain; charset=utf-8", "1\n00:00:00,000 --> 00:00:02,500\nHello there.\n\n", 3],
    ["vtt", "text/vtt", "WEBVTT\n\n00:00.000 --> 01:01.200\nHello there.\n", 62],
    [
      "verbose_json",
      "application/json",
      '{"task":"transcribe","language":"english","duration":8.47,"text":"Hello there.","segments":[]}',
      9,
    ],
  ])("as %s passes as it came and is counted by what it tells", async (format, type, body, seconds) => {
    upstream.scripts.set("/audio/transcriptions", { headers: { "content-type": type }, chunks: [body] });
    const answer = await bench.ask(transcriptions, { body: form({ model: "scribe", response_format: format }) });
    expect(answer.headers.get("content-type")).toBe(type);
    expect(await answer.text()).toBe(body);
    expect((await bench.record(answer)).usage?.units?.audioSecond).toBe(seconds);
  });

  test("as a stream passes event by event, and its tokens are counted", async () => {
    const done = {
      type: "transcript.text.done",
      text: "Hello there.",
      usage: {
        type: "tokens",
        input_tokens: 14,
        input_token_details: { text_tokens: 0, audio_tokens: 14 },
        output_tokens: 45,
        total_tokens: 59,
      },
    };
    const events = [{ type: "transcript.text.delta", delta: "Hello" }, { type: "transcript.text.delta", delta: " there." }, done].map(
      (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    ); // prettier-ignore
    upstream.scripts.set("/audio/transcriptions", { headers: sse, chunks: events, pauseMs: 40 });
    const begun = performance.now();
    const answer = await bench.ask(transcriptions, { body: form({ model: "openai/gpt-4o-transcribe", stream: "true" }) });
    expect(performance.now() - begun).toBeLessThan(100);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(await answer.text()).toBe(events.join(""));
    expect(await bench.record(answer)).toMatchObject({
      outcome: "success",
      stream: true,
      usage: { source: "reported", inputUncached: 14, inputAudio: 14, output: 45 },
      costNanos: 485_000,
    });
  });

  test("as a stream that breaks off ends with an error in the stream, and not as whole", async () => {
    const chunks = ['event: transcript.text.delta\ndata: {"type":"transcript.text.delta","delta":"Hel"}\n\n'];
    upstream.scripts.set("/audio/transcriptions", { headers: sse, chunks, cut: true, pauseMs: 20 });
    const answer = await bench.ask(transcriptions, { body: form({ model: "scribe", stream: "true" }) });
    let text = "";
    const reading = (async () => {
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
    })();
    await expect(reading).rejects.toThrow();
    expect(text).toContain("Hel");
    expect(text).toContain('"type":"error"');
    expect(await bench.record(answer)).toMatchObject({ outcome: "failed", fault: "upstream_incomplete" });
  });

  test("goes on to the next target with the whole file again", async () => {
    let times = 0;
    upstream.scripts.set("/audio/transcriptions", () =>
      ++times === 1 ? { status: 503, chunks: ['{"error":{"message":"busy"}}'] } : { chunks: ['{"text":"Second."}'] },
    );
    const before = upstream.asked.length;
    const answer = await bench.ask(transcriptions, { body: form({ model: "relay" }, speech(100)) });
    expect(await answer.json()).toEqual({ text: "Second." });
    const [first, second] = upstream.asked.slice(before);
    expect(upstream.asked.length - before).toBe(2);
    expect([first!.length, second!.length].every((length) => length > 1_600_000)).toBe(true);
    expect(answer.headers.get("x-sluice-provider")).toBe("openai");
  });

  test("with a word that a policy does not let pass is refused, asked or answered", async () => {
    const asked = await bench.ask(transcriptions, { body: form({ model: "scribe", prompt: "A xylophone plays." }) });
    expect(asked.status).toBe(403);
    upstream.scripts.set("/audio/transcriptions", { chunks: ['{"text":"A xylophone."}'] });
    const answered = await bench.ask(transcriptions, { body: form({ model: "scribe" }) });
    expect([answered.status, await answered.json()]).toMatchObject([403, { error: { code: "policy_denied" } }]);
  });

  test.each([
    ["as JSON", "{}", { "content-type": "application/json" }, 400, "multipart/form-data"],
    ["without a boundary", "x", { "content-type": "multipart/form-data" }, 400, "boundary"],
    [
      "cut off",
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nscr',
      { "content-type": "multipart/form-data; boundary=b" },
      400,
      "breaks off",
    ],
    ["without a file", formWith({ model: "scribe" }), {}, 400, "file"],
    ["without a model", form({}), {}, 400, "model"],
    ["with two models", form({ model: ["scribe", "other"] }), {}, 400, "model"],
    ["with an empty file", form({ model: "scribe" }, new File([], "a.wav")), {}, 400, "not empty"],
    ["beyond the limit", form({ model: "scribe" }, speech(300)), {}, 413, "maxUploadBytes"],
    ["with an endless field", form({ model: "scribe", prompt: "x".repeat(1_100_000) }), {}, 413, "fields"],
  ] as const)("%s is refused by name, and nothing reaches the upstream", async (_what, body, headers, status, words) => {
    const before = upstream.asked.length;
    const answer = await bench.ask(transcriptions, { body: body as BodyInit, headers });
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: { message: string; type: string } };
    expect(error.message).toContain(words);
    expect(error.type).toBe("invalid_request_error");
    expect(upstream.asked.length).toBe(before);
  });

  test("whose upstream refuses our credential is a 502", async () => {
    upstream.scripts.set("/audio/transcriptions", {
      status: 401,
      chunks: [`{"error":{"message":"Incorrect API key provided: ${upstreamKey}"}}`],
    });
    const answer = await bench.ask(transcriptions, { body: form({ model: "scribe" }) });
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain(upstreamKey);
  });

  test("of a provider that refuses the file is told in the provider's words", async () => {
    const refusal = '{"error":{"message":"Invalid file format.","type":"invalid_request_error","param":null,"code":null}}';
    upstream.scripts.set("/audio/transcriptions", { status: 400, chunks: [refusal] });
    const answer = await bench.ask(transcriptions, { body: form({ model: "scribe" }) });
    expect([answer.status, await answer.text()]).toEqual([400, refusal]);
  });
});

test("a translation is one to the same upstream's own endpoint", async () => {
  upstream.scripts.set("/audio/translations", { chunks: ['{"text":"The sun rises."}'] });
  const answer = await bench.ask("/v1/audio/translations", { body: form({ model: "scribe" }) });
  expect(await answer.json()).toEqual({ text: "The sun rises." });
  expect(upstream.asked.at(-1)?.path).toBe("/audio/translations");
});

describe("speech", () => {
  const ask = (more: object = {}, signal?: AbortSignal) =>
    bench.ask("/v1/audio/speech", {
      body: JSON.stringify({ model: "openai/tts-1", input: "Hello.", voice: "alloy", ...more }),
      ...(signal && { signal }),
    });

  test("comes chunk by chunk with the upstream's own content type, and its characters are counted", async () => {
    const chunks = [Buffer.from([0xff, 0xfb, 1]), Buffer.from([0, 1, 2, 3]), Buffer.alloc(50_000, 7)];
    upstream.scripts.set("/audio/speech", { headers: { "content-type": "audio/mpeg" }, chunks, pauseMs: 40 });
    const begun = performance.now();
    const answer = await ask();
    expect(performance.now() - begun).toBeLessThan(100);
    expect(answer.headers.get("content-type")).toBe("audio/mpeg");
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes).toEqual(Buffer.concat(chunks));
    const record = await bench.record(answer);
    expect(record.usage).toMatchObject({ source: "estimated", units: { character: 6 } });
    expect(record.costNanos).toBe(90_000);
  });

  test("as events tells the tokens at its end", async () => {
    const body = [
      'data: {"type":"speech.audio.delta","audio":"AAEC"}\n\n',
      'data: {"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}\n\n',
    ];
    upstream.scripts.set("/audio/speech", { headers: sse, chunks: body });
    const answer = await ask({ stream_format: "sse" });
    expect(await answer.text()).toBe(body.join(""));
    expect((await bench.record(answer)).usage).toMatchObject({ source: "reported", inputUncached: 14, output: 101 });
  });

  test("that breaks off does not end well, and is billed by what was to be spoken", async () => {
    upstream.scripts.set("/audio/speech", {
      headers: { "content-type": "audio/mpeg" },
      chunks: [Buffer.alloc(100, 1)],
      cut: true,
      pauseMs: 20,
    });
    const answer = await ask();
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(await bench.record(answer)).toMatchObject({ outcome: "failed", fault: "upstream_incomplete", costNanos: 90_000 });
  });

  test("that nobody hears any more is let go of at the upstream", async () => {
    upstream.scripts.set("/audio/speech", {
      headers: { "content-type": "audio/mpeg" },
      chunks: Array(500).fill(Buffer.alloc(1_000, 1)),
      pauseMs: 10,
    });
    const before = upstream.left.length;
    const answer = await ask();
    const reader = answer.body!.getReader();
    await reader.read();
    await reader.cancel();
    for (let waited = 0; waited < 100 && upstream.left.length === before; waited++) await Bun.sleep(10);
    expect(upstream.left.length).toBe(before + 1);
    expect(await bench.record(answer)).toMatchObject({ outcome: "cancelled", costNanos: 90_000 });
  });

  test.each([[{ input: "" }], [{ input: 3 }], [{ model: "" }]])("asked for with %j is refused", async (more) => {
    expect((await ask(more)).status).toBe(400);
  });

  test("with a denied word is refused", async () => {
    expect((await ask({ input: "A xylophone!" })).status).toBe(403);
  });
});
