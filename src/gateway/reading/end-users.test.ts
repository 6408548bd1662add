import { afterAll, describe, expect, test } from "bun:test";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../opening/open-gateway.ts";

// Which of a caller's users a request is for: believed from those who are marked, from nobody else.

const sent: { headers: IncomingHttpHeaders; body: string }[] = [];
const upstream = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  sent.push({ headers: request.headers, body });
  const message = { role: "assistant", content: "Hi" };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id: "c", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage }));
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const trusted = "sk-sluice-trusted-0123456789abcdefghijklmnop";
const plain = "sk-sluice-plain-0123456789abcdefghijklmnopqr";
const configOf = (usersFromBody: boolean) => ({
  providers: {
    local: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`, apiKey: "k" },
  },
  identity: { usersFromBody },
  keys: [
    { name: "portal", value: trusted, mayPassUser: true },
    { name: "bot", value: plain },
  ],
});
const headerOnly = await openGateway({ config: configOf(false) });
const alsoBody = await openGateway({ config: configOf(true) });
afterAll(async () => {
  await headerOnly.close();
  await alsoBody.close();
  upstream.close();
});

const canary = "ann@canary.example";

/** The status, and which user the record names. */
async function outcome(opened: typeof headerOnly, key: string, headers: Record<string, string>, body: object = {}) {
  const answer = await opened.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "local/m", messages: [{ role: "user", content: "Hello" }], ...body }),
    }),
  );
  await answer.arrayBuffer();
  await opened.storage.drain();
  const record = await opened.storage.records.record(answer.headers.get("x-sluice-request-id") ?? "");
  return { status: answer.status, user: record?.endUser, record: JSON.stringify(record) };
}

describe("the header", () => {
  test("is believed from those who may pass users", async () => {
    expect(await outcome(headerOnly, trusted, { "x-sluice-user": canary })).toMatchObject({ status: 200, user: canary });
  });

  test("counts for nothing from anybody else, in no spelling and beside no other header, and stands in no record", async () => {
    for (const headers of [
      { "x-sluice-user": canary },
      { "X-SLUICE-USER": canary },
      { "x-sluice-user": canary, "x-sluice-key": "config:portal" },
      {
        "x-sluice-user": canary,
        "x-forwarded-user": canary,
        "x-forwarded-email": canary,
        "x-auth-request-user": canary,
        "remote-user": canary,
      },
      { x_sluice_user: canary },
      { "x-sluice-user": "x".repeat(4000) },
    ] as Record<string, string>[]) {
      const { status, user, record } = await outcome(headerOnly, plain, headers);
      expect([status, user]).toEqual([200, undefined]);
      expect(record).toContain('"config:bot"');
      expect(record).not.toContain("canary");
    }
  });

  test("is sent on to nobody", () => {
    expect(sent.length).toBeGreaterThan(6);
    expect(JSON.stringify(sent.map(({ headers }) => headers))).not.toContain("canary");
  });

  test("is refused where it is no name", async () => {
    for (const value of ["x".repeat(256), ""]) expect((await outcome(headerOnly, trusted, { "x-sluice-user": value })).status).toBe(400);
  });
});

describe("the body", () => {
  const fields = [{ user: canary }, { safety_identifier: canary }, { metadata: { user_id: canary } }];

  test("tells only where the config says so, and only from those who may pass users; it goes on as it came", async () => {
    for (const body of fields) {
      expect((await outcome(headerOnly, trusted, {}, body)).user).toBeUndefined();
      expect((await outcome(alsoBody, plain, {}, body)).user).toBeUndefined();
      expect((await outcome(alsoBody, trusted, {}, body)).user).toBe(canary);
      expect(sent.at(-1)?.body).toContain(canary);
    }
  });

  test("stands behind the header, and what is no name in it counts for nothing", async () => {
    expect((await outcome(alsoBody, trusted, { "x-sluice-user": "bob" }, fields[0])).user).toBe("bob");
    for (const body of [{ user: 7 }, { user: "" }, { metadata: { user_id: ["x"] } }, { user: "a\u0000b" }])
      expect((await outcome(alsoBody, trusted, {}, body)).user).toBeUndefined();
  });
});
