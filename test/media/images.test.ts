import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { formWith, type MediaBench, openMediaBench } from "./bench.ts";
import { formOf } from "./media-upstream.ts";

const bench: MediaBench = await openMediaBench(["openai", "xai"], {
  models: { brush: "openai/gpt-image-1", old: "openai/dall-e-2" },
  prices: { "openai/gpt-image-1": { input: 5, inputImage: 10, outputImage: 40 }, "openai/dall-e-2": { image: 0.016 } },
});
const { upstream } = bench;
afterAll(() => bench.close());

const ask = (body: object) => bench.ask("/v1/images/generations", { body: JSON.stringify(body) });
const png = (name = "a.png", byte = 1) => new File([new Uint8Array(2_000).fill(byte)], name, { type: "image/png" });
const usage = { total_tokens: 1_100, input_tokens: 50, output_tokens: 1_050, input_tokens_details: { text_tokens: 10, image_tokens: 40 } };

describe("pictures", () => {
  test("pass as they came, and their tokens are priced as text and pictures", async () => {
    const body = JSON.stringify({ created: 1, data: [{ b64_json: "AAAA" }], usage });
    upstream.scripts.set("/images/generations", { chunks: [body] });
    const answer = await ask({ model: "brush", prompt: "A cat", size: "1024x1024", background: "transparent" });
    expect(await answer.text()).toBe(body);
    expect(JSON.parse(upstream.asked.at(-1)!.body.toString())).toEqual({
      model: "gpt-image-1",
      prompt: "A cat",
      size: "1024x1024",
      background: "transparent",
    });
    const record = await bench.record(answer);
    expect(record.usage).toMatchObject({ inputUncached: 50, inputImage: 40, output: 1_050, outputImage: 1_050 });
    // 10 × 5 + 40 × 10 + 1,050 × 40 dollars a million.
    expect(record.costNanos).toBe(42_450_000);
  });

  test("that come without tokens are counted, and their size and quality are known to the price", async () => {
    upstream.scripts.set("/images/generations", { chunks: ['{"created":1,"data":[{"url":"https://a"},{"url":"https://b"}]}'] });
    const answer = await ask({ model: "old", prompt: "A cat", n: 2, size: "256x256", quality: "hd" });
    const record = await bench.record(answer);
    expect(record.usage).toMatchObject({ source: "reported", units: { image: 2 }, tier: "hd/256x256" });
    expect(record.costNanos).toBe(32_000_000);
  });

  test("come unfinished before they are finished, where the caller streams, in events of megabytes", async () => {
    const big = "A".repeat(6_000_000);
    const events = [
      { type: "image_generation.partial_image", b64_json: big, partial_image_index: 0 },
      { type: "image_generation.completed", b64_json: big, usage },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    upstream.scripts.set("/images/generations", { headers: { "content-type": "text/event-stream" }, chunks: events, pauseMs: 50 });
    const answer = await ask({ model: "brush", prompt: "A cat", stream: true, partial_images: 1 });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect((await answer.text()) === events.join("")).toBe(true);
    expect(await bench.record(answer)).toMatchObject({ outcome: "success", costNanos: 42_450_000 });
  });

  test("of a stream that ends with no finished one are no success", async () => {
    const chunks = ['event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"AA"}\n\n'];
    upstream.scripts.set("/images/generations", { headers: { "content-type": "text/event-stream" }, chunks });
    const answer = await ask({ model: "brush", prompt: "A cat", stream: true });
    await expect(answer.text()).rejects.toThrow();
    expect(await bench.record(answer)).toMatchObject({ outcome: "failed", fault: "upstream_incomplete" });
  });

  test("whose prompt a filter refuses are told so", async () => {
    const refusal = '{"error":{"code":"moderation_blocked","message":"Your request was rejected.","type":"image_generation_user_error"}}';
    upstream.scripts.set("/images/generations", { status: 400, chunks: [refusal] });
    const answer = await ask({ model: "brush", prompt: "A cat" });
    expect([answer.status, await answer.text()]).toEqual([400, refusal]);
    expect((await bench.record(answer)).fault).toBe("upstream_filtered");
  });

  test.each([[{}], [{ model: "brush" }], [{ model: "brush", prompt: "" }], [{ prompt: "A cat" }]])(
    "asked for with %j are refused",
    async (body) => {
      expect((await ask(body)).status).toBe(400);
    },
  );
});

describe("edits", () => {
  test("bring their pictures, mask and fields in a form", async () => {
    upstream.scripts.set("/images/edits", { chunks: [JSON.stringify({ created: 1, data: [{ b64_json: "AA" }], usage })] });
    const body = formWith({ model: "brush", prompt: "A hat" }, { mask: png("m.png", 3) });
    body.append("image[]", png("one.png", 1));
    body.append("image[]", png("two.png", 2));
    const answer = await bench.ask("/v1/images/edits", { body });
    expect(answer.status).toBe(200);
    const got = await formOf(upstream.asked.at(-1)!);
    expect(got.get("model")).toBe("gpt-image-1");
    const files = [...got.getAll("image[]"), got.get("mask")] as unknown as File[];
    expect(files.map(({ name }) => name)).toEqual(["one.png", "two.png", "m.png"]);
    expect(new Uint8Array(await files[1]!.arrayBuffer())).toEqual(new Uint8Array(2_000).fill(2));
  });

  test("with addresses come as JSON", async () => {
    upstream.scripts.set("/images/edits", { chunks: ['{"created":1,"data":[{"url":"https://a"}]}'] });
    const images = [{ image_url: "https://example.com/a.png" }];
    const answer = await bench.ask("/v1/images/edits", { body: JSON.stringify({ model: "xai/grok-2-image", prompt: "A hat", images }) });
    expect(answer.status).toBe(200);
    expect(JSON.parse(upstream.asked.at(-1)!.body.toString())).toEqual({ model: "grok-2-image", prompt: "A hat", images });
  });

  test("without a picture are refused", async () => {
    expect((await bench.ask("/v1/images/edits", { body: formWith({ model: "brush", prompt: "A hat" }) })).status).toBe(400);
  });
});

test("a variation is one of a picture, which goes on as it came", async () => {
  upstream.scripts.set("/images/variations", { chunks: ['{"created":1,"data":[{"url":"https://a"}]}'] });
  const answer = await bench.ask("/v1/images/variations", { body: formWith({ model: "old", n: "1" }, { image: png() }) });
  expect(await answer.json()).toEqual({ created: 1, data: [{ url: "https://a" }] });
  expect((await formOf(upstream.asked.at(-1)!)).get("model")).toBe("dall-e-2");
});

const data = process.env.SLUICE_DATA ?? join(import.meta.dirname, "../../../shared/data");

describe("what was recorded of OpenAI", () => {
  test("passes byte for byte", async () => {
    const file = join(data, "transcripts/openai/openllmetry__test_openai_metrics__test_image_gen_metrics.yaml");
    const { interactions } = parse(readFileSync(file, "utf8"), { customTags: ["binary"] }) as { interactions: Recorded[] };
    expect(interactions.length).toBeGreaterThan(0);
    for (const { request, response } of interactions) {
      const bytes = bytesOf(response.body.string);
      upstream.scripts.set("/images/generations", { status: response.status.code, chunks: [bytes] });
      const answer = await ask({ ...JSON.parse(request.body), model: "old" });
      expect(answer.status).toBe(response.status.code);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      expect((await bench.record(answer)).usage?.units?.image).toBe(response.status.code === 200 ? 1 : undefined);
      expect(JSON.parse(upstream.asked.at(-1)!.body.toString())).toEqual(JSON.parse(request.body));
    }
  });

  test.each([
    ["audio-transcription-basic", "/v1/audio/transcriptions", "/audio/transcriptions", 7],
    ["audio-translation-basic", "/v1/audio/translations", "/audio/translations", 1],
  ])("%s passes byte for byte", async (name, path, upstreamPath, seconds) => {
    const file = join(data, `transcripts/openai/envoy-ai-gateway__${name}.yaml`);
    const { interactions } = parse(readFileSync(file, "utf8")) as { interactions: { response: { body: string } }[] };
    const body = interactions[0]!.response.body;
    upstream.scripts.set(upstreamPath, { chunks: [body] });
    const answer = await bench.ask(path, { body: formWith({ model: "openai/whisper-1" }, { file: new File(["x"], "a.mp3") }) });
    expect(await answer.text()).toBe(body);
    expect((await bench.record(answer)).usage?.units?.audioSecond).toBe(seconds);
  });
});

interface Recorded {
  readonly request: { readonly body: string };
  readonly response: { readonly body: { readonly string: string | Uint8Array }; readonly status: { readonly code: number } };
}

/** Some recorders keep what was compressed. */
function bytesOf(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body as string);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}
