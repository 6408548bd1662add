import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { KeyHasher, Sessions } from "../../src/auth/index.ts";
import { type BuiltInRole, type Permission, permissionsOfRole } from "../../src/exchange/index.ts";
import { loadPepper } from "../../src/secrets/index.ts";
import { markedFields } from "../../src/server/admin/grants/field-permissions.ts";
import type { Operation } from "../../src/server/admin/operation.ts";
import { adminOperations } from "../../src/server/admin/operations/all.ts";
import { type OpenedControl, openControl } from "../../src/storage/index.ts";
import { type OperatedGateway, openOperated, type ToldByAdminApi } from "./operated-gateway.ts";
import { sampleOf } from "./sample-body.ts";

// People whose roles come from several places, beside admin keys of one place each that have all that the person has there.

const teams = ["red", "blue", "green"] as const;
type TeamName = (typeof teams)[number];

interface Grant {
  readonly role: BuiltInRole;
  /** Absent: the whole organisation. */
  readonly at?: TeamName;
}

const people: Readonly<Record<string, readonly Grant[]>> = {
  "everybody's viewer who leads red": [{ role: "viewer" }, { role: "admin", at: "red" }],
  "everybody's developer who leads red": [{ role: "developer" }, { role: "admin", at: "red" }],
  "everybody's viewer who pays for red": [{ role: "viewer" }, { role: "finance", at: "red" }],
  "everybody's auditor who owns blue": [{ role: "auditor" }, { role: "owner", at: "blue" }],
  "who leads red and works in blue": [
    { role: "admin", at: "red" },
    { role: "developer", at: "blue" },
  ],
  "who works in red and pays for red and blue": [
    { role: "developer", at: "red" },
    { role: "finance", at: "red" },
    { role: "finance", at: "blue" },
  ],
};

let gateway: OperatedGateway;
let control: OpenedControl;
let sessions: Sessions;
let organisation: string;
const teamIds = {} as Record<TeamName, string>;
let count = 0;

beforeAll(async () => {
  gateway = await openOperated("providers: { demo: {} }\nrecords: { bodies: {} }\n");
  const folder = join(gateway.folder, "data");
  control = await openControl({ folder });
  const hasher = new KeyHasher(loadPepper(folder));
  sessions = new Sessions({ store: control.control.sessions, hasher, now: Date.now, origins: () => [], principalOf: () => undefined });
  organisation = (await gateway.made("organisations", { name: "acme" })).id;
  for (const name of teams) teamIds[name] = (await gateway.made("teams", { name, organisation })).id;
});
afterAll(async () => {
  control.close();
  await gateway.close();
});

const asksOfOne = 80;

/** Somebody whose credential is made anew before it has asked too often. */
function asking(credential: () => Promise<string>) {
  let [text, left] = ["", 0];
  return async (method: string, path: string, body?: unknown): Promise<ToldByAdminApi> => {
    if (left === 0) [text, left] = [await credential(), asksOfOne];
    left--;
    return gateway.ask(text, method, path, body);
  };
}
type Asks = ReturnType<typeof asking>;

let root: Asks;
beforeAll(() => {
  root = asking(async () => (await gateway.made("keys", { name: `root-${++count}`, kind: "admin", role: "owner" })).key);
});

async function made(path: string, body: object): Promise<{ readonly id: string; readonly key: string }> {
  const told = await root("POST", `/admin/v1/${path}`, body);
  if (told.status !== 201) throw new Error(`${path}: ${told.status} ${JSON.stringify(told.body)}`);
  return told.body;
}

/** A person in a group for each grant, logged in. */
async function personOf(grants: readonly Grant[]): Promise<Asks> {
  const userName = `person-${++count}@example.com`;
  const { id } = await made("users", { userName, organisation });
  for (const { role, at } of grants) {
    const place = at === undefined ? {} : { team: teamIds[at] };
    await made("groups", { displayName: `group-${++count}`, organisation, members: [id], roles: [role], ...place });
  }
  const logIn = { holder: "command-line", name: userName, userId: id, roles: [], idleMs: 600_000, endsAt: Date.now() + 600_000 } as const;
  return asking(async () => (await sessions.begin(logIn, { header: () => undefined })).token);
}

/** An admin key that may in one place what all grants together allow there. */
async function keyAt(grants: readonly Grant[], at: TeamName | undefined): Promise<Asks> {
  const held = new Set(
    grants.filter((grant) => grant.at === undefined || grant.at === at).flatMap(({ role }) => permissionsOfRole(role) as Permission[]),
  );
  const role = (await made("roles", { name: `role-${++count}`, organisation, permissions: [...held] })).id;
  const place = at === undefined ? {} : { team: teamIds[at] };
  return asking(async () => (await made("keys", { name: `key-${++count}`, kind: "admin", role, organisation, ...place })).key);
}

/** A new thing of a team for each operation with an id that is a team's. */
const things: Readonly<Record<string, (team: string) => Promise<string>>> = {
  teams: async (team) => team,
  applications: async (team) => (await made("applications", { name: `a${++count}`, organisation, team })).id,
  "service-accounts": async (team) => (await made("service-accounts", { name: `s${++count}`, organisation, team, roles: ["viewer"] })).id,
  keys: async (team) => (await made("keys", { name: `k${++count}`, organisation, team })).id,
  limits: async (team) =>
    `application:${(await made("applications", { name: `a${++count}`, organisation, team, limits: { requestsPerDay: 9 } })).id}|requests|day@UTC`,
  records: recordOf,
};
const records = new Map<string, Promise<string>>();

function recordOf(team: string): Promise<string> {
  let record = records.get(team);
  if (!record) {
    record = (async () => {
      const { key } = await made("keys", { name: `k${++count}`, organisation, team });
      const called = await gateway.ask(key, "POST", "/v1/chat/completions", {
        model: "demo/echo",
        messages: [{ role: "user", content: "x" }],
      });
      expect(called.status).toBe(200);
      return (await root("GET", "/admin/v1/records?limit=1")).body.data[0].id as string;
    })();
    records.set(team, record);
  }
  return record;
}

const ofTeams = adminOperations.filter(({ owner }) => owner === "team");

function collectionOf({ path }: Operation): string {
  const parts = path.split("/");
  return parts[parts.indexOf("{id}") - 1] as string;
}

const values: Readonly<Record<string, unknown>> = {
  limits: { requestsPerDay: 7 },
  budget: { usd: 1, per: "day" },
  roles: ["viewer"],
  role: "viewer",
  mayPassUser: true,
  endUsers: { limits: { requestsPerDay: 3 } },
};

/** The least that an operation takes, and the same with each field that needs more. */
function bodiesOf(row: Operation): readonly (object | undefined)[] {
  if (!row.body) return [undefined];
  const least = sampleOf(row.body) as object;
  const fields = [...new Set(markedFields(row.body).map(({ path }) => path[0] as string))].filter((name) => name in values);
  const more = fields.map((name) => ({
    ...least,
    ...(name === "role" && row.method === "POST" && { kind: "admin" }),
    [name]: values[name],
  }));
  return [least, ...more];
}

/** Done. What is not there to somebody may be told as malformed too. */
const passes = ({ status }: ToldByAdminApi) => status < 400;
const fieldsIn = ({ body }: ToldByAdminApi) => Object.keys(body ?? {}).toSorted();

describe.each(Object.entries(people))("a person, %s,", (_, grants) => {
  let person: Asks;
  const alone = {} as Record<TeamName, Asks>;
  let throughout: Asks;
  beforeAll(async () => {
    person = await personOf(grants);
    for (const name of teams) alone[name] = await keyAt(grants, name);
    throughout = await keyAt(grants, undefined);
  });

  test("does in each team what all that is held there allows, and nothing else", async () => {
    const wrong: string[] = [];
    const counts = { cells: 0, passed: 0 };
    for (const row of ofTeams) {
      const collection = row.path.includes("{id}") ? collectionOf(row) : undefined;
      if (collection === undefined && row.method === "GET") continue;
      for (const team of teams) {
        for (const body of bodiesOf(row)) {
          const told = async (asks: Asks) => {
            const id = collection === undefined ? "" : await things[collection]?.(teamIds[team]);
            const named = row.path.includes("{id}") ? body : { ...body, organisation, team: teamIds[team], name: `n${++count}` };
            if (row.name === "bodies.erase") return asks(row.method, row.path, { team: teamIds[team] });
            return asks(row.method, row.path.replace("{id}", id as string), named);
          };
          const [mine, there, anywhere] = [await told(person), await told(alone[team]), await told(throughout)];
          const expected = passes(there) || passes(anywhere);
          counts.cells++;
          if (passes(mine)) counts.passed++;
          const said = `${row.name} in ${team} ${JSON.stringify(body)}: ${mine.status} ${JSON.stringify(mine.body)}`;
          if (passes(mine) !== expected) wrong.push(`${said}, and alone ${there.status}, ${anywhere.status}`);
          else if (expected && row.method === "GET") {
            const shown = [...new Set([there, anywhere].filter(passes).flatMap(fieldsIn))].toSorted();
            if (JSON.stringify(fieldsIn(mine)) !== JSON.stringify(shown)) wrong.push(`${said}, and alone ${shown}`);
          }
        }
      }
    }
    console.log(JSON.stringify(counts));
    expect(wrong).toEqual([]);
    expect(counts.cells).toBeGreaterThan(80);
    expect([counts.passed > 0, counts.passed < counts.cells]).toEqual([true, true]);
  }, 120_000);

  test("sees of each team what all that is held there shows, and of all teams nothing more", async () => {
    for (const team of teams) await Promise.all(Object.values(things).map((make) => make(teamIds[team])));
    let seen = 0;
    for (const row of ofTeams.filter(({ method, path }) => method === "GET" && !path.includes("{id}"))) {
      const idsIn = ({ body }: ToldByAdminApi) => ((body?.data ?? []) as { readonly id?: string }[]).map(({ id }) => id ?? "").toSorted();
      const query = row.name.startsWith("chargeback") ? `?month=${new Date().toISOString().slice(0, 7)}` : "";
      const whole = await person(row.method, `${row.path}${query}`);
      const each = [];
      for (const asks of [...Object.values(alone), throughout]) each.push(await asks(row.method, `${row.path}${query}`));
      expect([row.name, passes(whole)]).toEqual([row.name, each.some(passes)]);
      const all = new Set(each.filter(passes).flatMap(idsIn));
      expect([row.name, idsIn(whole).filter((id) => !all.has(id))]).toEqual([row.name, []]);
      if (!/^(usage\.get|(keys|records|applications|service-accounts)\.list)$/.test(row.name)) continue;
      for (const team of teams) {
        const path = `${row.path}?team=${teamIds[team]}`;
        const [mine, there, anywhere] = [await person("GET", path), await alone[team]("GET", path), await throughout("GET", path)];
        const best = [there, anywhere].filter(passes).toSorted((one, other) => lengthOf(other) - lengthOf(one))[0];
        const isRefused = !passes(mine) || (mine.body.data?.length === 0 && mine.body.total === undefined);
        if (best === undefined) expect([row.name, team, isRefused]).toEqual([row.name, team, true]);
        else expect([row.name, team, mine.status, fieldsOf(mine)]).toEqual([row.name, team, best.status, fieldsOf(best)]);
        if (best !== undefined) seen++;
      }
    }
    expect(seen).toBeGreaterThan(3);
  }, 60_000);
});

const lengthOf = ({ body }: ToldByAdminApi) => JSON.stringify(body).length;

/** The ids, and the fields, of what a list or a sum tells. */
function fieldsOf({ body }: ToldByAdminApi): unknown {
  const rows: readonly { readonly id?: string }[] = body.data;
  return [rows.map((row) => [row.id, Object.keys(row)]), Object.keys(body.total ?? {})];
}
