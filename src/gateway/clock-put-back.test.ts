import { afterEach, expect, setSystemTime, test } from "bun:test";
import { openGateway } from "./opening/open-gateway.ts";

// The machine's clock goes back by an hour between two requests.

const key = "sk-sluice-clock-put-back-0123456789abcdefghijklmn";
const putBack = () => setSystemTime(new Date(Date.now() - 3_600_000));
afterEach(() => setSystemTime());

/** A gateway before one upstream whose next answers are these; then it answers well, with a number. */
async function withUpstream(
  refusals: readonly { status: number; headers?: Record<string, string> }[],
  work: (ask: () => Promise<[number, string]>) => Promise<void>,
) {
  const waiting = [...refusals];
  let answers = 0;
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      const refusal = waiting.shift();
      if (refusal) return Response.json({ error: { message: "no", type: "x", code: "x" } }, refusal);
      const message = { role: "assistant", content: `answer ${++answers}` };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      return Response.json({ id: "c", object: "chat.completion", choices: [{ index: 0, finish_reason: "stop", message }], usage });
    },
  });
  const opened = await openGateway({
    config: {
      providers: { mock: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${upstream.port}/v1` } },
      models: { kept: { targets: ["mock/m"], cache: { ttlSeconds: 1 } }, plain: { targets: ["mock/m"] } },
      keys: [{ name: "test", value: key }],
    },
  });
  const ask = async (model: string): Promise<[number, string]> => {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] });
    const init = { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body };
    const answer = await opened.fetch(new Request("http://127.0.0.1/v1/chat/completions", init));
    const told = (await answer.json()) as { choices?: { message: { content: string } }[] };
    return [answer.status, told.choices?.[0]?.message.content ?? ""];
  };
  try {
    await work(() => ask(refusals.length > 0 ? "plain" : "kept"));
  } finally {
    await opened.close();
    await upstream.stop(true);
  }
}

test(
  "a provider that asked for a second of rest rests no longer",
  () =>
    withUpstream(
      [
        { status: 429, headers: { "retry-after": "1" } },
        { status: 429, headers: { "retry-after": "1" } },
        { status: 429, headers: { "retry-after": "1" } },
      ],
      async (ask) => {
        let status = 200;
        for (let tries = 0; status === 200 && tries < 3; tries++) [status] = await ask();
        expect(status).toBe(429);
        putBack();
        for (let waited = 0; waited < 40 && status !== 200; waited++) {
          await Bun.sleep(100);
          [status] = await ask();
        }
        expect(status).toBe(200);
      },
    ),
  20_000,
);

test("an answer that is kept for a second is kept no longer", () =>
  withUpstream([], async (ask) => {
    expect(await ask()).toEqual([200, "answer 1"]);
    expect(await ask()).toEqual([200, "answer 1"]);
    putBack();
    await Bun.sleep(1_100);
    expect(await ask()).toEqual([200, "answer 2"]);
  }));
