import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { issueKey } from "../../auth/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

/** Answers fifteen tokens to everything; keeps which models were asked for. */
let upstream: Server;
let baseUrl = "";
let seen: string[] = [];
let failing = "";

beforeAll(async () => {
  upstream = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()) as { model: string };
    seen.push(body.model);
    response.setHeader("content-type", "application/json");
    if (body.model === failing) response.statusCode = 500;
    const message = { role: "assistant", content: "Hi" };
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    response.end(JSON.stringify({ id: "c", choices: [{ index: 0, message, finish_reason: "stop" }], usage }));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
});
afterAll(() => void upstream.close());
beforeEach(() => {
  seen = [];
  failing = "";
});

const fileKey = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;

async function opened(config: Record<string, unknown> = {}): Promise<OpenedGateway> {
  const mock = { type: "openai-compatible", baseUrl };
  return openGateway({ config: { providers: { mock }, prices: { "mock/*": { input: 1, output: 1 } }, ...config } });
}

async function ask(gateway: OpenedGateway, key: string, headers: Record<string, string> = {}, model = "mock/m") {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "x" }], max_tokens: 5 });
  const all = { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers };
  const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers: all, body }));
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const statuses = async (count: number, one: () => Promise<{ status: number }>) => {
  const all: number[] = [];
  for (let at = 0; at < count; at++) all.push((await one()).status);
  return all;
};

describe("limits of the directory", () => {
  const limits = { requestsPerDay: 2 };
  const kinds = ["organisation", "team", "application", "user", "serviceAccount", "key"] as const;
  for (const limited of kinds) {
    test(`hold for a key of the ${limited} that has them, and for its other keys`, async () => {
      const gateway = await opened();
      const { directory, keys } = gateway.storage.control;
      const own = (kind: string) => (kind === limited ? { limits } : {});
      const now = Date.now();
      const organisation = (await directory.organisation.insert({ name: "acme", ...own("organisation") }, now)).id;
      const team = (await directory.team.insert({ organisation, name: "t", ...own("team") }, now)).id;
      const application = (await directory.application.insert({ organisation, name: "a", ...own("application") }, now)).id;
      const user = (await directory.user.insert({ organisation, userName: "ann", roles: [], teams: [], ...own("user") }, now)).id;
      const serviceAccount = (
        await directory.serviceAccount.insert({ organisation, name: "s", team, roles: [], ...own("serviceAccount") }, now)
      ).id;
      const make = async (name: string) =>
        (
          await issueKey(
            { kind: "key", name, organisation, team, application, user, serviceAccount, ...own("key") },
            keys,
            gateway.hasher,
            now,
          )
        ).text;
      const [first, second] = [await make("one"), await make("two")];
      await gateway.rereadKeys();
      expect(await statuses(2, () => ask(gateway, first))).toEqual([200, 200]);
      const refused = await ask(gateway, limited === "key" ? first : second);
      expect(refused.status).toBe(429);
      expect(refused.headers.get("x-sluice-policy")).toBe(`${limited === "serviceAccount" ? "service-account" : limited}-requests-day`);
      expect(seen.length).toBe(2);
      if (limited === "key") expect((await ask(gateway, second)).status).toBe(200);
      await gateway.close();
    });
  }

  test("change at once, and go on where a key is rotated", async () => {
    const gateway = await opened();
    const { keys } = gateway.storage.control;
    const issued = await issueKey({ kind: "key", name: "k", limits: { requestsPerDay: 1 } }, keys, gateway.hasher, Date.now());
    await gateway.rereadKeys();
    expect(await statuses(2, () => ask(gateway, issued.text))).toEqual([200, 429]);
    await keys.update(issued.stored.id, { limits: { requestsPerDay: 2 } });
    await gateway.rereadKeys();
    expect(await statuses(2, () => ask(gateway, issued.text))).toEqual([200, 429]);
    const { rotateKey } = await import("../../auth/index.ts");
    const next = await rotateKey(issued.stored.id, keys, gateway.hasher, Date.now());
    await gateway.rereadKeys();
    expect((await ask(gateway, next?.text ?? "")).status).toBe(429);
    await gateway.close();
  });
});

describe("scopes that come with the requests", () => {
  test("an end user has a counter of its own, where its caller is believed", async () => {
    const keys = [
      { name: "portal", value: fileKey("portal"), mayPassUser: true },
      { name: "bot", value: fileKey("bot") },
    ];
    const gateway = await opened({ keys, endUsers: { limits: { requestsPerDay: 1 } } });
    const as = (user: string, key = "portal") => ask(gateway, fileKey(key), { "x-sluice-user": user });
    expect([await as("ann"), await as("ann"), await as("bob"), await as("bob")].map(({ status }) => status)).toEqual([200, 429, 200, 429]);
    expect(await statuses(3, () => as("ann", "bot"))).toEqual([200, 200, 200]);
    expect((await as("ann")).headers.get("x-sluice-policy")).toBe("end-user-requests-day");
    await gateway.close();
  });

  test("an application's own word for its end users holds beside the config's", async () => {
    const gateway = await opened({ endUsers: { limits: { requestsPerDay: 3 } } });
    const { directory, keys } = gateway.storage.control;
    const application = await directory.application.insert({ name: "a", endUsers: { limits: { requestsPerDay: 1 } } }, Date.now());
    const make = async (name: string) =>
      (await issueKey({ kind: "key", name, application: application.id }, keys, gateway.hasher, Date.now())).text;
    const [first, second] = [await make("k"), await make("l")];
    await gateway.rereadKeys();
    const as = (key: string, user: string) => ask(gateway, key, { "x-sluice-user": user });
    expect([await as(first, "ann"), await as(second, "ann"), await as(second, "bob")].map(({ status }) => status)).toEqual([200, 429, 200]);
    expect((await as(first, "ann")).headers.get("x-sluice-policy")).toBe("application-end-user-requests-day");
    await directory.application.update(application.id, { endUsers: { limits: { requestsPerDay: 9 } } }, Date.now());
    await gateway.rereadKeys();
    expect([await as(first, "ann"), await as(first, "ann"), await as(first, "ann")].map(({ status }) => status)).toEqual([200, 200, 429]);
    expect((await as(first, "ann")).headers.get("x-sluice-policy")).toBe("end-user-requests-day");
    await gateway.close();
  });

  test("a session has one, of its key, and must be a name", async () => {
    const keys = ["a", "b"].map((name) => ({ name, value: fileKey(name) }));
    const gateway = await opened({ keys, sessions: { limits: { requestsPerHour: 1 } } });
    const within = (session: string, key = "a") => ask(gateway, fileKey(key), { "x-sluice-session": session });
    expect([await within("s1"), await within("s1"), await within("s2")].map(({ status }) => status)).toEqual([200, 429, 200]);
    expect((await within("s1", "b")).status).toBe(200);
    expect((await within("x".repeat(256))).status).toBe(400);
    expect(await statuses(3, () => ask(gateway, fileKey("a")))).toEqual([200, 200, 200]);
    await gateway.close();
  });
});

describe("a tag's limit", () => {
  const keys = [
    { name: "a", value: fileKey("a"), team: "red" },
    { name: "b", value: fileKey("b"), team: "red" },
    { name: "c", value: fileKey("c") },
    { name: "labelled", value: fileKey("labelled"), team: "red", metadata: { agent: "mail" } },
  ];
  const by = (gateway: OpenedGateway, agent: unknown, key = "a") =>
    ask(gateway, fileKey(key), agent === undefined ? {} : { "x-sluice-metadata": JSON.stringify({ agent }) });

  test("is of each value in each team, whichever key it comes with; without the tag nothing is limited by it", async () => {
    const gateway = await opened({ keys, teams: { red: {} }, tags: { agent: { limits: { requestsPerDay: 1 } } } });
    const asked = [by(gateway, "planner"), by(gateway, "planner", "b"), by(gateway, "writer"), by(gateway, "planner", "c")];
    const all = await Promise.all(asked);
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 429]);
    expect((await by(gateway, "planner")).headers.get("x-sluice-policy")).toBe("tag-agent-requests-day");
    expect(JSON.parse((await by(gateway, "planner")).text).error.message).toContain('the agent "planner"');
    expect(await statuses(3, () => by(gateway, undefined))).toEqual([200, 200, 200]);
    await gateway.close();
  });

  test("holds for the label of a key, whatever its holder says, and for budgets", async () => {
    // A request costs 15 millionths, and 80 are set aside for it.
    const budget = { usd: 0.000085, per: "day" };
    const gateway = await opened({ keys, teams: { red: {} }, tags: { agent: { budget } } });
    expect((await by(gateway, undefined, "labelled")).status).toBe(200);
    expect((await by(gateway, "another", "labelled")).status).toBe(429);
    expect((await by(gateway, "mail", "b")).status).toBe(429);
    expect((await by(gateway, "another", "b")).status).toBe(200);
    await gateway.close();
  });

  test("may be asked for: without a value nothing is sent", async () => {
    const tags = { agent: { required: true, limits: { requestsPerDay: 9 } }, feature: { limits: { requestsPerDay: 1 } } };
    const gateway = await opened({ keys, teams: { red: {} }, tags });
    for (const none of [undefined, null, ""]) {
      const { status, text } = await by(gateway, none);
      expect([status, text]).toEqual([400, expect.stringContaining("x-sluice-metadata")]);
    }
    expect(seen.length).toBe(0);
    expect([(await by(gateway, "a")).status, (await by(gateway, undefined, "labelled")).status]).toEqual([200, 200]);
    await gateway.close();
  });
});

describe("a tool's limit", () => {
  const keys = ["a", "b"].map((name) => ({ name, value: fileKey(name) }));
  const said = { messages: [{ role: "user", content: "x" }] };
  const schema = { type: "object", properties: {} };
  const ofChat = (name: string) => ({ type: "function", function: { name, parameters: schema } });
  const ofMessages = (name: string) => ({ name, input_schema: schema });
  const inNamespace = { type: "namespace", name: "post", tools: [{ type: "function", name: "send", parameters: schema }] };
  const searchOfGemini = { contents: [{ role: "user", parts: [{ text: "x" }] }], tools: [{ googleSearch: {} }] };
  const ofConverse = { ...said, messages: [{ role: "user", content: [{ text: "x" }] }] };

  async function send(gateway: OpenedGateway, body: object, path = "/v1/chat/completions", key = "a") {
    const headers = { authorization: `Bearer ${fileKey(key)}`, "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify({ model: "mock/m", max_tokens: 5, ...body }) };
    const answer = await gateway.fetch(new Request(`http://127.0.0.1${path}`, request));
    return { status: answer.status, policy: answer.headers.get("x-sluice-policy"), text: await answer.text() };
  }

  test.each<[tool: string, path: string, body: object]>([
    ["mail", "/v1/chat/completions", { ...said, tools: [ofChat("other"), ofChat("mail")] }],
    ["mail", "/v1/chat/completions", { ...said, functions: [{ name: "mail", parameters: schema }] }],
    ["patch", "/v1/chat/completions", { ...said, tools: [{ type: "custom", custom: { name: "patch" } }] }],
    ["web_search", "/v1/chat/completions", { ...said, web_search_options: {} }],
    ["web_search", "/v1/chat/completions", { ...said, web_search_options: {}, tool_choice: "none" }],
    ["web_search", "/v1/chat/completions", { ...said, tools: [{ type: "web_search_preview" }] }],
    ["web_search", "/v1/chat/completions", { ...said, tools: [{ type: "builtin_function", function: { name: "$web_search" } }] }],
    ["web_search", "/v1/chat/completions", { ...said, plugins: [{ id: "web" }] }],
    ["web_search", "/v1/chat/completions", { ...said, search_parameters: { mode: "auto" } }],
    ["web_search", "/v1/chat/completions", { ...said, enable_search: true }],
    ["mail", "/v1/chat/completions", { ...said, tools: [ofChat("mail")], function_call: "none" }],
    ["mail", "/v1/chat/completions", { ...said, tools: [{ ...ofChat("mail"), type: "odd" }] }],
    ["mail", "/v1/responses", { input: "x", tools: [{ type: "function", name: "mail", parameters: schema }] }],
    ["post__send", "/v1/responses", { input: "x", tools: [inNamespace] }],
    ["web_search", "/v1/responses", { input: "x", tools: [{ type: "web_search" }] }],
    ["mail", "/v1/messages", { ...said, tools: [ofMessages("mail")] }],
    ["web_search", "/v1/messages", { ...said, tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    [
      "mail",
      "/model/mock%2Fm/converse",
      { ...ofConverse, toolConfig: { tools: [{ toolSpec: { name: "mail", inputSchema: { json: schema } } }] } },
    ],
    ["mail", "/model/mock%2Fm/invoke", { ...said, anthropic_version: "bedrock-2023-05-31", tools: [ofMessages("mail")] }],
    ["web_search", "/v1beta/models/mock%2Fm:generateContent", searchOfGemini],
    ["mail", "/v2/chat", { ...said, tools: [ofChat("mail")] }],
    ["mail", "/api/chat", { ...said, stream: false, tools: [ofChat("mail")] }],
  ])("%s is of every caller, in the form of %s", async (tool, path, body) => {
    const gateway = await opened({ keys, tools: { [tool]: { limits: { requestsPerDay: 1 } }, others: { limits: { requestsPerDay: 1 } } } });
    expect((await send(gateway, body, path)).status).toBe(200);
    const refused = await send(gateway, body, path, "b");
    expect([refused.status, refused.policy, seen.length]).toEqual([429, "tool-requests-day", 1]);
    expect(refused.text).toContain(`the tool \\"${tool}\\"`);
    await gateway.close();
  });

  test("is of all names that a glob fits, together; of requests that may not use them nothing is counted", async () => {
    const tools = { "mcp__*": { limits: { requestsPerDay: 2 } }, "computer_*": { budget: { usd: 0.0002, per: "day" } } };
    const gateway = await opened({ keys, tools });
    const using = (...names: string[]) => send(gateway, { ...said, tools: names.map(ofChat) });
    const all = [await using("mcp__a"), await using("mcp__b", "mcp__c"), await using("mcp__a"), await using("mcpa"), await using()];
    expect(all.map(({ status }) => status)).toEqual([200, 200, 429, 200, 200]);
    expect((await send(gateway, { ...said, tools: [ofChat("mcp__a")], tool_choice: "none" })).status).toBe(200);
    expect((await ask(gateway, fileKey("b"))).status).toBe(200);
    const refused = (await Promise.all(Array.from({ length: 20 }, () => using("computer_x")))).filter(({ status }) => status === 429);
    expect(new Set(refused.map(({ policy }) => policy))).toEqual(new Set(["tool-budget-day"]));
    expect(refused.length).toBeGreaterThan(5);
    await gateway.close();
  });

  test("does not hold up a form that knows no tools and is not read", async () => {
    const bedrock = { type: "bedrock", baseUrl, region: "us-east-1", apiKey: "x" };
    const gateway = await opened({ keys, providers: { bedrock }, prices: {}, tools: { mail: { limits: { requestsPerDay: 1 } } } });
    const statusOf = async (body: object) =>
      (await send(gateway, { model: undefined, max_tokens: undefined, ...body }, "/model/bedrock%2Fm/invoke")).status;
    expect(await statusOf({ prompt: "x" })).toBe(200);
    expect(await statusOf({ message: "x", tools: [{ name: "mail" }] })).toBe(400);
    await gateway.close();
  });

  test("cannot be passed by tools that cannot be read", async () => {
    const gateway = await opened({ keys, tools: { mail: { limits: { requestsPerDay: 1 } } } });
    for (const tools of ["mail", { mail: {} }, ["mail"], [{ type: "function", name: 7 }]])
      expect([tools, (await send(gateway, { ...said, tools })).status]).toEqual([tools, 400]);
    expect(seen.length).toBe(0);
    await gateway.close();
  });

  test("may lead to another model", async () => {
    const tools = JSON.parse('{"mail":{"limits":{"requestsPerDay":1,"then":{"use":"cheap"}}}}') as object;
    const gateway = await opened({ keys, tools, models: { cheap: "mock/cheap" } });
    const body = { ...said, tools: [ofChat("mail")] };
    expect([(await send(gateway, body)).status, (await send(gateway, body)).status]).toEqual([200, 200]);
    expect(seen).toEqual(["m", "cheap"]);
    await gateway.close();
  });
});

describe("a provider's limit", () => {
  const second = () => ({ type: "openai-compatible", baseUrl });
  const config = (limits: object, more: object = {}) => ({
    keys: [{ name: "a", value: fileKey("a") }],
    providers: { one: { type: "openai-compatible", baseUrl, limits }, two: { ...second(), ...more } },
    prices: { "one/*": { input: 1, output: 1 }, "two/*": { input: 1, output: 1 } },
    models: { both: { targets: ["one/first", "two/second"] }, only: { targets: ["one/first"] } },
  });

  test("is passed over for the next target, and refuses where none is left", async () => {
    const gateway = await opened(config({ requestsPerDay: 2 }, { limits: { requestsPerDay: 2 } }));
    expect(await statuses(5, () => ask(gateway, fileKey("a"), {}, "both"))).toEqual([200, 200, 200, 200, 429]);
    expect(seen).toEqual(["first", "first", "second", "second"]);
    const { status, headers } = await ask(gateway, fileKey("a"), {}, "only");
    expect([status, headers.get("x-sluice-policy")]).toEqual([429, "provider-requests-day"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    await gateway.close();
  });

  test("says in the answer that it was the reason", async () => {
    const gateway = await opened(config({ requestsPerDay: 0 }));
    const { headers } = await ask(gateway, fileKey("a"), {}, "both");
    expect(headers.get("x-sluice-route-reason")).toBe("first of the list failed (one/first provider_exhausted); next try");
    await gateway.close();
  });

  test("counts tries that failed as requests, and what they set aside comes back", async () => {
    failing = "first";
    const gateway = await opened(config({ requestsPerDay: 100, concurrency: 1 }));
    expect(await statuses(4, () => ask(gateway, fileKey("a"), {}, "both"))).toEqual([200, 200, 200, 200]);
    failing = "";
    await gateway.close();
  });

  test("of money holds under many at once", async () => {
    const gateway = await opened({
      ...config({}),
      providers: { one: { type: "openai-compatible", baseUrl, budget: { usd: 0.001, per: "month" } } },
      models: {},
    });
    let passed = 0;
    for (let round = 0; round < 12; round++) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(gateway, fileKey("a"), {}, "one/first")));
      passed += answers.filter(({ status }) => status === 200).length;
    }
    expect(passed).toBe(seen.length);
    expect(passed * 15).toBeLessThanOrEqual(1000);
    expect(passed * 15).toBeGreaterThan(1000 - 150);
    await gateway.close();
  });
});

describe("a limit that names another model", () => {
  const instead = JSON.parse('{"then":{"use":"cheap"}}') as object;
  const keys = [
    { name: "a", value: fileKey("a"), budget: { usd: 0.001, per: "month", ...instead } },
    { name: "b", value: fileKey("b"), models: ["mock/m"], budget: { usd: 0.000001, per: "month", ...instead } },
    { name: "c", value: fileKey("c"), limits: { requestsPerDay: 1, ...instead } },
  ];
  const models = { cheap: { targets: ["mock/cheap"], limits: { requestsPerDay: 3 } } };
  const prices = { "mock/cheap": { input: 0, output: 0 }, "mock/*": { input: 1, output: 1 } };

  test("sends there what does not fit, says so, and stops where that one is used up", async () => {
    const gateway = await opened({ keys, models, prices });
    let last = await ask(gateway, fileKey("a"));
    let dear = 0;
    for (; seen.at(-1) === "m"; dear++) last = await ask(gateway, fileKey("a"));
    expect(dear).toBeGreaterThan(10);
    expect(dear * 15).toBeLessThanOrEqual(1000);
    expect([last.status, seen.at(-1)]).toEqual([200, "cheap"]);
    expect(last.headers.get("x-sluice-warning")).toBe("model_downgraded=model");
    expect(last.headers.get("x-sluice-route-reason")).toBe("key-budget-month has no room for mock/m: cheap; only target");
    expect(last.headers.get("x-sluice-model")).toBe("cheap");
    expect(await statuses(3, () => ask(gateway, fileKey("a")))).toEqual([200, 200, 429]);
    await gateway.storage.drain();
    const record = await gateway.storage.records.record(last.headers.get("x-sluice-request-id") ?? "");
    expect([record?.model, record?.targetModel, record?.detail.downgrade]).toEqual([
      "mock/m",
      "cheap",
      { from: "mock/m", to: "cheap", limit: "key-budget-month" },
    ]);
    await gateway.close();
  });

  test("does not open a model to who may not call it", async () => {
    const gateway = await opened({ keys, models, prices });
    const { status, headers } = await ask(gateway, fileKey("b"));
    expect([status, headers.get("x-sluice-policy"), seen.length]).toEqual([429, "key-budget-month", 0]);
    await gateway.close();
  });

  test("does not open what limits the other one, though that names a third", async () => {
    const onward = JSON.parse('{"then":{"use":"third"}}') as object;
    const limited = {
      ...models,
      cheap: { targets: ["mock/cheap"], limits: { requestsPerDay: 2, ...onward } },
      third: { targets: ["mock/m"] },
    };
    const gateway = await opened({ keys, models: limited, prices });
    expect(await statuses(5, () => ask(gateway, fileKey("c")))).toEqual([200, 200, 200, 429, 429]);
    expect(seen).toEqual(["m", "cheap", "cheap"]);
    await gateway.close();
  });

  test("counts only what goes to the first one, where it counts requests", async () => {
    const gateway = await opened({ keys, models, prices });
    expect(await statuses(5, () => ask(gateway, fileKey("c")))).toEqual([200, 200, 200, 200, 429]);
    expect(seen).toEqual(["m", "cheap", "cheap", "cheap"]);
    await gateway.close();
  });
});
