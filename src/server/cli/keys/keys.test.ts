import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { heardCommand } from "../../../../test/heard-command.ts";
import { openStorage } from "../../../storage/index.ts";
import { startServer } from "../../start-server.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-keys-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(line: string) {
  return heardCommand(folder, line.split(" "));
}

test("a key is made, listed, rotated and revoked, and its text is in no file", async () => {
  const made = JSON.parse((await run("keys create bot --team support --models fast,smart-* --expires 90d --json")).out);
  expect(made.key).toMatch(/^sk-sluice-[\w-]{43}$/);
  expect(made).toMatchObject({ name: "bot", team: "support", models: ["fast", "smart-*"] });
  expect(made.hash).toBeUndefined();
  expect((await run("keys create bot")).out).toContain('is called "bot" already');

  const listed = await run("keys list");
  expect(listed.out).toContain(made.id);
  expect(listed.out).not.toContain(made.key);

  const rotated = JSON.parse((await run("keys rotate bot --json")).out);
  expect(rotated.key).not.toBe(made.key);
  expect(rotated).toMatchObject({ name: "bot", team: "support", models: ["fast", "smart-*"] });

  expect((await run("keys revoke bto")).out).toContain("Did you mean bot?");
  expect((await run(`keys revoke ${rotated.id}`)).code).toBe(0);
  expect((await run("keys list")).out).toContain("There is no key.");
  expect((await run("keys list --all")).out.match(/revoked 20/g)).toHaveLength(2);

  for (const key of [made.key, rotated.key]) expect(filesBelow(folder).filter((file) => readFileSync(file).includes(key))).toEqual([]);
});

test("an admin key is the owner's, or has the role that is named, and keeps its networks when it is rotated", async () => {
  expect(JSON.parse((await run("keys create chief --admin --json")).out)).toMatchObject({ kind: "admin", role: "owner" });
  const made = JSON.parse((await run("keys create looker --admin --role viewer --networks 10.0.0.0/8,::1 --json")).out);
  expect(made).toMatchObject({ role: "viewer", networks: ["10.0.0.0/8", "::1"] });
  expect(JSON.parse((await run("keys rotate looker --json")).out)).toMatchObject({ role: "viewer", networks: ["10.0.0.0/8", "::1"] });
  for (const name of ["chief", "looker"]) await run(`keys revoke ${name}`);
});

test("a key belongs to whom it is made for, by id or name, and the list says so", async () => {
  const storage = await openStorage({ folder: join(folder, ".sluice"), warn: () => undefined });
  const { directory } = storage.control;
  const acme = await directory.organisation.insert({ name: "Acme" }, 0);
  const other = await directory.organisation.insert({ name: "Other" }, 0);
  const own = { organisation: acme.id };
  const team = await directory.team.insert({ name: "research", ...own }, 0);
  const app = await directory.application.insert({ name: "portal", ...own }, 0);
  const account = await directory.serviceAccount.insert({ name: "bot", roles: ["viewer"], ...own }, 0);
  await directory.team.insert({ name: "theirs", organisation: other.id }, 0);
  await storage.close();

  const key = JSON.parse((await run("keys create k1 --organisation acme --team Research --application portal --json")).out);
  expect(key).toMatchObject({ organisation: acme.id, team: team.id, application: app.id });
  const admin = JSON.parse((await run(`keys create k2 --admin --organisation ${acme.id} --service-account bot --json`)).out);
  expect(admin).toMatchObject({ kind: "admin", organisation: acme.id, serviceAccount: account.id });
  expect(admin.role).toBeUndefined();
  const listed = (await run("keys list")).out.split("\n");
  expect(listed.find((line) => line.includes(" k1 "))).toContain("Acme");
  expect(listed.find((line) => line.includes(" k2 "))).toContain(`of ${account.id}`);
  expect((await run("keys list --limit 1")).out).toContain("There are more");
  for (const [line, said] of [
    ["keys create k3 --organisation Acmee", "Did you mean Acme?"],
    ["keys create k3 --organisation Acme --team theirs", "There is no team"],
    ["keys create k3 --application portal", "There is no application"],
    ["keys create k3 --admin --organisation Acme --service-account bot --role viewer", "The roles are the service account's"],
  ] as const)
    expect([line, (await run(line)).out.includes(said)]).toEqual([line, true]);
  for (const name of ["k1", "k2"]) await run(`keys revoke ${name}`);
});

test("a rotation with grace leaves both keys working for a while", async () => {
  await run("keys create shared");
  await run("keys rotate shared --grace 24h");
  const { keys } = JSON.parse((await run("keys list --json")).out);
  const both = keys.filter((key: { name: string }) => key.name === "shared");
  expect(both).toHaveLength(2);
  expect((await run("keys revoke shared")).out).toContain("2 keys are called");
});

test.each([
  ["keys create a --expires 2020-01-01", "expired before it was made"],
  ["keys create a --expires soon", "--expires takes a time"],
  ["keys create a --scopes chat", "is no endpoint"],
  ["keys create a --networks 10.0.0.1/8", "is no network"],
  ["keys create a --role viewer", "A role is for an admin key"],
  ["keys create a --admin --role king", "is no built-in role"],
  ["keys revoke nobody", "There is no key"],
])("%s is refused with a reason", async (line, said) => {
  const { code, out } = await run(line);
  expect(code).toBe(1);
  expect(out).toContain(said);
});

function filesBelow(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const file = join(path, name);
    return statSync(file).isDirectory() ? filesBelow(file) : [file];
  });
}

test("the audit log says who typed a command, also where the environment does not", async () => {
  const { USER: _, LOGNAME: __, USERNAME: ___, ...env } = process.env;
  const main = join(import.meta.dir, "../../main.ts");
  const typed = Bun.spawn([process.execPath, main, "keys", "create", "nameless", "--data", join(folder, "nameless")], {
    env,
    stdout: "ignore",
  });
  expect(await typed.exited).toBe(0);
  const { out } = await run("audit list --data nameless");
  expect(out).toContain("keys.create");
  expect(out).toMatch(new RegExp(`user ${process.getuid?.()}|${userInfo().username}`));
  expect(out).not.toContain("  unknown  ");
});

test("at a gateway elsewhere keys are made, listed, rotated and revoked by its admin API, as who asks there may", async () => {
  const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
  const env = { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" };
  const gateway = await startServer({ dataDir: join(folder, "elsewhere"), port: 0, host: "127.0.0.1", env });
  try {
    const at = (line: string, key = owner) => heardCommand(folder, [...line.split(" "), "--url", gateway.url], { SLUICE_ADMIN_KEY: key });
    const send = async (path: string, body: object) =>
      (
        await fetch(`${gateway.url}/admin/v1/${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${owner}` },
          body: JSON.stringify(body),
        })
      ).json() as Promise<{ id: string }>;
    const { id: organisation } = await send("organisations", { name: "Acme" });
    const { id: team } = await send("teams", { name: "research", organisation });
    const { id: application } = await send("applications", { name: "portal", organisation });
    await send("applications", { name: "portal" });
    const made = JSON.parse(
      (await at("keys create remote --organisation Acme --team research --application portal --expires 90d --json")).out,
    );
    expect(made).toMatchObject({ organisation, team, application, state: "works" });
    const models = (key: string) => fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect((await models(made.key)).status).toBe(200);
    expect((await at("keys create other --organisation Nobody")).out).toContain('There is no organisation "Nobody" there.');
    const looker = JSON.parse((await at("keys create looker --admin --role viewer --json")).out);
    expect(looker.role).toBe("viewer");

    const { out } = await at("keys list");
    for (const shown of [made.id, organisation, looker.hint, "works until"]) expect(out).toContain(shown);
    expect(out).not.toContain(made.key);
    const first = JSON.parse((await at("keys list --limit 1 --json")).out);
    expect([first.keys.length, first.more]).toEqual([1, true]);

    const rotated = JSON.parse((await at("keys rotate remote --grace 1h --json")).out);
    expect([(await models(made.key)).status, (await models(rotated.key)).status]).toEqual([200, 200]);
    expect((await at("keys revoke remote")).out).toContain("Name one by its id");
    for (const { id } of [made, rotated]) expect((await at(`keys revoke ${id}`)).code).toBe(0);
    expect([(await models(made.key)).status, (await models(rotated.key)).status]).toEqual([401, 401]);
    expect((await at("keys revoke remote")).out).toContain("There is no key");
    expect((await at("keys list")).out).not.toContain(made.id);
    expect((await at("keys list --all")).out).toContain(`${made.id} `);

    const refused = await at("keys create higher --admin", looker.key);
    expect([refused.code, refused.out.includes("keys:write")]).toEqual([1, true]);
    const acts = JSON.parse((await at("audit list --limit 1 --json")).out).lines;
    expect(acts).toMatchObject([{ operation: "keys.create", outcome: "refused", actor: { name: "looker" } }]);
    const checkpoint = await at("audit checkpoint");
    writeFileSync(join(folder, "kept.jsonl"), checkpoint.out.repeat(2));
    expect((await run("audit verify --data elsewhere --checkpoints kept.jsonl")).out).toContain("is whole");
    const exported = await at("audit export");
    expect(exported).toEqual(await run("audit export --data elsewhere"));
    expect(await at("audit verify")).toEqual(await run("audit verify --data elsewhere"));
    expect(JSON.parse((await at("audit verify --json")).out)).toMatchObject({
      whole: true,
      lines: exported.out.trim().split("\n").length - 1,
    });
    expect((await at("audit verify kept.jsonl")).code).toBe(1);
    // Nothing of it was done to this folder's own data.
    expect((await run("keys list --all --json")).out).not.toContain(made.id);
  } finally {
    await gateway.close();
  }
});
