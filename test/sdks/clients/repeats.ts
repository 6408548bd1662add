import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText } from "ai";
import OpenAI, { APIError } from "openai";

export interface RepeatCheck {
  readonly id: string;
  readonly problem: string | undefined;
}

interface Address {
  readonly url: string;
  readonly key: string;
}

/** What the checks ask of the upstream. */
interface Counted {
  calls(model: string): number;
}

const messages = [{ role: "user" as const, content: "hi" }];
const keyed = (key: string) => ({ headers: { "Idempotency-Key": key } });
/** A provider's name and its own name for the model: the last part says how long an answer takes. */
const chat = (model: string) => `chat/${model}`;

/** Everything that applications do with a key by their SDKs, once. */
export async function repeatChecks({ url, key }: Address, upstream: Counted): Promise<readonly RepeatCheck[]> {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const patient = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 2, timeout: 400 });
  const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  const checks: Readonly<Record<string, () => Promise<void>>> = {
    "openai: a call again is the same answer, marked as a replay": async () => {
      const twice = async () => openai.chat.completions.create({ model: chat("o1"), messages }, keyed("o1")).withResponse();
      const [first, again] = [await twice(), await twice()];
      assert.deepEqual(again.data, first.data);
      assert.equal(first.response.headers.get("idempotent-replayed"), null);
      assert.equal(again.response.headers.get("idempotent-replayed"), "true");
      assert.equal(upstream.calls("o1"), 1);
    },
    "openai: a stream again is the same stream": async () => {
      const chunks = async () => {
        const stream = await openai.chat.completions.create({ model: chat("o2"), messages, stream: true }, keyed("o2"));
        return Array.fromAsync(stream);
      };
      const [first, again] = [await chunks(), await chunks()];
      assert.ok(first.length > 3);
      assert.deepEqual(again, first);
      assert.equal(upstream.calls("o2"), 1);
    },
    "openai: Responses, streamed, over a provider of another dialect": async () => {
      const events = async () =>
        Array.fromAsync(await openai.responses.create({ model: chat("o3"), input: "hi", stream: true }, keyed("o3")));
      const [first, again] = [await events(), await events()];
      assert.equal(first.at(-1)?.type, "response.completed");
      assert.deepEqual(again, first);
      assert.equal(upstream.calls("o3"), 1);
    },
    "openai: embeddings": async () => {
      const twice = () => openai.embeddings.create({ model: chat("o4"), input: "hi", encoding_format: "float" }, keyed("o4"));
      assert.deepEqual((await twice()).data, (await twice()).data);
      assert.equal(upstream.calls("o4"), 1);
    },
    "openai: fifty at once on one key": async () => {
      const asked = () => openai.chat.completions.create({ model: chat("o5-300"), messages }, keyed("o5"));
      const answers = await Promise.all(Array.from({ length: 50 }, asked));
      assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
      assert.equal(upstream.calls("o5-300"), 1);
    },
    "openai: another body under the same key is an error that is not tried again": async () => {
      await openai.chat.completions.create({ model: chat("o6"), messages }, keyed("o6"));
      const eager = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 2 });
      const error = await eager.chat.completions
        .create({ model: chat("o6"), messages, max_tokens: 7 }, keyed("o6"))
        .catch((thrown) => thrown);
      assert.ok(error instanceof APIError);
      assert.equal(error.status, 422);
      assert.equal(error.code, "repetition_differs");
      assert.equal(upstream.calls("o6"), 1);
    },
    "openai: its own retries after its own timeout are billed once with a key": async () => {
      const answer = await patient.chat.completions.create({ model: chat("o7-900"), messages }, keyed("o7"));
      assert.equal(answer.choices[0]?.message.content, "call 1");
      assert.equal(upstream.calls("o7-900"), 1);
    },
    "openai: and again and again without one": async () => {
      await assert.rejects(patient.chat.completions.create({ model: chat("o8-900"), messages }));
      assert.equal(upstream.calls("o8-900"), 3);
    },
    "anthropic: a call and a stream again": async () => {
      const body = { model: chat("a1"), max_tokens: 10, messages };
      const twice = () => anthropic.messages.create(body, keyed("a1"));
      assert.deepEqual(await twice(), await twice());
      const events = async () =>
        Array.fromAsync(await anthropic.messages.create({ ...body, model: chat("a2"), stream: true }, keyed("a2")));
      const [first, again] = [await events(), await events()];
      assert.equal(first.at(-1)?.type, "message_stop");
      assert.deepEqual(again, first);
      assert.deepEqual([upstream.calls("a1"), upstream.calls("a2")], [1, 1]);
    },
    "ai: a call again": async () => {
      const model = createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(chat("v1"));
      const twice = () => generateText({ model, prompt: "hi", ...keyed("v1") });
      assert.equal((await twice()).text, (await twice()).text);
      assert.equal(upstream.calls("v1"), 1);
    },
    "none sends a key by itself": async () => {
      const heard = await listening(async (address) => {
        const timeout = { maxRetries: 0 };
        await new OpenAI({ baseURL: address, apiKey: "x", ...timeout }).chat.completions
          .create({ model: "m", messages })
          .catch(() => undefined);
        await new Anthropic({ baseURL: address, apiKey: "x", ...timeout }).messages
          .create({ model: "m", max_tokens: 1, messages })
          .catch(() => undefined);
        const model = createOpenAI({ baseURL: address, apiKey: "x" }).chat("m");
        await generateText({ model, prompt: "hi", maxRetries: 0 }).catch(() => undefined);
        // Their own option of that name says nothing on the wire: the header has to be named.
        const option = { idempotencyKey: "of-the-option" };
        await new OpenAI({ baseURL: address, apiKey: "x", ...timeout }).chat.completions
          .create({ model: "m", messages }, option)
          .catch(() => undefined);
        await new Anthropic({ baseURL: address, apiKey: "x", ...timeout }).messages
          .create({ model: "m", max_tokens: 1, messages }, option)
          .catch(() => undefined);
      });
      assert.equal(heard.length, 5);
      assert.ok(!JSON.stringify(heard).includes("of-the-option"));
      assert.deepEqual(
        heard.filter((headers) => "idempotency-key" in headers),
        [],
      );
      assert.equal(heard[0]?.["x-stainless-retry-count"], "0");
    },
  };
  const results: RepeatCheck[] = [];
  for (const [id, check] of Object.entries(checks)) {
    const problem = await check().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    results.push({ id, problem });
  }
  return results;
}

/** The headers of what comes, which is answered with 400. */
async function listening(work: (address: string) => Promise<void>): Promise<readonly IncomingHttpHeaders[]> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    request.resume();
    response.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"No."}}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return heard;
}
