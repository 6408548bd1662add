import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { AzureOpenAI, toFile } from "openai";
import type { MediaUpstream } from "../../media/media-upstream.ts";

export interface MediaCheck {
  readonly id: string;
  readonly problem: string | undefined;
}

interface Address {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
}

const sse = { "content-type": "text/event-stream" };
const events = (...all: readonly { readonly type: string }[]) =>
  all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

/** Everything that the SDK has for sound and pictures, once; and with the gateway as an endpoint of Azure's, which has no variations. */
export async function mediaChecks({ url, key }: Address, upstream: MediaUpstream): Promise<readonly MediaCheck[]> {
  const common = { apiKey: key, maxRetries: 0 };
  const azure = new AzureOpenAI({ ...common, endpoint: url, apiVersion: "2025-04-01-preview" });
  const ofAzure = await checksOf(azure, upstream, (id) => id !== "a variation");
  return [
    ...(await checksOf(new OpenAI({ ...common, baseURL: `${url}/v1` }), upstream)),
    ...ofAzure.map(({ id, problem }) => ({ id: `${id}, of AzureOpenAI`, problem })),
  ];
}

async function checksOf(
  client: OpenAI,
  upstream: MediaUpstream,
  isAsked: (id: string) => boolean = () => true,
): Promise<readonly MediaCheck[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-media-"));
  const path = join(folder, "speech.mp3");
  writeFileSync(path, Buffer.alloc(3_000_000, 7));
  const { scripts } = upstream;
  const checks: Readonly<Record<string, () => Promise<void>>> = {
    "a transcription of a file that is read as a stream": async () => {
      scripts.set("/audio/transcriptions", { chunks: ['{"text":"Hello.","usage":{"type":"duration","seconds":3}}'] });
      const told = await client.audio.transcriptions.create({ file: createReadStream(path), model: "openai/whisper-1", language: "en" });
      assert.equal(told.text, "Hello.");
      const asked = upstream.asked.at(-1)!;
      assert.ok(asked.length > 3_000_000 && asked.length === Number(asked.headers["content-length"]));
      assert.match(asked.body.toString("latin1"), /filename="speech\.mp3"/);
    },
    "a transcription as subtitles": async () => {
      scripts.set("/audio/transcriptions", {
        headers: { "content-type": "text/plain" },
        chunks: ["1\n00:00:00,000 --> 00:00:01,000\nHello.\n"],
      });
      const told = await client.audio.transcriptions.create({
        file: createReadStream(path),
        model: "openai/whisper-1",
        response_format: "srt",
      });
      assert.match(told, /^1\n00:00:00,000/);
    },
    "a transcription with words, of Deepgram": async () => {
      const words = [{ word: "hello", punctuated_word: "Hello.", start: 0.1, end: 0.5 }];
      scripts.set("/listen", {
        chunks: [
          JSON.stringify({ metadata: { duration: 1 }, results: { channels: [{ alternatives: [{ transcript: "Hello.", words }] }] } }),
        ],
      });
      const told = await client.audio.transcriptions.create({
        file: createReadStream(path),
        model: "deepgram/nova-3",
        response_format: "verbose_json",
        timestamp_granularities: ["word"],
      });
      assert.deepEqual(told.words, [{ word: "Hello.", start: 0.1, end: 0.5 }]);
    },
    "a transcription as a stream": async () => {
      const done = {
        type: "transcript.text.done",
        text: "Hello there.",
        usage: { type: "tokens", input_tokens: 1, output_tokens: 2, total_tokens: 3 },
      };
      scripts.set("/audio/transcriptions", {
        headers: sse,
        chunks: events(
          { type: "transcript.text.delta", delta: "Hello" } as never,
          { type: "transcript.text.delta", delta: " there." } as never,
          done,
        ),
        pauseMs: 10,
      });
      const stream = await client.audio.transcriptions.create({
        file: createReadStream(path),
        model: "openai/gpt-4o-transcribe",
        stream: true,
      });
      let text = "";
      let last = "";
      for await (const event of stream) {
        if (event.type === "transcript.text.delta") text += event.delta;
        last = event.type;
      }
      assert.deepEqual([text, last], ["Hello there.", "transcript.text.done"]);
    },
    "a translation": async () => {
      scripts.set("/audio/translations", { chunks: ['{"text":"The sun."}'] });
      const told = await client.audio.translations.create({ file: await toFile(Buffer.from("x"), "a.wav"), model: "openai/whisper-1" });
      assert.equal(told.text, "The sun.");
    },
    "speech, chunk by chunk": async () => {
      const chunks = [1, 2, 3].map((byte) => Buffer.alloc(1_000, byte));
      scripts.set("/audio/speech", { headers: { "content-type": "audio/mpeg" }, chunks, pauseMs: 50 });
      const answer = await client.audio.speech.create({ model: "openai/tts-1", voice: "alloy", input: "Hello." });
      const times: number[] = [];
      const bytes: Buffer[] = [];
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
        times.push(performance.now());
        bytes.push(Buffer.from(chunk));
      }
      assert.ok(Buffer.concat(bytes).equals(Buffer.concat(chunks)));
      assert.ok(times.length >= 2 && times.at(-1)! - times[0]! > 30, "it came all at once");
      assert.equal(answer.headers.get("content-type"), "audio/mpeg");
    },
    pictures: async () => {
      scripts.set("/images/generations", { chunks: ['{"created":1,"data":[{"b64_json":"AAAA"}]}'] });
      const told = await client.images.generate({ model: "openai/gpt-image-1", prompt: "A cat" });
      assert.equal(told.data?.[0]?.b64_json, "AAAA");
    },
    "pictures as a stream": async () => {
      const all = events(
        { type: "image_generation.partial_image", b64_json: "AA", partial_image_index: 0 } as never,
        { type: "image_generation.completed", b64_json: "AAAA" } as never,
      );
      scripts.set("/images/generations", { headers: sse, chunks: all, pauseMs: 10 });
      const stream = await client.images.generate({ model: "openai/gpt-image-1", prompt: "A cat", stream: true, partial_images: 1 });
      const seen: string[] = [];
      for await (const event of stream) seen.push(event.type);
      assert.deepEqual(seen, ["image_generation.partial_image", "image_generation.completed"]);
    },
    "pictures of Stability": async () => {
      scripts.set("/generate/core", { chunks: ['{"image":"BBBB","finish_reason":"SUCCESS"}'] });
      const told = await client.images.generate({ model: "stability/core", prompt: "A cat", n: 1 });
      assert.equal(told.data?.[0]?.b64_json, "BBBB");
    },
    "an edit of two pictures with a mask": async () => {
      scripts.set("/images/edits", { chunks: ['{"created":1,"data":[{"b64_json":"AAAA"}]}'] });
      const file = (name: string) => toFile(Buffer.alloc(10, 1), name, { type: "image/png" });
      const told = await client.images.edit({
        model: "openai/gpt-image-1",
        prompt: "A hat",
        image: [await file("a.png"), await file("b.png")],
        mask: await file("m.png"),
      });
      assert.equal(told.data?.[0]?.b64_json, "AAAA");
      const text = upstream.asked.at(-1)!.body.toString("latin1");
      assert.equal(text.match(/name="image\[\]"/g)?.length, 2);
      assert.match(text, /name="mask"; filename="m\.png"\r\nContent-Type: image\/png/);
    },
    "a variation": async () => {
      scripts.set("/images/variations", { chunks: ['{"created":1,"data":[{"url":"https://a"}]}'] });
      const image = await toFile(Buffer.alloc(10, 1), "a.png", { type: "image/png" });
      const told = await client.images.createVariation({ model: "openai/dall-e-2", image });
      assert.equal(told.data?.[0]?.url, "https://a");
    },
    "an error in the provider's words": async () => {
      const refusal = { error: { message: "Invalid file format.", type: "invalid_request_error", param: null, code: "bad_format" } };
      scripts.set("/audio/transcriptions", { status: 400, chunks: [JSON.stringify(refusal)] });
      const error = await client.audio.transcriptions.create({ file: createReadStream(path), model: "openai/whisper-1" }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      ); // prettier-ignore
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.code, "bad_format");
    },
  };
  const results: MediaCheck[] = [];
  for (const [id, check] of Object.entries(checks)) {
    if (!isAsked(id)) continue;
    const problem = await check().then(
      () => undefined,
      (error: unknown) => String(error),
    ); // prettier-ignore
    results.push({ id, problem });
  }
  rmSync(folder, { recursive: true });
  return results;
}
