import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { providers } from "../../src/providers/index.ts";
import { record } from "./record.ts";
import { keptHeaders, scrubbed } from "./scrub.ts";

const key = "sk-proj-abcDEF0123456789_secret";
const asked: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
let server: Server;
let out: string;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), "sluice-record-"));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      asked.push({ path: request.url ?? "", body });
      const head = { "set-cookie": "session=mine", "openai-organization": "my-company", "content-type": "application/json" };
      if (String(body.model).startsWith("no-such")) {
        const error = { message: `Incorrect key ${key} of org-AbCdEf123456, ask me@company.example.`, code: "model_not_found" };
        response.writeHead(404, head).end(JSON.stringify({ error }));
      } else if (body.stream === true) {
        response.writeHead(200, { ...head, "content-type": "text/event-stream" }).end('data: {"id":"c"}\n\ndata: [DONE]\n\n');
      } else {
        response.writeHead(200, head).end(JSON.stringify({ id: "c", signature: "org/AbC+sk==", key }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(out, { recursive: true });
});

test("what a provider answers is kept, and nothing of the account's", async () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const lines: string[] = [];
  const files = await record({
    provider: providers.get("openai")!,
    model: "gpt-test",
    apiKey: key,
    baseUrl,
    surfaces: ["openai-chat", "openai-responses", "openai-embeddings", "openai-moderations", "openai-models", "openai-completions"],
    out,
    say: (line) => lines.push(line),
  });
  expect(lines.filter((line) => line.startsWith("not asked: "))).toEqual([
    "not asked: openai-models, for which no questions are written",
    "not asked: openai-completions, for which no questions are written",
  ]);
  expect(lines.length).toBe(files.length + 2);
  expect(readdirSync(join(out, "openai-chat")).toSorted()).toEqual(
    ["error", "image", "schema", "stream", "tools-stream", "tools", "whole"].map((name) => `openai-${name}.json`).toSorted(),
  );
  expect(readdirSync(out).toSorted()).toEqual(["openai-chat", "openai-embeddings", "openai-moderations", "openai-responses"]);
  const all = files.map((file) => readFileSync(file, "utf8")).join("");
  for (const secret of [key, "127.0.0.1", "my-company", "session=mine", "AbCdEf123456", "me@company.example"])
    expect(all).not.toContain(secret);
  const whole = JSON.parse(readFileSync(join(out, "openai-chat/openai-whole.json"), "utf8")) as Record<string, unknown>;
  expect(whole).toMatchObject({
    status: 200,
    url: "https://deployment.example/v1/chat/completions",
    answer: { signature: "org/AbC+sk==" },
  });
  expect(whole.request).toEqual(asked.find(({ path }) => path === "/v1/chat/completions")!.body);
  const stream = JSON.parse(readFileSync(join(out, "openai-chat/openai-stream.json"), "utf8")) as Record<string, unknown>;
  expect(stream.stream).toBe('data: {"id":"c"}\n\ndata: [DONE]\n\n');
});

test("a secret is taken out in each form that it can stand in", () => {
  const forms = [key, encodeURIComponent("a/b+c"), Buffer.from("a/b+c").toString("base64")];
  expect(scrubbed(`1 ${forms.join(" 2 ")} 3`, [key, "a/b+c"])).toBe("1 REMOVED 2 REMOVED 2 REMOVED 3");
  expect(
    keptHeaders([
      ["set-cookie", "a"],
      ["content-type", "b"],
      ["openai-organization", "c"],
    ]),
  ).toEqual({ "content-type": "b" }); // prettier-ignore
});
