import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientKey, readLedger, startGateway } from "../faults/gateway-process.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "sluice-backup-"));
afterAll(() => rmSync(folder, { recursive: true }));

function sluice(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/server/main.ts", ...words], { cwd: root, encoding: "utf8" });
  return { status, text: `${stdout}${stderr}`, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

const ask = async (port: number, key = clientKey) => {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "demo/echo", messages: [{ role: "user", content: "x" }] }),
  });
  await answer.text();
  return { status: answer.status, id: answer.headers.get("x-sluice-request-id") ?? "" };
};

describe("a drill", () => {
  test("a backup under load holds every record that was answered before it, once, and keys that work", async () => {
    const first = join(folder, "first");
    mkdirSync(first);
    const config = {
      providers: { demo: {} },
      keys: [{ name: "day", value: "sk-sluice-of-a-backup-0123456789abcdef", limits: { requestsPerDay: 5 } }],
    };
    const gateway = await startGateway({ config, folder: first });
    const made = sluice("keys", "create", "kept", "--data", join(first, "data"), "--json").json() as { key: string };
    while ((await ask(gateway.port, "sk-sluice-of-a-backup-0123456789abcdef")).status === 200);

    const answered: string[] = [];
    let loaded = true;
    const load = Array.from({ length: 4 }, async () => {
      while (loaded) {
        const { status, id } = await ask(gateway.port);
        expect(status).toBe(200);
        answered.push(id);
        await Bun.sleep(5);
      }
    });
    const files: string[] = [];
    const before: number[] = [];
    for (let copy = 0; copy < 3; copy++) {
      await Bun.sleep(400);
      before.push(answered.length);
      const file = join(folder, `${copy}.tar`);
      files.push(file);
      // Not spawnSync: the load goes on meanwhile.
      const child = Bun.spawn([process.execPath, "src/server/main.ts", "backup", file, "--data", join(first, "data"), "--json"], {
        cwd: root,
        stdout: "ignore",
        stderr: "pipe",
      });
      expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ""]);
      expect(answered.length).toBeGreaterThan(before[copy]!);
    }
    loaded = false;
    await Promise.all(load);
    await gateway.kill();

    for (const [copy, file] of files.entries()) {
      const place = join(folder, `restored-${copy}`);
      mkdirSync(place);
      expect(sluice("restore", file, "--data", join(place, "data")).text).toContain("was put back");
      const ledger = await readLedger(place);
      expect(answered.slice(0, before[copy]).filter((id) => !ledger.records.has(id))).toEqual([]);
      expect(ledger.requests).toBe(ledger.records.size);

      const again = await startGateway({ config, folder: place });
      expect((await ask(again.port, made.key)).status).toBe(200);
      expect((await ask(again.port, "sk-sluice-of-a-backup-0123456789abcdef")).status).toBe(429);
      await again.stop();
      expect(sluice("audit", "verify", "--data", join(place, "data")).status).toBe(0);
      expect((await readLedger(place)).requests).toBe(ledger.requests + 2);
    }
    console.log(`${answered.length} answers, ${before.join(", ")} of them before the three backups: 0 lost, 0 twice`);
  }, 120_000);

  test("tar reads it, and nobody but its owner", () => {
    const file = join(folder, "0.tar");
    const listed = spawnSync("tar", ["-tf", file], { encoding: "utf8" });
    expect(listed.status).toBe(0);
    const names = listed.stdout.trim().split("\n");
    for (const name of ["control.db", "records.db", "counters.db"]) expect(names).toContain(name);
    expect(names.at(-1)).toBe("backup.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("a backup is not put back", () => {
  const file = join(folder, "0.tar");
  const refused = (words: string[], reason: string) => {
    const { status, text } = sluice(...words);
    expect([status !== 0, text.includes(reason) || text]).toEqual([true, true]);
  };

  test("over data, nor is another written over", () => {
    refused(["restore", file, "--data", join(folder, "first", "data")], "holds data already");
    refused(["backup", file, "--data", join(folder, "first", "data")], "is there already");
  });

  test("where a byte of it is another, it is cut off, or it is something else", () => {
    const bytes = readFileSync(file);
    const at = join(folder, "bad.tar");
    const where = join(folder, "nowhere");
    for (const [part, reason] of [
      [0.3, ""],
      [0.6, ""],
      [0.9, ""],
    ] as const) {
      const bad = Buffer.from(bytes);
      const place = Math.floor(bad.length * part);
      bad[place] = (bad[place] as number) ^ 1;
      writeFileSync(at, bad);
      refused(["restore", at, "--data", where], reason);
    }
    for (const length of [100, 5_000, bytes.length - 2_000]) {
      writeFileSync(at, bytes.subarray(0, length));
      refused(["restore", at, "--data", where], length === 5_000 || length === 100 ? "cut off" : "Nothing was restored");
    }
    writeFileSync(at, "x".repeat(4_096));
    refused(["restore", at, "--data", where], "no archive");
    expect(spawnSync("ls", [where]).status).not.toBe(0);
  }, 60_000);

  test("where its names lead out of the folder", () => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    writeFileSync(join(folder, "stranger"), "x");
    const evil = join(folder, "evil.tar");
    expect(spawnSync("tar", ["-cPf", evil, "--format=ustar", "../stranger"], { cwd: inside }).status).toBe(0);
    refused(["restore", evil, "--data", join(folder, "evil")], "no file of a data folder");
  });
});
