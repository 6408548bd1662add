import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { ask, hello, isReplay, recordsOf, type Scripted, until, useBench } from "./bench.ts";

const bench = useBench();

const silent: Scripted = (_request, response) => void response.destroy();
const gemini = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const converse = { messages: [{ role: "user", content: [{ text: "hello" }] }] };
const chat = { model: "mock/m", messages: hello.messages };

test.each<[path: string, body: object]>([
  ["/v1/chat/completions", { ...chat, stream: true }],
  ["/v1/completions", { model: "mock/m", prompt: "hello" }],
  ["/v1/responses", { model: "mock/m", input: "hello", stream: true }],
  ["/v1/messages", { ...chat, max_tokens: 5, stream: true }],
  ["/v1beta/models/mock%2Fm:generateContent", gemini],
  ["/v1beta/models/mock%2Fm:streamGenerateContent", gemini],
  ["/v1beta/models/mock%2Fm:streamGenerateContent?alt=sse", gemini],
  ["/model/mock%2Fm/converse", converse],
  ["/model/mock%2Fm/converse-stream", converse],
  ["/v2/chat", chat],
  ["/api/chat", chat],
  ["/v1/embeddings", { model: "mock/m", input: "x" }],
])("an error that may have been billed is given again in its own words at %s %j", async (path, body) => {
  const gateway = await bench.open();
  bench.script = [silent];
  const first = await ask(gateway, { key: "k", path, body });
  const again = await ask(gateway, { key: "k", path, body });
  expect([first.status, again.status, isReplay(again), bench.seen.length]).toEqual([502, 502, true, 1]);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  const headersOf = ({ headers }: typeof first) =>
    [...headers].filter(([name]) => !/request-?id|^idempotent-|^x-sluice-(cache|overhead|cost|first)/.test(name));
  expect(headersOf(again)).toEqual(headersOf(first));
  const [repeat, original] = await recordsOf(gateway);
  expect([repeat?.fault, repeat?.outcome, repeat?.costNanos]).toEqual([original?.fault, original?.outcome, 0]);
});

/** A file of the spool has no name any more once it is open. */
function openUploads(folder: string): number {
  const linkOf = (descriptor: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return "";
    }
  };
  return readdirSync("/proc/self/fd").filter((descriptor) => linkOf(descriptor).startsWith(`${folder}/uploads/`)).length;
}

test("files of forms are let go once, whatever becomes of the request", async () => {
  const folder = bench.newFolder();
  const gateway = await bench.open({ idempotency: { waitSeconds: 1 } }, folder);
  const form = (fill: number) => {
    const made = new FormData();
    made.set("model", "mock/m");
    made.set("file", new File([new Uint8Array(2_000_000).fill(fill)], "a.mp3", { type: "audio/mpeg" }));
    return { key: "f", path: "/v1/audio/transcriptions", body: made };
  };
  bench.gate = Promise.withResolvers();
  const first = ask(gateway, form(1));
  await until(() => bench.seen.length === 1);
  expect(openUploads(folder)).toBe(1);
  const leaving = new AbortController();
  const left = ask(gateway, { ...form(1), signal: leaving.signal }).catch((error: Error) => error);
  const others = [ask(gateway, form(1)), ask(gateway, form(2)), ask(gateway, { ...form(1), key: "ü" })];
  await Bun.sleep(200);
  leaving.abort();
  await left;
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([409, 422, 400]);
  bench.gate.resolve();
  expect([(await first).status, isReplay(await ask(gateway, form(1))), bench.seen.length]).toEqual([200, true, 1]);
  await until(() => openUploads(folder) === 0);
});
