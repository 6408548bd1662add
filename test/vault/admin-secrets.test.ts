import { afterEach, beforeEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { Secret } from "../../src/secrets/index.ts";
import { makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { sluice, told, withVault } from "./process.ts";

const strong = "b5c1f0e7d9a3824667f0c1e7d9b3a824";
const beyond = ["0.0.0.0:0", "[::]:0", ":0"];
let folder: string;

beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => removeFolder(folder));

/** What a start says: the process either listens and is stopped, or has ended with its reason. */
async function start(listen: string | undefined, env: Readonly<Record<string, string | undefined>>) {
  const clean = { SLUICE_ADMIN_KEY: undefined, SLUICE_MASTER_KEY: undefined, ...env };
  const config = { providers: { demo: {} }, ...(listen !== undefined && { listen }) };
  const started = await startGateway({ config, folder, env: clean }).catch((error: Error) => error.message);
  if (typeof started === "string") return { listens: false, said: started };
  const status = async (path: string, key: string) => {
    const answer = await fetch(`http://127.0.0.1:${started.port}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return answer.status;
  };
  const admin = await status("/admin/v1/keys", env.SLUICE_ADMIN_KEY ?? strong);
  const log = started.log();
  await started.stop();
  return { listens: true, admin, said: log };
}

test("a start that other machines reach is refused while there is no admin key, and says how to make one", async () => {
  for (const listen of beyond) {
    const { listens, said } = await start(listen, {});
    expect(listens).toBe(false);
    for (const words of ["SLUICE_ADMIN_KEY", "openssl rand -hex 32", "sluice keys create NAME --admin"]) expect(said).toContain(words);
    expect(said).not.toContain("sk-sluice-");
  }
}, 60_000);

test("with an admin key of the operator's it listens, and makes no key by itself", async () => {
  const env = { SLUICE_ADMIN_KEY: strong };
  for (const listen of beyond.slice(0, 2)) expect(await start(listen, env)).toMatchObject({ listens: true, admin: 200 });
  expect(JSON.parse((await told(sluice(["keys", "list", "--json"], folder))).out).keys).toEqual([]);
}, 60_000);

test("with an admin key in the store it listens; with one that was revoked it does not", async () => {
  const made = JSON.parse((await told(sluice(["keys", "create", "me", "--admin", "--json"], folder))).out);
  expect(await start("0.0.0.0:0", {})).toMatchObject({ listens: true, admin: 401 });
  await told(sluice(["keys", "revoke", made.id], folder));
  expect(await start("0.0.0.0:0", {})).toMatchObject({ listens: false });
}, 60_000);

test("weak and well-known secrets are refused wherever it listens, and are not repeated", async () => {
  const weak = ["admin", "changeme", "sk-1234", "edd1c9f034335f136f87ad84b625c8f1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "short-key"];
  for (const [index, key] of weak.entries()) {
    const { listens, said } = await start(index % 2 ? "0.0.0.0:0" : undefined, { SLUICE_ADMIN_KEY: key });
    expect(listens).toBe(false);
    expect(said).toContain("SLUICE_ADMIN_KEY");
    if (key.length > 8) expect(said).not.toContain(key);
  }
  const masters = ["changeme-changeme-changeme", Buffer.alloc(32, 7).toString("base64"), Buffer.from(strong).toString("base64")];
  for (const [index, key] of masters.entries()) {
    const { listens, said } = await start(index % 2 ? undefined : "0.0.0.0:0", { SLUICE_ADMIN_KEY: strong, SLUICE_MASTER_KEY: key });
    expect(listens).toBe(false);
    expect(said).toContain("SLUICE_MASTER_KEY");
    expect(said).not.toContain(key);
  }
}, 90_000);

test("on this machine alone it makes its own keys; a master key beside what it seals is told beyond", async () => {
  expect(await start(undefined, {})).toMatchObject({ listens: true });
  const { keys } = JSON.parse((await told(sluice(["keys", "list", "--json"], folder))).out);
  expect(keys.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual(["admin", "key"]);
  await withVault(folder, (vault) => vault.put("one", new Secret("x")));
  expect((await start(undefined, {})).said).not.toContain("master key");
  expect((await start("0.0.0.0:0", {})).said).toContain("master key is in the data folder");
  const env = { SLUICE_MASTER_KEY: randomBytes(32).toString("base64") };
  expect((await start("0.0.0.0:0", env)).said).not.toContain("master key is in the data folder");
}, 60_000);
