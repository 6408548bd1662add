import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { eventStreamMessage } from "../../protocols/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

// What Bedrock's callers say and hear beside their bodies.

interface Arrival {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const callerKey = "sk-sluice-bedrock-surfaces-0123456789abcdefghijkl";
const arrivals: Arrival[] = [];
let reply: () => Response;
let server: ReturnType<typeof Bun.serve>;
let opened: OpenedGateway;

beforeAll(async () => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      arrivals.push({ path: new URL(request.url).pathname, headers: Object.fromEntries(request.headers) });
      return reply();
    },
  });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const apiKey = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI";
  const kept = (model: string) => ({ targets: [`bedrock/${model}`], cache: { ttlSeconds: 60 } });
  opened = await openGateway({
    config: {
      keys: [{ name: "caller", value: callerKey }],
      providers: { demo: {}, bedrock: { baseUrl, region: "eu-west-1", apiKey } },
      models: { small: kept("a.small"), large: kept("a.large") },
    },
  });
});
afterAll(async () => {
  await opened.close();
  await server.stop(true);
});
beforeEach(() => {
  arrivals.length = 0;
});

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${callerKey}`;
  const init = { method: "POST", headers: { "content-type": "application/json", authorization, ...headers }, body: JSON.stringify(body) };
  return opened.fetch(new Request(`http://127.0.0.1${path}`, init));
}

async function usageOf(answered: Response) {
  await answered.text();
  await opened.storage.drain();
  return (await opened.storage.records.record(answered.headers.get("x-sluice-request-id") ?? ""))?.usage;
}

describe("a caller of InvokeModel", () => {
  const guardrail = {
    "x-amzn-bedrock-guardrailidentifier": "g-1",
    "x-amzn-bedrock-guardrailversion": "DRAFT",
    "x-amzn-bedrock-trace": "ENABLED",
    "x-amzn-bedrock-service-tier": "flex",
  };
  const claude = { anthropic_version: "bedrock-2023-05-31", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] };

  test("has its guardrail before Bedrock's model, under the signature", async () => {
    reply = () => Response.json({ outputs: [{ text: "Hello", stop_reason: "stop" }] });
    const answered = await post("/model/bedrock%2Fmistral.large/invoke", { prompt: "Hi" }, guardrail);
    expect(answered.status).toBe(200);
    expect(arrivals[0]?.headers).toMatchObject(guardrail);
    for (const name of Object.keys(guardrail)) expect(arrivals[0]?.headers.authorization).toContain(name);
  });

  test("is refused where another provider answers, which would do without the guardrail", async () => {
    const answered = await post("/model/demo%2Fchat/invoke", claude, guardrail);
    expect([answered.status, answered.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
    expect(((await answered.json()) as { message: string }).message).toContain("Guardrails");
    expect((await post("/model/demo%2Fchat/invoke", claude)).status).toBe(200);
  });

  test("is charged what Bedrock's headers count, where the model's own form counts nothing", async () => {
    const headers = { "x-amzn-bedrock-input-token-count": "17", "x-amzn-bedrock-output-token-count": "5" };
    reply = () => Response.json({ outputs: [{ text: "Hello", stop_reason: "stop" }] }, { headers });
    const usage = await usageOf(await post("/model/bedrock%2Fmistral.large/invoke", { prompt: "Hi" }));
    expect(usage).toMatchObject({ source: "reported", inputUncached: 17, output: 5 });
    const told = await post("/model/bedrock%2Fmistral.large/invoke", { prompt: "Hi" });
    for (const [name, count] of Object.entries(headers)) expect([name, told.headers.get(name)]).toEqual([name, count]);
    reply = () => Response.json({ prompt_token_count: 3, generation_token_count: 4, generation: "Hello" }, { headers });
    expect(await usageOf(await post("/model/bedrock%2Fmeta.llama/invoke", { prompt: "Hi" }))).toMatchObject({
      inputUncached: 3,
      output: 4,
    });
  });
});

describe("a caller of CountTokens", () => {
  const converse = { messages: [{ role: "user", content: [{ text: "How many tokens is this?" }] }] };
  const wrapped = (members: object) => ({ input: { invokeModel: { body: Buffer.from(JSON.stringify(members)).toString("base64") } } });

  test("is answered by Bedrock, and charged nothing", async () => {
    reply = () => Response.json({ inputTokens: 14 });
    const answered = await post("/model/bedrock%2Fanthropic.claude-haiku/count-tokens", { input: { converse } });
    expect(await answered.clone().json()).toEqual({ inputTokens: 14 });
    expect(arrivals[0]?.path).toBe("/model/anthropic.claude-haiku/count-tokens");
    expect(await usageOf(answered)).toMatchObject({ inputUncached: 0, output: 0 });
  });

  test("gets an estimate where the provider counts nothing, of what stands in base64 too", async () => {
    const count = async (body: object) => {
      const answered = await post("/model/demo%2Fchat/count-tokens", body);
      expect([answered.status, answered.headers.get("x-sluice-warning")]).toEqual([200, "tokens_estimated=input_tokens"]);
      return ((await answered.json()) as { inputTokens: number }).inputTokens;
    };
    expect(await count({ input: { converse } })).toBeGreaterThan(5);
    const long = [{ role: "user", content: "many words ".repeat(1_000) }];
    expect(await count(wrapped({ anthropic_version: "v", messages: long }))).toBeGreaterThan(2_000);
  });

  test("is refused in AWS's form where there is nothing to count", async () => {
    for (const body of [{}, { input: { converse: 1 } }, { input: { invokeModel: { body: "%%" } } }]) {
      const answered = await post("/model/demo%2Fchat/count-tokens", body);
      expect([answered.status, answered.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
    }
  });
});

test("an exception before the first word is told to callers of another dialect in their own form", async () => {
  const exception = eventStreamMessage(
    { ":exception-type": "validationException", ":content-type": "application/json", ":message-type": "exception" },
    Buffer.from('{"message":"The image is no PNG."}'),
  );
  reply = () => new Response(Buffer.from(exception), { headers: { "content-type": "application/vnd.amazon.eventstream" } });
  const body = { model: "bedrock/us.amazon.nova-lite-v1:0", stream: true, messages: [{ role: "user", content: "Hi" }] };
  const answered = await post("/v1/chat/completions", body);
  expect([answered.status, await answered.json()]).toMatchObject([400, { error: { message: "The image is no PNG." } }]);
  const own = await post("/model/bedrock%2Fus.amazon.nova-lite-v1%3A0/converse-stream", {
    messages: [{ role: "user", content: [{ text: "Hi" }] }],
  });
  expect([own.status, await own.json()]).toEqual([400, { message: "The image is no PNG." }]);
});

test("a kept answer is given again to whoever asks the same model for the same, under the same guardrail", async () => {
  reply = () => Response.json({ generation: arrivals.at(-1)?.path, prompt_token_count: 1, generation_token_count: 1 });
  const asked = async (model: string, headers = {}) => {
    const answered = await post(`/model/${model}/invoke`, { prompt: "Hi" }, headers);
    return [((await answered.json()) as { generation: string }).generation, answered.headers.get("x-sluice-cache")];
  };
  const guardrail = { "x-amzn-bedrock-guardrailidentifier": "g-1", "x-amzn-bedrock-guardrailversion": "1" };
  expect(await asked("small")).toEqual(["/model/a.small/invoke", "miss"]);
  expect(await asked("large")).toEqual(["/model/a.large/invoke", "miss"]);
  expect(await asked("small", guardrail)).toEqual(["/model/a.small/invoke", "miss"]);
  expect(await asked("small")).toEqual(["/model/a.small/invoke", "hit"]);
  expect(arrivals.map(({ headers }) => headers["x-amzn-bedrock-guardrailidentifier"])).toEqual([undefined, undefined, "g-1"]);
});
