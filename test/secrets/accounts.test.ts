import { afterEach, beforeEach, expect, test } from "bun:test";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";

const clientKey = "sk-sluice-client-of-the-account-tests-1";

/** Speaks Messages, thinks, and takes the thoughts back only from the account that has sealed them. */
function startSealer() {
  const limited = new Set<string>();
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const key = request.headers.get("x-api-key") ?? "";
      const account = key.split("-")[1] ?? "";
      asked.push(account);
      const error = (status: number, type: string, headers = {}) =>
        Response.json({ type: "error", error: { type, message: "told" } }, { status, headers });
      if (limited.has(account)) return error(429, "rate_limit_error", { "retry-after": "30" });
      const text = await request.text();
      const seals = [...text.matchAll(/sealed-by-(\w+)/g)].map(([, by]) => by);
      if (seals.some((by) => by !== account)) return error(400, "invalid_request_error");
      return Response.json({
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude",
        content: [
          { type: "thinking", thinking: "Hm.", signature: `sealed-by-${account}` },
          { type: "text", text: `Seen ${seals.length} of mine.` },
        ],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 3, output_tokens: 2 },
      });
    },
  });
  return { baseUrl: `http://127.0.0.1:${server.port}`, limited, asked, stop: () => server.stop(true) };
}

let sealer: ReturnType<typeof startSealer>;
let opened: OpenedGateway;

beforeEach(async () => {
  sealer = startSealer();
  const key = (account: string, number: number) => ({ key: `sk-${account}-number-${number}-of-it`, account });
  opened = await openGateway({
    config: {
      providers: {
        main: { type: "anthropic", baseUrl: sealer.baseUrl, apiKeys: [key("red", 1), key("red", 2), key("blue", 1), key("blue", 2)] },
        spare: { type: "anthropic", baseUrl: sealer.baseUrl, apiKey: "sk-green-number-1-of-it" },
      },
      models: { one: "main/claude", two: { targets: ["main/claude", "spare/claude"] } },
      keys: [{ name: "client", value: clientKey }],
    },
  });
});
afterEach(async () => {
  await opened.close();
  await sealer.stop();
});

async function ask(model: string, messages: readonly object[]) {
  const answer = await opened.fetch(
    new Request("http://127.0.0.1/v1/messages", {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": clientKey },
      body: JSON.stringify({ model, max_tokens: 100, messages }),
    }),
  );
  const body = (await answer.json()) as { content?: { text?: string }[]; error?: { message: string } };
  return { status: answer.status, body, retryAfter: answer.headers.get("retry-after"), warning: answer.headers.get("x-sluice-warning") };
}

/** A first turn, and the second as a client of Messages sends it. */
async function begun(model: string, question: string) {
  const first = await ask(model, [{ role: "user", content: question }]);
  const account = sealer.asked.at(-1) as string;
  const messages = [
    { role: "user", content: question },
    { role: "assistant", content: first.body.content },
    { role: "user", content: "And then?" },
  ];
  return { account, messages };
}

test("a conversation whose thoughts an account has sealed goes back to it, and to no other while its keys rest", async () => {
  for (let conversation = 0; conversation < 12; conversation++) {
    const { account, messages } = await begun("one", `Question ${conversation}`);
    const next = await ask("one", messages);
    expect([next.status, sealer.asked.at(-1)]).toEqual([200, account]);
    expect(next.body.content?.[1]?.text).toBe("Seen 1 of mine.");
  }
  const { account, messages } = await begun("one", "The one that is held up");
  sealer.limited.add(account);
  const before = sealer.asked.length;
  const held = await ask("one", messages);
  expect([held.status, held.retryAfter]).toEqual([429, "30"]);
  expect(new Set(sealer.asked.slice(before))).toEqual(new Set([account]));
  // Nothing of a new conversation is sealed: it goes where it can.
  for (let conversation = 0; conversation < 12; conversation++)
    expect((await ask("one", [{ role: "user", content: `New ${conversation}` }])).status).toBe(200);
  const other = account === "red" ? "blue" : "red";
  expect(new Set(sealer.asked.slice(-12))).toEqual(new Set([other]));
});

test("where its account rests, the next target gets the conversation without what it cannot open", async () => {
  const { account, messages } = await begun("two", "Question");
  sealer.limited.add(account);
  const moved = await ask("two", messages);
  expect([moved.status, sealer.asked.at(-1)]).toEqual([200, "green"]);
  expect(moved.body.content?.[1]?.text).toBe("Seen 0 of mine.");
  expect(moved.warning).toContain("reasoning_foreign_dropped");
});
