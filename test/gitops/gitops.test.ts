import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshGateway, type GatewayProcess, stopAll } from "./gateway-process.ts";
import { sluice } from "./sluice.ts";

setDefaultTimeout(60_000);

let folder: string;
let gateway: GatewayProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-gitops-"));
  gateway = await freshGateway(join(folder, "one"));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  const file = join(folder, "git", path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

const providers = `providers:
  local: { type: openai-compatible, baseUrl: http://127.0.0.1:9/v1, apiKey: "$${"{UPSTREAM_KEY}"}" }
`;
const routes = `models:
  fast: demo/chat
  smart: { strategy: weighted, targets: [{ use: local/a, weight: 3 }, demo/chat], retries: 1 }
prices:
  "local/a": { input: 1.5, output: 2 }
  "local/*": { input: 0 }
policies:
  - { use: deny-words, words: [war] }
  - { use: deny-words, words: [peace], in: request }
teams:
  support: { models: [fast] }
keys:
  - { name: support-bot, team: support, value: "$${"{SUPPORT_KEY}"}" }
`;

describe("a folder of files", () => {
  test("is planned, applied as one version, and applied again without a change", async () => {
    write("providers.yaml", providers);
    write("deep/er/routes.yml", routes);
    const plan = await sluice(["plan", "git", "--detailed-exitcode"], gateway, folder);
    expect([plan.code, plan.out]).toEqual([2, expect.stringContaining("Plan: 9 to create.")]);
    const first = await sluice(["apply", "git", "--reason", "commit 1"], gateway, folder);
    expect([first.code, first.out]).toEqual([0, expect.stringContaining("Applied as version 1 (9 created).")]);
    const second = await sluice(["apply", "git"], gateway, folder);
    expect([second.code, second.out]).toEqual([0, "Nothing to change: version 1 is as the files say.\n"]);
    expect((await sluice(["plan", "git", "--detailed-exitcode"], gateway, folder)).code).toBe(0);
    const listed = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${gateway.supportKey}` } });
    expect(((await listed.json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(["fast"]);
  });

  test("prunes only what it owns, and only when it is asked to", async () => {
    write("a.yaml", "models: { one: demo/chat, two: demo/chat }\n");
    await sluice(["apply", "git"], gateway, folder);
    await gateway.ask("POST", "/models", { name: "byhand", definition: "demo/chat" });
    write("a.yaml", "models: { one: demo/chat }\n");
    const left = await sluice(["apply", "git"], gateway, folder);
    expect(left.out).toContain("Not in the files, and left (--prune removes it): models.two.");
    const pruned = await sluice(["apply", "git", "--prune", "--json"], gateway, folder);
    expect(JSON.parse(pruned.out).changes.map(({ name, action }: never) => [name, action])).toEqual([["two", "remove"]]);
    const names = (await gateway.ask("GET", "/models?limit=200")).body.data.map(({ id }: { id: string }) => id);
    expect(names).toContain("byhand");
    expect(names).not.toContain("two");
  });

  test("with errors is refused as a whole, each error by its file and line", async () => {
    write("a.yaml", "models:\n  one: demo/chat\n  bad: nowhere/chat\n");
    write("b.yaml", "models:\n  one: demo/chat\nlisten: 1\n");
    const twins = await sluice(["apply", "git"], gateway, folder);
    expect(twins.code).toBe(1);
    expect(twins.errors).toContain("git/b.yaml:2:3  models.one: stands in git/a.yaml:2 already");
    expect(twins.errors).toContain("git/b.yaml:3:1  listen: is not applied");
    write("b.yaml", "providers:\n  leak:\n    type: openai\n    apiKey: sk-canary-1234\n");
    const secret = await sluice(["apply", "git"], gateway, folder);
    expect(secret.errors).toContain("git/b.yaml:2  providers.leak.apiKey:");
    expect(secret.errors).not.toContain("sk-canary");
    write("b.yaml", "{}\n");
    const dangling = await sluice(["apply", "git"], gateway, folder);
    expect(dangling.errors).toContain("git/a.yaml:3  models.bad: there is no provider `nowhere`");
    expect((await gateway.ask("GET", "/versions")).body.data).toEqual([]);
  });

  test("comes back from an export that makes the same on an empty gateway", async () => {
    write("all.yaml", `${providers}${routes}`);
    await sluice(["apply", "git"], gateway, folder);
    const exported = await sluice(["export"], gateway, folder);
    expect(exported.out).not.toContain("k-upstream");
    writeFileSync(join(folder, "export.yaml"), exported.out);
    const other = await freshGateway(join(folder, "two"));
    expect((await sluice(["apply", "export.yaml"], other, folder)).code).toBe(0);
    const served = async (each: GatewayProcess) => (await each.ask("GET", "/config")).body.document;
    expect(await served(other)).toEqual(await served(gateway));
    expect(await sluice(["diff", "export.yaml", "--detailed-exitcode"], gateway, folder)).toMatchObject({
      code: 0,
      out: "Nothing differs.\n",
    });
  });

  test("is compared with what is served, and versions with each other, and gone back to", async () => {
    write("a.yaml", "models: { one: demo/chat }\n");
    await sluice(["apply", "git"], gateway, folder);
    write("a.yaml", "models: { one: { targets: [demo/chat], retries: 1 }, two: demo/chat }\n");
    const differs = await sluice(["diff", "git", "--detailed-exitcode"], gateway, folder);
    expect([differs.code, differs.out]).toEqual([2, expect.stringContaining("~ models.one")]);
    await sluice(["apply", "git"], gateway, folder);
    expect((await sluice(["diff", "--from", "1", "--to", "2"], gateway, folder)).out).toContain("+ models.two");
    expect((await sluice(["versions"], gateway, folder)).out).toContain("config.apply");
    expect((await sluice(["rollback", "1", "--reason", "slow"], gateway, folder)).out).toContain("This is version 3.");
    expect((await gateway.ask("GET", "/models/one")).body.definition).toBe("demo/chat");
    expect((await sluice(["plan", "git", "--detailed-exitcode"], gateway, folder)).code).toBe(2);
  });

  test("is refused without a key, and a wrong one is told", async () => {
    write("a.yaml", "models: { one: demo/chat }\n");
    const none = await sluice(["plan", "git"], gateway, folder, { SLUICE_ADMIN_KEY: "" });
    expect([none.code, none.errors]).toEqual([1, expect.stringContaining("There is no admin key")]);
    const wrong = await sluice(["plan", "git", "--json"], gateway, folder, { SLUICE_ADMIN_KEY: "sk-sluice-admin-wrong" });
    expect([wrong.code, JSON.parse(wrong.out).error.message]).toEqual([1, expect.stringContaining("refused")]);
  });
});
