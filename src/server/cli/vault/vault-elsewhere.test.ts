import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heardCommand } from "../../../../test/heard-command.ts";
import { startServer } from "../../start-server.ts";

const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";

test("credentials of a gateway elsewhere are put, listed, rotated and removed, and its vault is re-keyed, by its admin API", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-vault-"));
  const env = { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" };
  const gateway = await startServer({ dataDir: join(folder, "data"), port: 0, host: "127.0.0.1", env });
  const at = (line: string) =>
    heardCommand(folder, [...line.split(" "), "--url", gateway.url], { SLUICE_ADMIN_KEY: owner, OPENAI: "sk-proj-first-0123456789" });
  const here = (line: string) => heardCommand(folder, [...line.split(" "), "--data", "data"]);
  try {
    expect((await at("vault list")).out).toContain("The vault is empty");
    const put = await at("vault put openai --from-env OPENAI");
    expect([put.code, put.out]).toEqual([0, expect.stringContaining("openai (version 1) is in the vault")]);
    expect((await at("vault list")).out).toBe((await here("vault list")).out);
    writeFileSync(join(folder, "key.txt"), "sk-proj-second-0123456789\n");
    expect((await at("vault rotate openai --file key.txt")).out).toContain("openai (version 2) has another value");
    expect((await at("vault status")).out).toBe((await here("vault status")).out);
    const rekeyed = await at("vault rekey --new-key");
    expect([rekeyed.code, rekeyed.out]).toEqual([0, expect.stringContaining("under another master key now: 1.")]);
    expect((await at("vault rekey --forget")).out).toContain("forgotten there");
    expect((await at("vault rm openai")).out).toContain("openai is gone");
    expect((await at("vault rm openai")).code).toBe(1);
    const { out } = await at("audit list");
    for (const act of ["credentials.create", "credentials.rotate", "vault.rekey", "credentials.revoke"]) expect(out).toContain(act);
    expect(JSON.stringify([put, rekeyed, out])).not.toContain("sk-proj");
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true });
  }
}, 60_000);
