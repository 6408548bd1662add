import { describe, expect, test } from "bun:test";
import { Fault, faultTable } from "../../exchange/index.ts";
import { routeTable } from "../../gateway/index.ts";
import { adminOperations } from "../admin/operations/all.ts";
import { doorOf } from "../door-of.ts";
import { Documents } from "./documents.ts";

const documents = new Documents("9.9.9");

async function read(path: string): Promise<string> {
  return new TextDecoder().decode((await documents.read({ method: "GET", path })).body as Uint8Array);
}

// biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
async function document(path: string): Promise<any> {
  return JSON.parse(await read(path));
}

describe("the document of what applications call", async () => {
  const data = await document("/v1/openapi.json");

  test("has each row of the route table, by its name", () => {
    const listed = Object.entries(data.paths as Record<string, Record<string, { operationId: string }>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    expect(listed.toSorted()).toEqual(routeTable.map(({ method, path, name }) => `${method} ${path} ${name}`).toSorted());
  });

  test("takes the key in four places, and none where anyone may ask", () => {
    expect(data.security).toEqual([{ bearer: [] }, { xApiKey: [] }, { apiKey: [] }, { xGoogApiKey: [] }]);
    for (const { method, path, role } of routeTable)
      expect([path, data.paths[path][method.toLowerCase()].security]).toEqual([path, role === "anyone" ? [] : undefined]);
  });

  test("tells errors in the form of each dialect, with the statuses that its clients know", () => {
    const { schemas } = data.components;
    expect(Object.keys(schemas.OpenaiChatError.properties.error.properties)).toEqual(["code", "message", "param", "type"]);
    expect(schemas.AnthropicMessagesError.required).toEqual(["error", "request_id", "type"]);
    expect(Object.keys(data.paths["/v1/messages"].post.responses)).toContain("529");
    expect(Object.keys(data.paths["/v1/chat/completions"].post.responses)).toContain("503");
    for (const { status } of Object.values(faultTable))
      if (status !== 499 && status !== 412)
        expect(Object.keys(data.paths["/v1/chat/completions"].post.responses)).toContain(String(status));
  });

  test("says which form the token endpoint takes, and in which words it refuses", () => {
    const { requestBody, responses } = data.paths["/oauth/token"].post;
    expect(Object.keys(requestBody.content)).toEqual(["application/x-www-form-urlencoded"]);
    expect(data.components.schemas.TokenRequest.required).toEqual(["grant_type", "subject_token", "subject_token_type"]);
    expect(JSON.stringify(responses["400"])).toContain("TokenError");
    expect(Object.keys(responses)).toContain("503");
    expect(responses["200"].content["application/json"].schema.required).toContain("access_token");
  });

  test("asks for forms where files come, and for no model in the body where the path names it", () => {
    expect(Object.keys(data.paths["/v1/audio/transcriptions"].post.requestBody.content)).toEqual(["multipart/form-data"]);
    expect(data.components.schemas.GeminiGenerateRequest.required).toEqual(["contents"]);
    expect(data.components.schemas.OpenaiChatRequest.required).toEqual(["model", "messages"]);
  });
});

test.each(["/openapi.json", "/v1/openapi.json"])("every reference of %s leads somewhere", async (path) => {
  const whole = await document(path);
  const names = [...JSON.stringify(whole).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(50);
  for (const name of names) expect(whole.components.schemas[name], name).toBeDefined();
});

describe("a page", () => {
  test.each(["/docs", "/docs/admin", "/docs/faults"])("%s runs nothing, loads nothing and links to what is there", async (path) => {
    const { headers } = await documents.read({ method: "GET", path });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
    const text = await read(path);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|src=|style="|url\(|@import/i);
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids, path).toContain(target);
    for (const [, target] of text.matchAll(/href="(\/[^"]*)"/g)) expect(doorOf(target as string), target).toBe("documents");
  });

  test("shows every operation, and every fault at the place that a problem's type names", async () => {
    const [data, admin, faults] = [await read("/docs"), await read("/docs/admin"), await read("/docs/faults")];
    for (const { name } of routeTable) expect(data).toContain(`id="${name}"`);
    for (const { name, permission } of adminOperations) expect(admin.slice(admin.indexOf(`id="${name}"`))).toContain(permission);
    for (const code of Object.keys(faultTable)) expect(faults).toContain(`id="${code}"`);
  });
});

test("nothing is written to, and there is nothing else", async () => {
  await expect(documents.read({ method: "POST", path: "/docs" })).rejects.toThrow(Fault);
  await expect(documents.read({ method: "GET", path: "/docs/" })).rejects.toThrow(Fault);
  expect(["/docs/", "/docs/../admin", "/openapi.json/"].filter((path) => doorOf(path) === "documents")).toEqual([]);
});
