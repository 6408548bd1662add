import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { UsageGroup } from "../../storage/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

const key = "sk-sluice-tags-0123456789abcdef0123456789abcdef01";
let opened: OpenedGateway;

beforeAll(async () => {
  const config = {
    providers: { demo: {} },
    prices: { "demo/*": { input: 1, output: 2 } },
    keys: [{ name: "tagged", value: key, metadata: { costCentre: "4711" } }],
  };
  opened = await openGateway({ config });
});
afterAll(() => opened.close());

async function ask(headers: Record<string, string>) {
  const body = JSON.stringify({ model: "demo/echo", messages: [{ role: "user", content: "hi" }] });
  const request = new Request("http://sluice.test/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body,
  });
  const response = await opened.fetch(request);
  const text = await response.text();
  return { status: response.status, text, id: response.headers.get("x-sluice-request-id") ?? "" };
}

async function tagsOf(headers: Record<string, string>) {
  const { status, id } = await ask(headers);
  expect(status).toBe(200);
  await opened.storage.drain();
  const record = await opened.storage.records.record(id);
  return record?.detail.metadata;
}

const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");

describe("the tags of a request", () => {
  test("are read from the header of ours and from those of other gateways", async () => {
    const labels = { costCentre: "4711" };
    expect(await tagsOf({})).toEqual(labels);
    expect(await tagsOf({ "x-sluice-metadata": '{"project":"x","n":3,"beta":true,"none":null}' })).toEqual({
      project: "x",
      n: "3",
      beta: "true",
      ...labels,
    });
    expect(await tagsOf({ "cf-aig-metadata": '{"team":"red"}' })).toEqual({ team: "red", ...labels });
    expect(await tagsOf({ "x-portkey-metadata": '{"_user":"u-1"}' })).toEqual({ _user: "u-1", ...labels });
  });

  test("hold any letters, and never change what the key is charged to", async () => {
    expect(await tagsOf({ "x-sluice-metadata": bytes('{"stadt":"Köln 漢🙂","costCentre":"1"}') })).toEqual({
      stadt: "Köln 漢🙂",
      costCentre: "4711",
    });
  });

  test("are refused, and not dropped, where they are none", async () => {
    const wrong = ["{", "[]", '"a"', "null", '{"a":{}}', '{"a b":1}', '{"__proto__":"x"}', '{"":1}', `{"a":"${"x".repeat(257)}"}`];
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, at])));
    for (const value of [...wrong, many, `{"a":"${"x".repeat(5000)}"}`, '{"a":"\xff"}']) {
      const { status, text } = await ask({ "x-sluice-metadata": value });
      expect([value.slice(0, 40), status, text.includes("x-sluice-metadata")]).toEqual([value.slice(0, 40), 400, true]);
    }
  });

  test("are what usage is summed by", async () => {
    for (const project of ["one", "two", "two"]) await ask({ "x-sluice-metadata": JSON.stringify({ p: project }) });
    await opened.storage.drain();
    const by: UsageGroup[] = ["tag:p", "tag:costCentre"];
    const rows = (await opened.storage.records.usage({ by })).filter(({ group }) => group["tag:p"] !== "");
    expect(rows.map(({ group, requests }) => [group["tag:p"], group["tag:costCentre"], requests])).toEqual([
      ["one", "4711", 1],
      ["two", "4711", 2],
    ]);
  });
});
