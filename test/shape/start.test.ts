import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "./source-files.ts";

/** What a plain start has no use for: it loads with the first request, command or config that names it. */
const loadLater = [
  "src/protocols/anthropic-messages/index.ts",
  "src/protocols/audio/",
  "src/protocols/bedrock-converse/index.ts",
  "src/protocols/bedrock-invoke/index.ts",
  "src/protocols/cohere-chat/",
  "src/protocols/embed/",
  "src/protocols/gemini/",
  "src/protocols/gemini-interactions/",
  "src/protocols/images/",
  "src/protocols/mistral-chat/",
  "src/protocols/moderate/",
  "src/protocols/ollama-chat/",
  "src/protocols/ollama-generate/",
  "src/protocols/openai-chat/",
  "src/protocols/openai-completions/",
  "src/protocols/openai-responses/index.ts",
  "src/protocols/rerank/",
  "src/providers/media/call-media.ts",
  "src/server/admin/",
  "src/server/cli/gitops/apply.ts",
  "src/server/documents/",
  "src/server/listen-node.ts",
  "src/server/login/",
  "src/server/scim/",
  "src/server/workers/supervise.ts",
  "src/storage/postgres/",
  "src/storage/valkey/",
];

const folder = mkdtempSync(join(tmpdir(), "sluice-start-"));
const loadedFile = join(folder, "loaded");
let url = "";
let stop = async (): Promise<void> => undefined;

function loaded(): readonly string[] {
  return readFileSync(loadedFile, "utf8")
    .trim()
    .split("\n")
    .map((path) => relative(root, path));
}

const laterOnes = () => loaded().filter((path) => loadLater.some((later) => path.startsWith(later)));

beforeAll(async () => {
  const args = ["serve", "--config", "bench/sluice.yaml", "--port", "0", "--data", join(folder, "data"), "--json"];
  const server = Bun.spawn([process.execPath, "--preload", join(import.meta.dirname, "note-loading.ts"), "src/server/main.ts", ...args], {
    cwd: root,
    env: { ...process.env, LOADED_MODULES: loadedFile, SLUICE_ADMIN_KEY: "sk-sluice-admin-0123456789abcdef0123456789abcdef" },
    stderr: "inherit",
  });
  stop = async () => {
    server.kill("SIGTERM");
    await server.exited;
  };
  let text = "";
  for await (const bytes of server.stdout) {
    text += new TextDecoder().decode(bytes);
    if (text.includes("\n")) break;
  }
  url = JSON.parse(text).url;
}, 60_000);

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

test("a start loads what serves, and nothing that is rare", async () => {
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
  const paths = loaded();
  // The list is of this process: without these it would say nothing.
  for (const needed of ["src/config/check-document.ts", "src/gateway/handle.ts", "src/server/start-server.ts"])
    expect(paths).toContain(needed);
  expect(laterOnes()).toEqual([]);
  expect(new Set(paths).size).toBe(paths.length);
});

test("the first to speak a dialect loads that one, and nobody else's", async () => {
  const asked = { model: "nobody/nothing", max_tokens: 1, messages: [{ role: "user", content: "Hello" }] };
  const headers = { "x-api-key": "sk-sluice-bench-0123456789abcdef0123456789abcdef" };
  // Together: each waits for the same load.
  const answers = await Promise.all(
    [1, 2, 3].map(() => fetch(`${url}/v1/messages`, { method: "POST", headers, body: JSON.stringify(asked) })),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  }
  expect(laterOnes()).toEqual(["src/protocols/anthropic-messages/index.ts"]);
});

test("the doors beside the line open when they are first asked", async () => {
  const authorization = "Bearer sk-sluice-admin-0123456789abcdef0123456789abcdef";
  const asked = ["/admin/v1/keys", "/admin/v1/keys", "/scim/v2/Users", "/auth/session", "/openapi.json", "/v1/openapi.json"];
  const statuses = await Promise.all(asked.map(async (path) => (await fetch(`${url}${path}`, { headers: { authorization } })).status));
  expect(statuses.slice(0, 2)).toEqual([200, 200]);
  expect(statuses.slice(4)).toEqual([200, 200]);
  const paths = loaded();
  for (const opened of ["src/server/admin/operations/all.ts", "src/server/scim/scim-api.ts", "src/server/login/login-api.ts"])
    expect(paths).toContain(opened);
});
