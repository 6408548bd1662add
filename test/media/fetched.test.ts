import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { openGateway } from "../../src/gateway/index.ts";
import { openTransport } from "../../src/providers/index.ts";
import { callerKey } from "./bench.ts";
import { startMediaUpstream } from "./media-upstream.ts";

const models = await startMediaUpstream();
const web = await startMediaUpstream();
const port = new URL(web.url).port;
// The names of a test's web: one address counts as public, every other one is what it is.
const names: Record<string, string> = { "pictures.example": "127.0.0.1", "inside.example": "10.0.0.7", "other.example": "127.0.0.1" };
const transport = await openTransport({
  resolve: async (name) => (names[name] ? [names[name]] : Promise.reject(new Error(`no such name: ${name}`))),
  isForbidden: (address) => address !== "127.0.0.1",
});
const realTransport = await openTransport();

function open(media: object | undefined, over = transport) {
  return openGateway({
    transport: over,
    config: {
      providers: {
        ollama: { baseUrl: models.url, retries: 0 },
        bedrock: { baseUrl: models.url, apiKey: "bedrock-key", retries: 0, region: "eu-west-1" },
      },
      keys: [{ name: "media", value: callerKey }],
      ...(media && { media }),
    },
  });
}

const open20 = await open({
  fetch: true,
  maxBytes: 5_000,
  timeoutMs: 400,
  hosts: ["pictures.example", "inside.example", "127.0.0.1", "10.*"],
});
const openAll = await open({ fetch: true }, realTransport);
const closed = await open(undefined);
afterAll(async () => {
  for (const gateway of [open20, openAll, closed]) await gateway.close();
  await transport.close();
  await realTransport.close();
  models.close();
  web.close();
});

const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(100, 1)]);
const pdf = Buffer.from("%PDF-1.7 and so on");

beforeEach(() => {
  web.asked.length = 0;
  models.asked.length = 0;
  models.scripts.set("/v1/chat/completions", {
    chunks: [
      '{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A cat."},"finish_reason":"stop"}]}',
    ],
  });
  models.scripts.set("/model/m/converse", {
    chunks: [
      '{"output":{"message":{"role":"assistant","content":[{"text":"A cat."}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}',
    ],
  });
  web.scripts.clear();
  web.scripts.set("/a.png", { headers: { "content-type": "text/html" }, chunks: [png] });
  web.scripts.set("/a.pdf", { headers: { "content-type": "application/pdf" }, chunks: [pdf] });
});

const data = `data:image/png;base64,${png.toString("base64")}`;
const picture = (url: string) => ({ type: "image_url", image_url: { url } });

async function ask(
  gateway: typeof closed,
  model: string,
  ...parts: readonly object[]
): Promise<{ status: number; body: { error?: { code: string; message: string } } }> {
  const answer = await gateway.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${callerKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, ...parts] }] }),
    }),
  );
  return { status: answer.status, body: await answer.json() };
}

const sent = () => JSON.parse(models.asked.at(-1)!.body.toString());

describe("a picture by address", () => {
  test("is fetched once for a model that takes bytes only, by its own bytes and without a credential", async () => {
    const url = `http://pictures.example:${port}/a.png`;
    expect((await ask(open20, "ollama/m", picture(url), picture(url))).status).toBe(200);
    expect(sent().messages[0].content.slice(1)).toEqual([picture(data), picture(data)]);
    expect(web.asked.length).toBe(1);
    expect(Object.keys(web.asked[0]!.headers).toSorted()).toEqual(["accept", "accept-encoding", "host", "user-agent"]);
    expect((await ask(open20, "bedrock/m", picture(url))).status).toBe(200);
    expect(sent().messages[0].content[1]).toEqual({ image: { format: "png", source: { bytes: png.toString("base64") } } });
  });

  test("is refused where the config says nothing, as before", async () => {
    const { status, body } = await ask(closed, "bedrock/m", picture(`http://pictures.example:${port}/a.png`));
    expect([status, body.error?.code]).toEqual([400, "request_unsupported"]);
    expect(web.asked).toEqual([]);
  });

  test.each([
    ["of a host that is not allowed", `http://other.example:${port}/a.png`, "may not ask the host other.example"],
    ["of a name that leads inside", `http://inside.example:${port}/a.png`, "not public, or does not answer"],
    ["of a name that leads nowhere", `http://nowhere.pictures.example:${port}/a.png`, "may not ask the host"],
    ["with a credential in it", `http://a:b@pictures.example:${port}/a.png`, "credential"],
    ["of a file", "file:///etc/passwd", "no address of the web"],
    ["of nothing", "pictures", "no address of the web"],
    ["that redirects", `http://pictures.example:${port}/redirect`, "redirects"],
    ["that is missing", `http://pictures.example:${port}/missing`, "404"],
    ["that is no picture", `http://pictures.example:${port}/page`, "no picture, PDF or text"],
    ["that is too large", `http://pictures.example:${port}/large`, "larger than"],
    ["that says it is larger than it may be", `http://pictures.example:${port}/announced`, "larger than"],
    ["that is too slow", `http://pictures.example:${port}/slow`, "within 400 ms"],
    ["that trickles", `http://pictures.example:${port}/trickle`, "within 400 ms"],
  ])("%s is refused, and the model is not asked", async (_what, url, words) => {
    web.scripts.set("/redirect", { status: 302, headers: { location: "http://169.254.169.254/latest/meta-data" } });
    web.scripts.set("/page", { headers: { "content-type": "image/png" }, chunks: ["<html>"] });
    web.scripts.set("/large", { chunks: Array(10).fill(Buffer.concat([png, Buffer.alloc(1_000)])) });
    web.scripts.set("/announced", {
      headers: { "content-length": "6000" },
      chunks: [Buffer.concat([png, Buffer.alloc(6_000 - png.length)])],
    });
    web.scripts.set("/slow", { stallMs: 2_000, chunks: [png] });
    web.scripts.set("/trickle", { chunks: Array(50).fill(png.subarray(0, 8)), pauseMs: 50 });
    const { status, body } = await ask(open20, "ollama/m", picture(url));
    expect([status, body.error?.code]).toEqual([400, "request_media"]);
    expect(body.error?.message).toContain(words);
    expect(body.error?.message).not.toContain("10.0.0.7");
    expect(models.asked).toEqual([]);
  });

  test.each([
    [`http://127.0.0.1:${port}/a.png`],
    [`http://localhost:${port}/a.png`],
    [`http://[::1]:${port}/a.png`],
    [`http://[::ffff:127.0.0.1]:${port}/a.png`],
    [`http://2130706433:${port}/a.png`],
    [`http://0x7f.1:${port}/a.png`],
    ["http://169.254.169.254/latest/meta-data/"],
    ["http://10.0.0.1/"],
    ["http://192.168.0.1/"],
    ["http://[fd00::1]/"],
  ])("%s is not public, whatever it is called", async (url) => {
    const { status, body } = await ask(openAll, "ollama/m", picture(url));
    expect([status, body.error?.code]).toEqual([400, "request_media"]);
    expect(web.asked).toEqual([]);
  });

  test("counts together with the others of its request", async () => {
    web.scripts.set("/one", { chunks: [Buffer.concat([png, Buffer.alloc(3_000)])] });
    web.scripts.set("/two", { chunks: [Buffer.concat([png, Buffer.alloc(3_000)])] });
    const both = [`http://pictures.example:${port}/one`, `http://pictures.example:${port}/two`].map(picture);
    expect((await ask(open20, "ollama/m", both[0]!)).status).toBe(200);
    expect((await ask(open20, "ollama/m", ...both)).body.error?.message).toContain("larger than");
  });

  test("that comes as data needs no fetching", async () => {
    expect((await ask(open20, "ollama/m", picture(`data:image/png;base64,${png.toString("base64")}`))).status).toBe(200);
    expect(web.asked).toEqual([]);
  });
});

test("a document by address reaches Converse as bytes", async () => {
  const answer = await open20.fetch(
    new Request("http://127.0.0.1/v1/messages", {
      method: "POST",
      headers: { "x-api-key": callerKey, "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({
        model: "bedrock/m",
        max_tokens: 10,
        messages: [
          {
            role: "user",
            content: [
              { type: "document", source: { type: "url", url: `http://pictures.example:${port}/a.pdf` } },
              { type: "text", text: "What?" },
            ],
          },
        ],
      }),
    }),
  );
  expect(answer.status).toBe(200);
  expect(sent().messages[0].content[0].document).toMatchObject({ format: "pdf", source: { bytes: pdf.toString("base64") } });
});
