import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { sluice, told } from "./process.ts";

const adminKey = "sk-sluice-admin-0d9b3a82465f0c1e7d9b3a8246f0c1e7";

/** Every text that stands in a table, whole. */
function textsIn(path: string): ReadonlySet<string> {
  const database = new Database(path, { readonly: true });
  const texts = new Set<string>();
  const tables = database.query("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  for (const { name } of tables)
    for (const row of database.query(`SELECT * FROM "${name}"`).all() as Record<string, unknown>[])
      for (const cell of Object.values(row)) if (typeof cell === "string" && /^[\x21-\x7e]{8,512}$/.test(cell)) texts.add(cell);
  database.close();
  return texts;
}

test("nothing that stands in the store opens any door: hashes of keys, sessions and tokens, ids, hints and what the vault has sealed", async () => {
  const folder = makeFolder();
  await told(sluice(["vault", "put", "one"], folder, "sk-of-the-provider-0123456789"));
  const key = JSON.parse((await told(sluice(["keys", "create", "a", "--json"], folder))).out).key as string;
  const config = { providers: { demo: {} } };
  const gateway = await startGateway({ config, folder, env: { SLUICE_ADMIN_KEY: adminKey } });
  const url = `http://127.0.0.1:${gateway.port}`;
  const doors = { data: `${url}/v1/models`, admin: `${url}/admin/v1/keys?limit=1`, scim: `${url}/scim/v2/Users?count=1` };
  const knock = async (door: string, headers: Record<string, string>) => (await fetch(door, { headers })).status;
  const make = async (what: string, body: object) => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const answer = await fetch(`${url}/admin/v1/${what}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect([what, answer.status]).toEqual([what, 201]);
    return (await answer.json()) as { readonly token: string };
  };
  try {
    const session = await make("sessions", {});
    const scim = await make("scim-tokens", { name: "directory" });
    // What they are good for, so that a refusal means something.
    expect(await knock(doors.data, { authorization: `Bearer ${key}` })).toBe(200);
    expect(await knock(doors.admin, { authorization: `Bearer ${session.token}` })).toBe(200);
    expect(await knock(doors.scim, { authorization: `Bearer ${scim.token}` })).toBe(200);
    const texts = textsIn(join(folder, "data", "control.db"));
    const hashes = [...texts].filter((text) => /^[\w-]{43}$/.test(text));
    expect(hashes.length).toBeGreaterThanOrEqual(3);
    let knocks = 0;
    const entered: string[] = [];
    const unheard: string[] = [];
    for (const text of texts) {
      for (const form of [text, `sk-sluice-${text}`, `sk-sluice-admin-${text}`])
        for (const headers of [{ authorization: `Bearer ${form}` }, { "x-api-key": form }] as Record<string, string>[]) {
          knocks++;
          if ((await knock(doors.data, headers)) !== 401) entered.push(`data ${text}`);
        }
    }
    // Those who guess at these doors have to wait, so that the hashes alone are tried, and each until it is heard.
    for (const text of hashes.slice(0, 8))
      for (const door of [doors.admin, doors.scim]) {
        let status = 429;
        for (let tries = 0; status === 429 && tries < 20; tries++) {
          if (tries > 0) await Bun.sleep(500);
          status = await knock(door, { authorization: `Bearer ${text}` });
        }
        knocks++;
        if (status === 429) unheard.push(text);
        else if (status !== 401) entered.push(`${door} ${text}`);
      }
    console.log(`stored texts: ${texts.size}, ${hashes.length} of them hashes; ${knocks} knocks, ${entered.length} entered`);
    expect(entered).toEqual([]);
    expect(unheard).toEqual([]);
  } finally {
    await gateway.stop();
    removeFolder(folder);
  }
}, 90_000);
