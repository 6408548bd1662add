import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-reload-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a config file that is not taken changes nothing, and stands in /readyz and /metrics until it is right", async () => {
  const configPath = join(folder, "sluice.yaml");
  const key = "sk-sluice-reload-0123456789abcdef0123456789abcdef";
  const write = (rest: string) => writeFileSync(configPath, `providers: { demo: {} }\nkeys: [{ name: a, value: ${key} }]\n${rest}`);
  write("");
  const server = await startServer({
    dataDir: join(folder, "data"),
    configPath,
    port: 0,
    host: "127.0.0.1",
    env: { SLUICE_ADMIN_KEY: "sk-sluice-admin-0123456789abcdef0123456789abcdef0123" },
  });
  const told = async () => {
    const ready = await fetch(`${server.url}/readyz`);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return [ready.status, await ready.json(), metrics.split("\n").filter((line) => line.startsWith("sluice_degraded{"))];
  };
  const models = async () => {
    const answer = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  const well = [200, { status: "ready" }, []];
  expect(await told()).toEqual(well);
  const before = await models();
  write("models: { fast: { targets: [nobody/x] } }\n");
  await server.refresh();
  expect(await told()).toEqual([200, { status: "ready", degraded: ["config"] }, ['sluice_degraded{part="config"} 1']]);
  expect(await models()).toEqual(before);
  write("models: { fast: { targets: [demo/echo] } }\n");
  await server.refresh();
  expect(await told()).toEqual(well);
  expect(await models()).toContain("fast");
  await server.close();
}, 30_000);
