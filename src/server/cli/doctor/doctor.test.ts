import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heardCommand } from "../../../../test/heard-command.ts";

let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-doctor-"));
  server = createServer((request, response) => {
    const status = request.url !== "/v1/models" ? 404 : request.headers.authorization === "Bearer good-key" ? 200 : 401;
    response.writeHead(status, { "content-type": "application/json" }).end('{"object":"list","data":[]}');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function doctor(providers: string) {
  writeFileSync(join(folder, "sluice.yaml"), `providers:\n${providers}`);
  return heardCommand(folder, ["doctor"]);
}

test("is content when every provider answers", async () => {
  const { code, out } = await doctor(
    `  good: { type: openai-compatible, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: good-key }\n  demo: {}\n`,
  );
  expect(out).toContain("✓ provider good: reached, credential accepted");
  expect(out).toContain("All is well.");
  expect(code).toBe(0);
});

test("says for each trouble how to mend it, and fails", async () => {
  const { code, out } = await doctor(
    [
      `  wrong-key: { type: openai-compatible, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: bad-key-canary }`,
      `  wrong-path: { type: openai-compatible, baseUrl: "http://127.0.0.1:${port}", apiKey: good-key }`,
      `  nobody: { type: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", apiKey: good-key }`,
      `  no-key-file: { type: vertex, baseUrl: "http://127.0.0.1:${port}", project: p, credential: { from: service-account, file: /no/key.json } }`,
      `  nowhere: { type: openai-compatible, baseUrl: "http://no-such-name.invalid/v1", apiKey: good-key }`,
      "",
    ].join("\n"),
  );
  expect(code).toBe(1);
  expect(out).toMatch(/✗ provider wrong-key: .*refused the credential \(401\)\n +→ Set a valid key/);
  expect(out).toMatch(/✗ provider wrong-path: .*not there \(404\)\n +→ .*ends in \/v1/);
  expect(out).toMatch(/✗ provider nobody: .*refused the connection.*\n +→ Check that something listens/);
  expect(out).toMatch(/✗ provider nowhere: the name no-such-name.invalid does not resolve/);
  expect(out).toMatch(/✗ provider no-key-file: there is no credential\n +→ The credential's file \/no\/key.json is not there/);
  expect(out).not.toContain("canary");
  expect(out).toContain("5 of 7 need mending");
});
