import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Config, readConfig } from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { openGateway } from "../opening/open-gateway.ts";

// Callers whose dialect cannot hold what a model has thought, and who gets it back.

type Json = Record<string, unknown>;

const keys = { a: "sk-sluice-thoughts-a-0123456789abcdefghijklmnopq", b: "sk-sluice-thoughts-b-0123456789abcdefghijklmnopq" };
/** What each account got last, and whether it is down. */
const seen: Record<string, Json> = {};
const down = new Set<string>();

/** Two accounts at one provider that seals its thoughts: what one has sealed the other refuses. */
const upstream = createServer((request, response) => {
  void textOf(request).then((text) => {
    const account = String(request.headers["x-api-key"]);
    const body = JSON.parse(text) as Json;
    seen[account] = body;
    response.setHeader("content-type", "application/json");
    const foreign = [...text.matchAll(/"signature":"([^"]*)"/g)].some(([, signature]) => !signature?.startsWith(`sealed by ${account}`));
    if (down.has(account) || foreign) {
      const message = foreign ? "Invalid `signature` in `thinking` block" : "Overloaded";
      response.writeHead(foreign ? 400 : 529).end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }));
      return;
    }
    const turn = (body.messages as Json[]).filter(({ role }) => role === "assistant").length;
    const content = [
      { type: "thinking", thinking: `I think ${turn}.`, signature: `sealed by ${account} ${turn}` },
      { type: "tool_use", id: `toolu_${account}_${turn}`, name: "look", input: { turn } },
    ];
    const usage = { input_tokens: 1, output_tokens: 1 };
    response.end(JSON.stringify({ id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason: "tool_use", usage }));
  });
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const account = (apiKey: string) => ({ type: "anthropic", baseUrl, apiKey, retries: 0 });
const document = {
  providers: { first: account("account-one"), second: account("account-two") },
  models: {
    agent: { targets: ["first/claude-sonnet-4-5", "second/claude-sonnet-4-5"], strategy: "fallback", retries: 0 },
    // The same route, for another breaker.
    "first-again": { targets: ["first/claude-sonnet-4-5-20250929", "second/claude-sonnet-4-5"], strategy: "fallback", retries: 0 },
  },
  keys: Object.entries(keys).map(([name, value]) => ({ name, value })),
};
const opened = await openGateway({ config: document });
afterAll(async () => {
  await opened.close();
  upstream.close();
});
beforeEach(() => down.clear());

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

/** A conversation in Chat Completions that keeps only what its reference knows. */
class Conversation {
  readonly #key: string;
  messages: Json[];

  constructor(key: string, messages: Json[] = [{ role: "user", content: "Look." }]) {
    this.#key = key;
    this.messages = messages;
  }

  async turn(model = "agent"): Promise<{ status: number; id: string }> {
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
    const body = JSON.stringify({ model, messages: this.messages, tools, reasoning_effort: "high" });
    const headers = { authorization: `Bearer ${this.#key}`, "content-type": "application/json" };
    const answer = await opened.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
    const id = answer.headers.get("x-sluice-request-id") ?? "";
    if (answer.status !== 200) return { status: answer.status, id };
    const [choice] = ((await answer.json()) as { choices: { message: Json & { tool_calls: Json[] } }[] }).choices;
    const calls = choice?.message.tool_calls ?? [];
    this.messages.push({
      role: "assistant",
      content: null,
      tool_calls: calls.map(({ id, type, function: f }) => ({ id, type, function: f })),
    });
    for (const call of calls) this.messages.push({ role: "tool", tool_call_id: call.id, content: "seen" });
    return { status: 200, id };
  }
}

async function post(path: string, body: Json): Promise<{ status: number; json: Json }> {
  const headers = { authorization: `Bearer ${keys.a}`, "content-type": "application/json" };
  const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  return { status: answer.status, json: (await answer.json()) as Json };
}

/** A caller whose dialect holds thoughts: it sends back everything that it got. */
interface Keeper {
  turn(model: string): Promise<number>;
}

/** Speaks as the provider does, so that its seals come and go as they are. */
function messagesKeeper(): Keeper {
  const messages: Json[] = [{ role: "user", content: "Look." }];
  const thinking = { type: "enabled", budget_tokens: 1024 };
  const tools = [{ name: "look", input_schema: { type: "object" } }];
  return {
    async turn(model) {
      const { status, json } = await post("/v1/messages", { model, max_tokens: 4096, thinking, tools, messages });
      if (status !== 200) return status;
      messages.push({ role: "assistant", content: json.content });
      const calls = (json.content as Json[]).filter(({ type }) => type === "tool_use");
      messages.push({ role: "user", content: calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "seen" })) });
      return status;
    },
  };
}

/** Carries the seals in a form of its own. */
function responsesKeeper(): Keeper {
  const input: Json[] = [{ role: "user", content: "Look." }];
  const tools = [{ type: "function", name: "look", parameters: { type: "object" } }];
  return {
    async turn(model) {
      const include = ["reasoning.encrypted_content"];
      const { status, json } = await post("/v1/responses", { model, store: false, include, reasoning: { effort: "high" }, tools, input });
      if (status !== 200) return status;
      const output = json.output as Json[];
      const calls = output.filter(({ type }) => type === "function_call");
      input.push(...output, ...calls.map(({ call_id }) => ({ type: "function_call_output", call_id, output: "seen" })));
      return status;
    },
  };
}

async function checkedConfig(): Promise<Config> {
  const loaded = await readConfig(JSON.stringify(document), "config", { environment: {}, policies });
  if (loaded.issues) throw new Error("The config is wrong.");
  return loaded.config;
}

function thoughtsSeenBy(name: string): unknown[] {
  return ((seen[name]?.messages ?? []) as Json[]).flatMap(({ role, content }) =>
    role === "assistant" ? [(content as Json[]).flatMap((block) => (block.type === "thinking" ? [block.signature] : []))] : [],
  );
}

describe("thoughts that the caller cannot hold", () => {
  test("come back before their calls, turn after turn, and the record tells of it", async () => {
    const conversation = new Conversation(keys.a);
    for (let turn = 0; turn < 3; turn++) expect((await conversation.turn()).status).toBe(200);
    const { id } = await conversation.turn();
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"], ["sealed by account-one 1"], ["sealed by account-one 2"]]);
    expect(seen["account-one"]).toMatchObject({ thinking: { type: "enabled" } });
    expect(((seen["account-one"]?.messages ?? []) as Json[])[1]?.content).toEqual([
      { type: "thinking", thinking: "I think 0.", signature: "sealed by account-one 0" },
      { type: "tool_use", id: "toolu_account-one_0", name: "look", input: { turn: 0 } },
    ]);
    await opened.storage.drain();
    expect((await opened.storage.records.recent(10)).find((record) => record.id === id)?.detail.thoughts).toEqual({ putBack: 3, kept: 1 });
  });

  test("never come to another key, though it names the same calls", async () => {
    const own = new Conversation(keys.a);
    await own.turn();
    const stranger = new Conversation(keys.b, structuredClone(own.messages));
    expect((await stranger.turn()).status).toBe(200);
    expect(thoughtsSeenBy("account-one")).toEqual([[]]);
    await own.turn();
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"]]);
  });

  test("never come to another provider, and are there again when the first one is", async () => {
    const conversation = new Conversation(keys.a);
    await conversation.turn();
    down.add("account-one");
    expect((await conversation.turn()).status).toBe(200);
    expect(thoughtsSeenBy("account-two")).toEqual([[]]);
    expect((await conversation.turn("second/claude-sonnet-4-5")).status).toBe(200);
    expect(thoughtsSeenBy("account-two")).toEqual([[], ["sealed by account-two 1"]]);
    down.clear();
    expect((await conversation.turn("first/claude-sonnet-4-5")).status).toBe(200);
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"], [], []]);
  });

  test("outlive a reload of the config", async () => {
    const conversation = new Conversation(keys.a);
    await conversation.turn("first/claude-sonnet-4-5");
    opened.reload(await checkedConfig());
    await conversation.turn("first/claude-sonnet-4-5");
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"]]);
  });
});

describe("thoughts that the caller holds", () => {
  test.each([
    ["as the provider gave them", messagesKeeper],
    ["in a form of its own", responsesKeeper],
  ])("%s, never come to another provider of the same dialect", async (_form, open) => {
    const caller = open();
    expect(await caller.turn("agent")).toBe(200);
    expect(await caller.turn("agent")).toBe(200);
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"]]);
    expect(seen["account-one"]).toMatchObject({ thinking: { type: "enabled" } });
    down.add("account-one");
    expect(await caller.turn("agent")).toBe(200);
    expect(thoughtsSeenBy("account-two")).toEqual([[], []]);
    // A round of tools whose first thoughts are gone goes on without thinking, instead of a refusal.
    expect(seen["account-two"]).not.toHaveProperty("thinking");
    expect(await caller.turn("agent")).toBe(200);
    expect(thoughtsSeenBy("account-two")).toEqual([[], [], ["sealed by account-two 2"]]);
    down.clear();
    expect(await caller.turn("first-again")).toBe(200);
    expect(thoughtsSeenBy("account-one")).toEqual([["sealed by account-one 0"], ["sealed by account-one 1"], [], []]);
  });
});
