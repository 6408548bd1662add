import { afterAll, beforeAll, expect, test } from "bun:test";
import { type OperatedGateway, openOperated, ownerKey as owner } from "../../../test/isolation/operated-gateway.ts";

let gateway: OperatedGateway;
let other: string;

beforeAll(async () => {
  gateway = await openOperated('providers: { demo: {} }\nmodels: { "filed-chat": "demo/chat", "filed-echo": "demo/echo" }\n');
  const admin = await gateway.adminKey("admin");
  other = admin.id;
  for (const name of ["made-chat", "made-echo", "more"]) await gateway.made("models", { name, definition: "demo/chat" });
  await gateway.made("models", { name: "others", definition: "demo/chat" }, admin.key);
  expect((await gateway.ask(owner, "PATCH", "models/made-chat", { definition: "demo/echo" })).status).toBe(200);
  expect((await gateway.ask(owner, "DELETE", "models/more")).status).toBe(204);
});
afterAll(() => gateway.close());

async function idsOf(path: string, field = "id"): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { status, body } = await gateway.ask(owner, "GET", `${path}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect([path, status]).toEqual([path, 200]);
    // biome-ignore lint/suspicious/noExplicitAny: as the admin API answers
    found.push(...body.data.map((each: any) => each[field]));
    cursor = body.next;
  }
  return found;
}

test("objects are found by a glob of names and by where they come from, page by page", async () => {
  expect(await idsOf("models?name=*-chat&limit=1")).toEqual(["filed-chat", "made-chat"]);
  expect(await idsOf("models?source=api&limit=2")).toEqual(["made-chat", "made-echo", "others"]);
  expect(await idsOf("models?source=file&name=filed*")).toEqual(["filed-chat", "filed-echo"]);
  expect(await idsOf("models?name=nobody")).toEqual([]);
  expect(await idsOf("providers?source=file")).toEqual(["demo"]);
  expect(await idsOf("models?misfit=true&limit=10")).toEqual([]);
  expect(await idsOf("models?drift=false&source=api")).toEqual(["made-chat", "made-echo", "others"]);
  for (const query of ["source=nowhere", "misfit=perhaps", "name="])
    expect([query, (await gateway.ask(owner, "GET", `models?${query}`)).status]).toEqual([query, 400]);
});

test("versions are found by what they changed and by who made them, newest first, page by page", async () => {
  expect(await idsOf("versions?kind=models&name=made-chat&limit=1", "operation")).toEqual(["models.update", "models.create"]);
  expect(await idsOf("versions?name=more&limit=1", "operation")).toEqual(["models.delete", "models.create"]);
  expect(await idsOf("versions?kind=providers&limit=5")).toEqual([]);
  expect(await idsOf(`versions?author=${other}&limit=1`, "operation")).toEqual(["models.create"]);
  expect((await idsOf("versions?limit=2", "number")).length).toBe(6);
  expect((await gateway.ask(owner, "GET", "versions?kind=doors")).status).toBe(400);
});
