import { expect, setDefaultTimeout, test } from "bun:test";
import { randomFrom } from "../faults/promise.ts";
import { ask, chunk, hello, refusing, requestOf, type Scripted, useBench } from "./bench.ts";

setDefaultTimeout(60_000);

const bench = useBench();
const keys = 40;
const clients = 400;

/** Whole answers that the upstream has sent, by what was asked. */
const billed = new Map<string, number>();
/** Requests of which the upstream has said nothing, or not the end. */
const silent = new Map<string, number>();
const count = (counts: Map<string, number>, of: string) => counts.set(of, (counts.get(of) ?? 0) + 1);

test.each([1, 2, 3])("clients that repeat, leave and meet at two processes are never billed twice for a key, seed %d", async (seed) => {
  const random = randomFrom(seed);
  const folder = bench.newFolder();
  const config = { providers: { mock: bench.provider({ timeouts: { firstEventMs: 1_500 } }) } };
  const gateways = [await bench.open(config, folder), await bench.open(config, folder)];
  billed.clear();
  silent.clear();
  let serial = 0;
  // A late answer to another seed's is none of this one's.
  const question = (key: number) => `question ${key} of ${seed}`;
  const scripted: Scripted = async (_request, response) => {
    const { text } = bench.seen.at(-1) as { text: string };
    const { messages, stream } = JSON.parse(text) as { messages: [{ content: string }]; stream: boolean };
    const what = messages[0].content;
    const [fate, takesMs] = [random(), random() * 60];
    await Bun.sleep(takesMs);
    if (fate < 0.25) return refusing([400, 429, 500, 503][Math.floor(fate * 16)] ?? 500)(_request, response);
    if (fate < 0.3) return count(silent, what);
    if (fate < 0.35) {
      count(silent, what);
      response.destroy();
      return undefined;
    }
    serial++;
    if (fate < 0.45 && stream) {
      count(silent, what);
      response.writeHead(200, { "content-type": "text/event-stream" }).write(chunk(`half ${serial}`));
      await Bun.sleep(10);
      response.destroy();
      return undefined;
    }
    count(billed, what);
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (stream) {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(chunk(`answer ${serial}`));
      await Bun.sleep(10);
      const end = chunk("", { choices: [{ index: 0, finish_reason: "stop", delta: {} }] });
      response.end(`${end}${chunk(undefined, { usage })}data: [DONE]\n\n`);
      return undefined;
    }
    const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: `answer ${serial}` } }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: "c", object: "chat.completion", created: 1, model: "m", choices, usage }));
    return undefined;
  };
  bench.script = Array.from({ length: clients }, () => scripted);

  const answers = new Map<string, Set<string>>();
  const statuses = new Map<number, number>();
  const client = async () => {
    const key = Math.floor(random() * keys);
    // A target of its own: what goes wrong with one has no other rest.
    const body = { ...hello, model: `mock/m${key}`, messages: [{ role: "user", content: question(key) }], stream: key % 2 === 0 };
    const gateway = gateways[random() < 0.5 ? 0 : 1] ?? gateways[0];
    if (!gateway) return;
    await Bun.sleep(random() * 1_500);
    const leaving = new AbortController();
    const patience = random() < 0.3 ? setTimeout(() => leaving.abort(), random() * 80) : undefined;
    const asked = { key: `key ${key}`, body, signal: leaving.signal };
    const got = await (random() < 0.1 ? begunOnly() : ask(gateway, asked)).catch(() => undefined);
    clearTimeout(patience);
    if (!got) return;
    statuses.set(got.status, (statuses.get(got.status) ?? 0) + 1);
    if (got.status === 200) answers.set(question(key), (answers.get(question(key)) ?? new Set()).add(got.bytes.toString()));

    /** Reads the first piece, and leaves. */
    async function begunOnly(): Promise<undefined> {
      const reader = (await gateway?.fetch(requestOf(asked)))?.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      return undefined;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));

  const all = Array.from({ length: keys }, (_, key) => question(key));
  const wrong = all.filter((what) => (billed.get(what) ?? 0) + (silent.get(what) ?? 0) > 1 || (answers.get(what)?.size ?? 0) > 1);
  expect(wrong).toEqual([]);
  expect(all.filter((what) => answers.has(what) && !billed.has(what))).toEqual([]);
  // Enough of each has happened.
  expect([billed.size > 10, silent.size > 2, (statuses.get(200) ?? 0) > 50]).toEqual([true, true, true]);
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, each) => total + each, 0);
  console.log(
    `seed ${seed}: ${keys} keys, ${bench.seen.length} asked, ${sum(billed)} billed, ${sum(silent)} unknown, ${statuses.get(200)} answered`,
  );
});
