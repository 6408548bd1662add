import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { readConfig } from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";
import { webhookSignature } from "./post-webhook.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

interface Got {
  readonly id: string;
  readonly valid: boolean;
  readonly data: { readonly at: number; readonly used: number; readonly of: number; readonly name: string; readonly whose: string };
}

/** A receiver of webhooks, which refuses as long as it is told to. */
let got: Got[] = [];
let refusing = 0;
const receiver = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  const header = (name: string) => String(request.headers[name]);
  const expected = webhookSignature(secret, header("webhook-id"), header("webhook-timestamp"), body);
  const fresh = Math.abs(Number(header("webhook-timestamp")) - Date.now() / 1000) < 60;
  response.statusCode = refusing-- > 0 ? 503 : 204;
  if (response.statusCode === 204)
    got.push({ id: header("webhook-id"), valid: fresh && header("webhook-signature") === expected, data: JSON.parse(body).data });
  response.end();
});
await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
const hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`;

/** A real mail server, with a log-in. */
const mails: { readonly from: string; readonly to: readonly string[]; readonly text: string }[] = [];
const mailer = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  disabledCommands: ["STARTTLS"],
  onAuth: ({ username, password }, _session, done) =>
    username === "sluice" && password === "letter-box-0123" ? done(null, { user: username }) : done(new Error("no")),
  onData(stream, session, done) {
    let text = "";
    stream.on("data", (chunk) => (text += chunk));
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      mails.push({ from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address), text });
      done();
    });
  },
});
await new Promise<void>((resolve) => mailer.listen(0, "127.0.0.1", resolve));
const mailPort = (mailer.server.address() as AddressInfo).port;

afterAll(async () => {
  receiver.close();
  await new Promise<void>((resolve) => mailer.close(() => resolve()));
});
beforeEach(() => {
  got = [];
  mails.length = 0;
  refusing = 0;
});

const key = "sk-sluice-alerts-0123456789abcdef0123456789abcdef";
const mail = { host: "127.0.0.1", port: mailPort, tls: "none", user: "sluice", password: "letter-box-0123", from: "sluice@example.com" };
const configOf = (limited: object) => ({
  providers: { demo: {} },
  prices: { "demo/*": { input: 1, output: 1 } },
  alerts: {
    targets: {
      ops: { webhook: { url: hookUrl, secret, allowPrivateNetwork: true } },
      desk: { mail: { ...mail, to: ["desk@example.com"] } },
    },
  },
  keys: [{ name: "a", value: key, ...limited }],
});

async function ask(gateway: OpenedGateway, max_tokens: number | "any" = 5): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({
    model: "demo/chat",
    ...(max_tokens !== "any" && { max_tokens }),
    messages: [{ role: "user", content: "Hi" }],
  });
  const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
  await answer.text();
  return answer.status;
}

async function until(holds: () => boolean, ms = 12_000): Promise<void> {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("alerts", () => {
  test("are signed as Standard Webhooks has it: the example of the specification", () => {
    const [id, seconds, body] = ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}'];
    expect(webhookSignature(secret, id, seconds, body)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("tell once of each threshold, by webhook and by mail, with what is used", async () => {
    const alerts = [
      { at: 0.5, to: ["ops"] },
      { at: 1, to: ["ops", "desk"] },
    ];
    const gateway = await openGateway({ config: configOf({ limits: { requestsPerDay: 4, alerts } }) });
    expect(await ask(gateway)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(got).toEqual([]);
    for (let at = 0; at < 6; at++) await ask(gateway);
    await until(() => got.length === 2 && mails.length === 1);
    expect(got.every(({ valid }) => valid)).toBe(true);
    expect(got.map(({ data }) => data.at).toSorted()).toEqual([0.5, 1]);
    expect(got.find(({ data }) => data.at === 1)?.data).toMatchObject({ of: 4, used: 4, name: "key-requests-day", whose: 'the key "a"' });
    expect(mails).toMatchObject([{ from: "sluice@example.com", to: ["desk@example.com"] }]);
    expect(mails[0]?.text).toContain('100 % of key-requests-day of the key "a" is used: 4 requests of 4 requests');
    for (let at = 0; at < 3; at++) await ask(gateway);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([got.length, mails.length]).toEqual([2, 1]);
    await gateway.close();
  }, 30_000);

  test("tell what is true: nothing of who is held to what is left, or asks for more than there ever is", async () => {
    const alerts = [
      { at: 0.8, to: ["ops"] },
      { at: 1, to: ["ops", "desk"] },
    ];
    const gateway = await openGateway({ config: configOf({ budget: { usd: 0.001, per: "day", alerts } }) });
    // The longest answer there may be costs thirty times the budget.
    expect([await ask(gateway, "any"), await ask(gateway, 1_000_000)]).toEqual([200, 429]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([got, mails]).toEqual([[], []]);
    // Somebody is refused what there was at first.
    expect(await ask(gateway, 900)).toBe(429);
    await until(() => got.length === 1 && mails.length === 1);
    expect(got[0]?.data).toMatchObject({ of: 1_000_000, at: 1 });
    expect(got[0]?.data.used).toBeLessThan(100_000);
    expect(mails[0]?.text).toContain('Too little is left of key-budget-day of the key "a": 0.0000');
    await gateway.close();
  }, 30_000);

  test("say in the log why they could not be delivered", async () => {
    const config = configOf({ limits: { requestsPerDay: 1, alerts: [{ at: 1, to: ["ops"] }] } });
    const warnings: string[] = [];
    const targets = { ops: { webhook: { url: hookUrl, secret } } };
    const gateway = await openGateway({
      config: { ...config, alerts: { targets } },
      log: (_level, message) => void warnings.push(message),
    });
    for (let at = 0; at < 2; at++) await ask(gateway);
    const told = () => warnings.find((warning) => warning.includes("could not be delivered"));
    await until(() => told() !== undefined);
    expect(told()).toContain("leads to a private, loopback or link-local address");
    await gateway.close();
  }, 30_000);

  test("are kept over a restart until they are delivered, and are not sent again after another", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-alerts-"));
    const config = configOf({ limits: { requestsPerMonth: 2, alerts: [{ at: 1, to: ["ops"] }] } });
    refusing = Number.POSITIVE_INFINITY;
    const first = await openGateway({ config, folder });
    for (let at = 0; at < 3; at++) await ask(first);
    await until(() => refusing < Number.POSITIVE_INFINITY, 300);
    await first.close();
    expect(got).toEqual([]);
    refusing = 0;
    const second = await openGateway({ config, folder });
    await until(() => got.length > 0);
    expect(got.length).toBe(1);
    await ask(second);
    await second.close();
    const third = await openGateway({ config, folder });
    expect(await ask(third)).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(got.length).toBe(1);
    await third.close();
    rmSync(folder, { recursive: true });
  }, 40_000);

  test("are sent once by two processes that share counters and outbox", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-alerts-"));
    const config = configOf({ limits: { requestsPerMonth: 6, alerts: [{ at: 0.5, to: ["ops"] }] } });
    const both = await Promise.all([openGateway({ config, folder }), openGateway({ config, folder })]);
    for (let at = 0; at < 10; at++) await ask(both[at % 2] as OpenedGateway);
    await until(() => got.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(got.length).toBe(1);
    await Promise.all(both.map((each) => each.close()));
    rmSync(folder, { recursive: true });
  }, 30_000);

  test("name targets that are there, and show no secret in errors", async () => {
    const config = configOf({ budget: { usd: 1, per: "day", alerts: [{ at: 0.8, to: ["opps"] }] } });
    const wrong = { ...config, alerts: { targets: { ops: { webhook: { url: hookUrl, secret: "canary-short" } } } } };
    const read = (document: object) => readConfig(JSON.stringify(document), "sluice.yaml", { environment: {}, policies });
    const { issues } = await read(config);
    expect(issues?.map(({ path, nearest }) => [path, nearest])).toEqual([["keys[0].budget.alerts[0].to[0]", "ops"]]);
    const second = await read(wrong);
    expect(second.issues?.length).toBeGreaterThan(0);
    expect(JSON.stringify(second.issues)).not.toContain("canary");
  });
});
