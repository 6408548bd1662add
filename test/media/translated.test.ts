import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { formWith, type MediaBench, openMediaBench, upstreamKey, wav } from "./bench.ts";
import { type Asked, formOf, startMediaUpstream } from "./media-upstream.ts";

// Answers are those of the providers' documentation, cut down to what is read.
const bench: MediaBench = await openMediaBench(
  ["deepgram", "elevenlabs", "assemblyai", "stability", "black-forest-labs", "replicate", "gemini"],
  {
    prices: { "deepgram/*": { audioSecond: 0.0001, character: 30 }, "black-forest-labs/*": { image: 0.04 } },
  },
);
const { upstream } = bench;
afterAll(() => bench.close());
afterEach(() => upstream.scripts.clear());

const recording = () => new File([wav(3)], "speech.wav", { type: "audio/wav" });
const transcribe = (
  fields: Record<string, string | readonly string[]>,
  more: { headers?: Record<string, string>; signal?: AbortSignal } = {},
) => bench.ask("/v1/audio/transcriptions", { body: formWith(fields, { file: recording() }), ...more });
const json = (asked: Asked | undefined) => JSON.parse(asked?.body.toString() ?? "") as Record<string, unknown>;
const reply = (value: unknown) => ({ chunks: [JSON.stringify(value)] });
const draw = (body: object, headers?: Record<string, string>) =>
  bench.ask("/v1/images/generations", { body: JSON.stringify(body), ...(headers && { headers }) });

const words = [
  { word: "hello", punctuated_word: "Hello", start: 0.1, end: 0.5, speaker: 0 },
  { word: "there", punctuated_word: "there.", start: 0.6, end: 1.25, speaker: 1 },
];
const heard = {
  metadata: { request_id: "r", duration: 2.3, channels: 1 },
  results: {
    channels: [{ detected_language: "en", alternatives: [{ transcript: "Hello there.", confidence: 0.99, words }] }],
    utterances: [
      { start: 0.1, end: 0.5, transcript: "Hello", speaker: 0 },
      { start: 0.6, end: 1.25, transcript: "there.", speaker: 1 },
    ],
  },
};

describe("Deepgram", () => {
  test("gets the recording itself, and its answer is read in every form", async () => {
    const forms: Record<string, unknown> = {
      json: { text: "Hello there.", usage: { type: "duration", seconds: 3 } },
      text: "Hello there.\n",
      srt: "1\n00:00:00,100 --> 00:00:00,500\nHello\n\n2\n00:00:00,600 --> 00:00:01,250\nthere.\n",
      vtt: "WEBVTT\n\n00:00:00.100 --> 00:00:00.500\nHello\n\n00:00:00.600 --> 00:00:01.250\nthere.\n",
    };
    for (const [format, wanted] of Object.entries(forms)) {
      upstream.scripts.set("/listen", reply(heard));
      const answer = await transcribe({ model: "deepgram/nova-3", response_format: format, language: "en" });
      const text = await answer.text();
      expect(typeof wanted === "string" ? text : JSON.parse(text)).toEqual(wanted);
      const asked = upstream.asked.at(-1)!;
      expect(asked.path).toBe("/listen?model=nova-3&smart_format=true&utterances=true&language=en");
      expect(asked.headers).toMatchObject({ authorization: `Token ${upstreamKey}`, "content-type": "audio/wav" });
      expect(new Uint8Array(asked.body)).toEqual(wav(3));
      expect(await bench.record(answer)).toMatchObject({ usage: { source: "reported", units: { audioSecond: 3 } }, costNanos: 300_000 });
    }
  });

  test("tells words and speakers where they are asked for, and all of it at once where a stream is", async () => {
    upstream.scripts.set("/listen", reply(heard));
    const verbose = await transcribe({ model: "deepgram/nova-3", response_format: "verbose_json", "timestamp_granularities[]": "word" });
    expect(await verbose.json()).toMatchObject({
      task: "transcribe",
      language: "en",
      duration: 2.3,
      words: [
        { word: "Hello", start: 0.1, end: 0.5 },
        { word: "there.", start: 0.6, end: 1.25 },
      ],
    }); // prettier-ignore
    expect(upstream.asked.at(-1)!.path).toContain("detect_language=true");
    const spoken = await transcribe({ model: "deepgram/nova-3", response_format: "diarized_json" });
    expect(await spoken.json()).toMatchObject({
      segments: [
        { text: "Hello", speaker: "A" },
        { text: "there.", speaker: "B" },
      ],
    }); // prettier-ignore
    expect(upstream.asked.at(-1)!.path).toContain("diarize=true");
    const stream = await transcribe({ model: "deepgram/nova-3", stream: "true" });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const text = await stream.text();
    expect(text).toContain('data: {"type":"transcript.text.delta","delta":"Hello there."}');
    expect(text).toContain('data: {"type":"transcript.text.done","text":"Hello there.","usage":{"type":"duration","seconds":3}}');
  });

  test("has no word for a prompt, which is said; an unknown field is refused by name", async () => {
    upstream.scripts.set("/listen", reply(heard));
    const answer = await transcribe({ model: "deepgram/nova-3", prompt: "Names: Zoë." });
    expect(answer.headers.get("x-sluice-warning")).toBe("transcript_prompt=prompt");
    const refused = await transcribe({ model: "deepgram/nova-3", "include[]": "logprobs" });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "request_unsupported", param: "include[]" } }]);
  });

  test("refuses in its own words, or refuses our key", async () => {
    const words = {
      err_code: "Bad Request",
      err_msg: "Bad Request: failed to process audio: corrupt or unsupported data",
      request_id: "r",
    };
    upstream.scripts.set("/listen", { status: 400, ...reply(words) });
    const answer = await transcribe({ model: "deepgram/nova-3" });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { message: words.err_msg } }]);
    upstream.scripts.set("/listen", { status: 401, ...reply({ err_code: "INVALID_AUTH", err_msg: "Invalid credentials." }) });
    expect((await transcribe({ model: "deepgram/nova-3" })).status).toBe(502);
  });

  test("speaks, in the voice that is a part of its model's name", async () => {
    const chunks = [Buffer.alloc(100, 1), Buffer.alloc(100, 2)];
    upstream.scripts.set("/speak", { headers: { "content-type": "audio/wav", "dg-char-count": "6" }, chunks, pauseMs: 30 });
    const ask = { model: "deepgram/aura-2", input: "Hello.", voice: "thalia", response_format: "wav" };
    const answer = await bench.ask("/v1/audio/speech", { body: JSON.stringify(ask) });
    expect(answer.headers.get("content-type")).toBe("audio/wav");
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.concat(chunks));
    expect(upstream.asked.at(-1)!.path).toBe("/speak?model=aura-2-thalia-en&encoding=linear16&container=wav&sample_rate=24000");
    expect(json(upstream.asked.at(-1))).toEqual({ text: "Hello." });
    expect(await bench.record(answer)).toMatchObject({ usage: { source: "reported", units: { character: 6 } }, costNanos: 180_000 });
    const events = await bench.ask("/v1/audio/speech", { body: JSON.stringify({ ...ask, stream_format: "sse" }) });
    const text = await events.text();
    expect(text).toContain(`data: {"type":"speech.audio.delta","audio":"${Buffer.alloc(100, 1).toString("base64")}"}`);
    expect(text).toContain('"type":"speech.audio.done"');
  });
});

describe("ElevenLabs", () => {
  test("gets a form, and its words are told without the blanks between them", async () => {
    const told = {
      language_code: "eng",
      language_probability: 0.98,
      text: "Hello there.",
      words: [
        { text: "Hello", start: 0.1, end: 0.5, type: "word", speaker_id: "speaker_0" },
        { text: " ", start: 0.5, end: 0.6, type: "spacing", speaker_id: "speaker_0" },
        { text: "there.", start: 0.6, end: 1.2, type: "word", speaker_id: "speaker_1" },
      ],
    };
    upstream.scripts.set("/speech-to-text", reply(told));
    const answer = await transcribe({ model: "elevenlabs/scribe_v2", response_format: "diarized_json", language: "en" });
    expect(await answer.json()).toMatchObject({
      text: "Hello there.",
      segments: [
        { text: "Hello ", speaker: "speaker_0" },
        { text: "there.", speaker: "speaker_1", end: 1.2 },
      ],
    }); // prettier-ignore
    const asked = upstream.asked.at(-1)!;
    expect(asked.headers["xi-api-key"]).toBe(upstreamKey);
    const form = await formOf(asked);
    expect(["model_id", "language_code", "diarize"].map((name) => form.get(name))).toEqual(["scribe_v2", "en", "true"]);
    expect((form.get("file") as unknown as File).size).toBe(wav(3).length);
    expect((await bench.record(answer)).usage?.units).toEqual({ audioSecond: 2 });
  });

  test("speaks with the voice in its path, and makes no AAC", async () => {
    upstream.scripts.set("/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream", {
      headers: { "content-type": "audio/mpeg" },
      chunks: [Buffer.alloc(10, 1)],
    });
    const ask = { model: "elevenlabs/eleven_flash_v2_5", input: "Grüße", voice: "JBFqnCBsd6RMkjVDRZzb", speed: 1.1 };
    const answer = await bench.ask("/v1/audio/speech", { body: JSON.stringify(ask) });
    expect((await answer.arrayBuffer()).byteLength).toBe(10);
    expect(upstream.asked.at(-1)!.path).toEndWith("/stream?output_format=mp3_44100_128");
    expect(json(upstream.asked.at(-1))).toEqual({ text: "Grüße", model_id: "eleven_flash_v2_5", voice_settings: { speed: 1.1 } });
    expect((await bench.record(answer)).usage).toMatchObject({ source: "estimated", units: { character: 5 } });
    const refused = await bench.ask("/v1/audio/speech", { body: JSON.stringify({ ...ask, response_format: "aac" }) });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: "response_format" } }]);
  });

  test("refuses in its own words", async () => {
    const detail = { status: "voice_not_found", message: "A voice with the voice_id x was not found." };
    upstream.scripts.set("/text-to-speech/x/stream", { status: 404, ...reply({ detail }) });
    const answer = await bench.ask("/v1/audio/speech", { body: JSON.stringify({ model: "elevenlabs/m", input: "Hi", voice: "x" }) });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { message: detail.message, code: "voice_not_found" } }]);
  });
});

describe("AssemblyAI", () => {
  const begin = (last: object) => {
    let looks = 0;
    upstream.scripts.set("/upload", reply({ upload_url: "https://cdn.assemblyai.com/upload/u" }));
    upstream.scripts.set("POST /transcript", reply({ id: "t/1", status: "queued" }));
    upstream.scripts.set("GET /transcript/t%2F1", () =>
      reply(++looks === 1 ? { id: "t/1", status: "processing" } : { id: "t/1", ...last }),
    );
  };
  const done = {
    status: "completed",
    text: "Hello there.",
    audio_duration: 3,
    language_code: "en_us",
    words: [{ text: "Hello", start: 100, end: 500, speaker: null }],
  };

  test("gets the recording, is given a job with it and asked until that is done", async () => {
    begin(done);
    const before = upstream.asked.length;
    const answer = await transcribe({
      model: "assemblyai/universal-2",
      response_format: "verbose_json",
      "timestamp_granularities[]": "word",
    });
    expect(await answer.json()).toMatchObject({ text: "Hello there.", duration: 3, words: [{ word: "Hello", start: 0.1, end: 0.5 }] });
    const asked = upstream.asked.slice(before);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /upload",
      "POST /transcript",
      "GET /transcript/t%2F1",
      "GET /transcript/t%2F1",
    ]);
    expect(asked.every(({ headers }) => headers.authorization === upstreamKey)).toBe(true);
    expect(asked[0]!.headers["content-type"]).toBe("application/octet-stream");
    expect(new Uint8Array(asked[0]!.body)).toEqual(wav(3));
    expect(json(asked[1])).toEqual({
      audio_url: "https://cdn.assemblyai.com/upload/u",
      speech_models: ["universal-2"],
      language_detection: true,
    });
    expect((await bench.record(answer)).usage).toMatchObject({ source: "reported", units: { audioSecond: 3 } });
  });

  test("tells why a recording could not be heard", async () => {
    begin({ status: "error", error: "Audio duration is too short." });
    const answer = await transcribe({ model: "assemblyai/universal-2" });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { message: "Audio duration is too short." } }]);
  });

  test("is asked no more once the client has left", async () => {
    upstream.scripts.set("/upload", reply({ upload_url: "https://cdn.assemblyai.com/upload/u" }));
    upstream.scripts.set("POST /transcript", reply({ id: "t", status: "queued" }));
    upstream.scripts.set("GET /transcript/t", reply({ id: "t", status: "processing" }));
    const leaving = new AbortController();
    const answer = transcribe({ model: "assemblyai/universal-2" }, { signal: leaving.signal });
    const begun = () => upstream.asked.at(-1)?.path === "/transcript";
    for (let waited = 0; waited < 200 && !begun(); waited++) await Bun.sleep(10);
    leaving.abort();
    await answer.catch(() => undefined);
    const count = upstream.asked.length;
    await Bun.sleep(1_300);
    expect(upstream.asked.length).toBe(count);
  });
});

describe("Stability", () => {
  test("gets a form for each picture, with the nearest ratio, which is said", async () => {
    upstream.scripts.set("/generate/core", reply({ image: "AAAA", finish_reason: "SUCCESS", seed: 1 }));
    const before = upstream.asked.length;
    const answer = await draw({ model: "stability/stable-image-core", prompt: "A cat", n: 2, size: "1792x1024", output_format: "webp" });
    expect(await answer.json()).toMatchObject({ data: [{ b64_json: "AAAA" }, { b64_json: "AAAA" }], output_format: "webp" });
    expect(answer.headers.get("x-sluice-warning")).toBe("image_size=size");
    expect(upstream.asked.length - before).toBe(2);
    const form = await formOf(upstream.asked.at(-1)!);
    expect(Object.fromEntries(form as unknown as Iterable<[string, string]>)).toEqual({
      prompt: "A cat",
      aspect_ratio: "16:9",
      output_format: "webp",
    });
    expect(upstream.asked.at(-1)!.headers.accept).toBe("application/json");
    expect((await bench.record(answer)).usage?.units).toEqual({ image: 2 });
  });

  test("names the model where its service has several, and redraws what a mask shows", async () => {
    upstream.scripts.set("/generate/sd3", reply({ image: "AAAA" }));
    await draw({ model: "stability/sd3.5-large", prompt: "A cat" });
    expect((await formOf(upstream.asked.at(-1)!)).get("model")).toBe("sd3.5-large");
    upstream.scripts.set("/edit/inpaint", reply({ image: "BBBB" }));
    const picture = new File([new Uint8Array(2_000_000)], "a.png", { type: "image/png" });
    const answer = await bench.ask("/v1/images/edits", {
      body: formWith({ model: "stability/inpaint", prompt: "A hat" }, { image: picture, mask: picture }),
    });
    expect(await answer.json()).toMatchObject({ data: [{ b64_json: "BBBB" }] });
    expect(upstream.asked.at(-1)!.length).toBeGreaterThan(4_000_000);
  });

  test("filters, refuses and has no credit left, each told as what it is", async () => {
    const codes: [number, object, number, string][] = [
      [
        403,
        { id: "i", name: "content_moderation", errors: ["Your request was flagged by our content moderation system."] },
        400,
        "content_filter",
      ],
      [402, { id: "i", name: "payment_required", errors: ["You lack sufficient credits."] }, 503, "upstream_quota"],
      [400, { id: "i", name: "bad_request", errors: ["prompt: is too long"] }, 400, "bad_request"],
      [429, { id: "i", name: "rate_limit_exceeded", errors: ["Slow down."] }, 429, "rate_limit_exceeded"],
    ];
    for (const [status, body, wanted, code] of codes) {
      upstream.scripts.set("/generate/core", { status, ...reply(body) });
      const answer = await draw({ model: "stability/core", prompt: "A cat" });
      expect([answer.status, await answer.json()]).toMatchObject([wanted, { error: { code } }]);
    }
    upstream.scripts.set("/generate/core", reply({ image: "AA", finish_reason: "CONTENT_FILTERED" }));
    expect(await (await draw({ model: "stability/core", prompt: "A cat" })).json()).toMatchObject({ error: { code: "content_filter" } });
  });
});

describe("Black Forest Labs", () => {
  const begin = (last: object) => {
    let looks = 0;
    upstream.scripts.set("/flux-pro-1.1", (_asked, url) => reply({ id: "j", polling_url: `${url}/get_result?id=j` }));
    upstream.scripts.set("/get_result", () => reply(++looks === 1 ? { id: "j", status: "Pending" } : { id: "j", ...last }));
  };

  test("is given a job, asked after it where it says, and its picture's address is the answer", async () => {
    begin({ status: "Ready", result: { sample: "https://delivery-eu1.bfl.ai/x.png" } });
    const answer = await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat", size: "1024x768" });
    expect(await answer.json()).toMatchObject({ data: [{ url: "https://delivery-eu1.bfl.ai/x.png" }] });
    expect(upstream.asked.at(-1)).toMatchObject({ method: "GET", path: "/get_result?id=j", headers: { "x-key": upstreamKey } });
    expect(await bench.record(answer)).toMatchObject({ usage: { units: { image: 1 } }, costNanos: 40_000_000 });
  });

  test("has its picture fetched where the caller wants the bytes", async () => {
    let address = "";
    begin({
      status: "Ready",
      result: {
        get sample() {
          return address;
        },
      },
    }); // prettier-ignore
    address = `${upstream.url}/delivery/x.png`;
    upstream.scripts.set("/delivery/x.png", { headers: { "content-type": "image/png" }, chunks: [Buffer.from([1, 2, 3])] });
    const answer = await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat", response_format: "b64_json" });
    expect(await answer.json()).toMatchObject({ data: [{ b64_json: "AQID" }] });
  });

  test("cannot lead us to a private address with its answer", async () => {
    const inside = await startMediaUpstream();
    inside.scripts.set("/secret", { chunks: ["secret"] });
    try {
      begin({ status: "Ready", result: { sample: `${inside.url}/secret` } });
      const fetched = await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat", response_format: "b64_json" });
      expect([fetched.status, await fetched.json()]).toMatchObject([502, { error: { code: "upstream_forbidden_address" } }]);
      upstream.scripts.set("/flux-pro-1.1", reply({ id: "j", polling_url: `${inside.url}/secret` }));
      expect((await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat" })).status).toBe(502);
      for (const url of ["http://169.254.169.254/latest", "nonsense"]) {
        upstream.scripts.set("/flux-pro-1.1", reply({ id: "j", polling_url: url }));
        expect((await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat" })).status).toBe(502);
      }
      expect(inside.asked).toEqual([]);
    } finally {
      inside.close();
    }
  }, 30_000);

  test("holds back what its filter does not let pass", async () => {
    begin({ status: "Request Moderated" });
    const answer = await draw({ model: "black-forest-labs/flux-pro-1.1", prompt: "A cat" });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "content_filter" } }]);
  });

  test("edits a picture that goes in base64", async () => {
    upstream.scripts.set("/flux-kontext-pro", (_asked, url) => reply({ id: "j", polling_url: `${url}/get_result?id=j` }));
    upstream.scripts.set("/get_result", reply({ status: "Ready", result: { sample: "https://delivery.bfl.ai/y.png" } }));
    const answer = await bench.ask("/v1/images/edits", {
      body: formWith(
        { model: "black-forest-labs/flux-kontext-pro", prompt: "A hat", size: "1024x1024" },
        { image: new File([new Uint8Array([1, 2, 3])], "a.png", { type: "image/png" }) },
      ),
    });
    expect(await answer.json()).toMatchObject({ data: [{ url: "https://delivery.bfl.ai/y.png" }] });
    const submitted = upstream.asked.findLast(({ path }) => path === "/flux-kontext-pro");
    expect(json(submitted)).toEqual({ prompt: "A hat", output_format: "png", aspect_ratio: "1:1", input_image: "AQID" });
  });
});

describe("Replicate", () => {
  const path = "/models/black-forest-labs/flux-schnell/predictions";

  test("holds the line, is asked after what takes longer, and gives addresses", async () => {
    upstream.scripts.set(path, (_asked, url) => ({
      status: 201,
      ...reply({ id: "p", status: "processing", output: null, urls: { get: `${url}/predictions/p` } }),
    }));
    upstream.scripts.set(
      "/predictions/p",
      reply({ id: "p", status: "succeeded", output: ["https://replicate.delivery/a.webp", "https://replicate.delivery/b.webp"] }),
    );
    const answer = await draw({ model: "replicate/black-forest-labs/flux-schnell", prompt: "A cat", n: 2, size: "1024x1536" });
    expect(await answer.json()).toMatchObject({
      data: [{ url: "https://replicate.delivery/a.webp" }, { url: "https://replicate.delivery/b.webp" }],
    });
    const submitted = upstream.asked.findLast((asked) => asked.path === path);
    expect(submitted?.headers).toMatchObject({ authorization: `Bearer ${upstreamKey}`, prefer: "wait=30" });
    expect(json(submitted)).toEqual({ input: { prompt: "A cat", aspect_ratio: "2:3", num_outputs: 2 } });
  });

  test("names a version where the model's name has one", async () => {
    upstream.scripts.set("/predictions", reply({ id: "p", status: "succeeded", output: "https://replicate.delivery/a.png" }));
    await draw({ model: "replicate/stability-ai/sdxl:7762fd07cf82", prompt: "A cat" });
    expect(json(upstream.asked.at(-1))).toEqual({ version: "7762fd07cf82", input: { prompt: "A cat" } });
  });

  test("fails, filters and refuses, each told as what it is", async () => {
    upstream.scripts.set(path, reply({ id: "p", status: "failed", error: "NSFW content detected. Try running it again." }));
    expect(await (await draw({ model: "replicate/black-forest-labs/flux-schnell", prompt: "x" })).json()).toMatchObject({
      error: { code: "content_filter" },
    });
    upstream.scripts.set(path, {
      status: 422,
      ...reply({ title: "Input validation failed", detail: "- input.prompt is required", status: 422 }),
    });
    const refused = await draw({ model: "replicate/black-forest-labs/flux-schnell", prompt: "x" });
    expect([refused.status, await refused.json()]).toMatchObject([422, { error: { message: "- input.prompt is required" } }]);
    upstream.scripts.set(path, {
      status: 401,
      ...reply({ title: "Unauthenticated", detail: "You did not pass a valid token.", status: 401 }),
    });
    expect((await draw({ model: "replicate/black-forest-labs/flux-schnell", prompt: "x" })).status).toBe(502);
  });
});

describe("Google", () => {
  test("draws with Imagen", async () => {
    upstream.scripts.set(
      "/models/imagen-4.0-generate-001:predict",
      reply({ predictions: [{ bytesBase64Encoded: "AAAA", mimeType: "image/png" }] }),
    );
    const answer = await draw({ model: "gemini/imagen-4.0-generate-001", prompt: "A cat", size: "1024x1024" });
    expect(await answer.json()).toMatchObject({ data: [{ b64_json: "AAAA" }] });
    expect(upstream.asked.at(-1)!.headers["x-goog-api-key"]).toBe(upstreamKey);
    expect(json(upstream.asked.at(-1))).toEqual({ instances: [{ prompt: "A cat" }], parameters: { sampleCount: 1, aspectRatio: "1:1" } });
    upstream.scripts.set("/models/imagen-4.0-generate-001:predict", reply({}));
    expect(await (await draw({ model: "gemini/imagen-4.0-generate-001", prompt: "A cat" })).json()).toMatchObject({
      error: { code: "content_filter" },
    });
  });

  test("gives the picture that Gemini drew, not the drafts that it thought in, and says what Imagen made of the prompt", async () => {
    const part = (data: string, thought?: boolean) => ({ inlineData: { mimeType: "image/jpeg", data }, ...(thought && { thought }) });
    const told = (...parts: readonly object[]) => reply({ candidates: [{ content: { parts }, finishReason: "STOP" }] });
    const drawn = async () => (await draw({ model: "gemini/gemini-3-pro-image", prompt: "A cat" })).json();
    upstream.scripts.set("/models/gemini-3-pro-image:generateContent", told(part("CCCC", true), { text: "Here." }, part("DDDD")));
    expect(await drawn()).toMatchObject({ data: [{ b64_json: "DDDD" }] });
    upstream.scripts.set("/models/gemini-3-pro-image:generateContent", told(part("CCCC", true), part("EEEE", true)));
    expect(await drawn()).toMatchObject({ data: [{ b64_json: "EEEE" }] });
    const prediction = { bytesBase64Encoded: "AAAA", mimeType: "image/png", prompt: "A grey cat" };
    upstream.scripts.set("/models/imagen-4.0-generate-001:predict", reply({ predictions: [prediction] }));
    const rewritten = await draw({ model: "gemini/imagen-4.0-generate-001", prompt: "A cat" });
    expect(await rewritten.json()).toMatchObject({ data: [{ b64_json: "AAAA", revised_prompt: "A grey cat" }] });
  });

  test("draws and edits with Gemini, whose tokens are counted", async () => {
    const told = {
      candidates: [
        { content: { parts: [{ text: "Here." }, { inlineData: { mimeType: "image/png", data: "BBBB" } }] }, finishReason: "STOP" },
      ],
      usageMetadata: {
        promptTokenCount: 10,
        candidatesTokenCount: 1_290,
        totalTokenCount: 1_300,
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
      },
    };
    upstream.scripts.set("/models/gemini-2.5-flash-image:generateContent", reply(told));
    const answer = await draw({ model: "gemini/gemini-2.5-flash-image", prompt: "A cat", response_format: "url", stream: false });
    expect(await answer.json()).toMatchObject({ data: [{ url: "data:image/png;base64,BBBB" }], usage: { output_tokens: 1_290 } });
    expect((await bench.record(answer)).usage).toMatchObject({ inputUncached: 10, output: 1_290, outputImage: 1_290 });
    const edited = await bench.ask("/v1/images/edits", {
      body: formWith(
        { model: "gemini/gemini-2.5-flash-image", prompt: "A hat", stream: "true" },
        { image: new File([new Uint8Array([1, 2, 3])], "a.png", { type: "image/png" }) },
      ),
    });
    expect(await edited.text()).toContain('event: image_edit.completed\ndata: {"type":"image_edit.completed","b64_json":"BBBB"');
    expect(json(upstream.asked.at(-1))).toMatchObject({
      contents: [{ parts: [{ text: "A hat" }, { inlineData: { mimeType: "image/png", data: "AQID" } }] }],
    });
  });
});

test("what no provider of the model can do is refused, and what loses meaning under strict too", async () => {
  expect((await bench.ask("/v1/audio/translations", { body: formWith({ model: "deepgram/nova-3" }, { file: recording() }) })).status).toBe(
    400,
  );
  expect((await draw({ model: "deepgram/nova-3", prompt: "A cat" })).status).toBe(400);
  expect((await draw({ model: "stability/core", prompt: "A cat", background: "transparent" })).status).toBe(400);
});
