import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { documentPaths } from "../door-of.ts";
import { startServer } from "../start-server.ts";

/** In every way that it could stand in a page. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 of what stands behind one or two other bytes looks different; its middle does not depend on what is around it.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("hex"),
    bytes.toString("base64url").slice(4, -4),
    ...shifted,
    secret.slice(-12),
  ];
}

test("no secret of the config, of the environment or of the store stands in a document or page, whoever asks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-documents-"));
  const canary = (name: string) => `sk-${name}/+canary-${crypto.randomUUID()}`;
  const secrets = {
    admin: `${canary("admin")}-0123456789abcdef`,
    provider: canary("provider"),
    key: canary("virtual"),
  };
  const config = {
    providers: {
      openai: { apiKey: secrets.provider },
    },
    keys: [{ name: "canary", value: secrets.key }],
  };
  writeFileSync(join(folder, "sluice.json"), JSON.stringify(config));
  const env = { SLUICE_ADMIN_KEY: secrets.admin, SLUICE_LOG: "error" };
  const server = await startServer({
    dataDir: join(folder, "data"),
    configPath: join(folder, "sluice.json"),
    port: 0,
    host: "127.0.0.1",
    env,
  });
  try {
    const authorization = { authorization: `Bearer ${secrets.admin}` };
    const answer = await fetch(`${server.url}/admin/v1/keys`, { method: "POST", headers: authorization, body: '{"name":"made"}' });
    const made = (await answer.json()) as { key: string };
    for (const path of documentPaths) {
      for (const init of [{}, { headers: authorization }]) {
        const text = await (await fetch(`${server.url}${path}?key=${encodeURIComponent(secrets.key)}`, init)).text();
        expect(text.length).toBeGreaterThan(1000);
        for (const [name, secret] of Object.entries({ ...secrets, made: made.key }))
          for (const spelling of spellings(secret)) expect(text.includes(spelling), `${name} in ${path}`).toBe(false);
        expect(text).not.toMatch(/sk-[\w-]{12,}/);
      }
    }
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});
