import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { routeTable } from "../../src/gateway/index.ts";
import type { Operation } from "../../src/server/admin/operation.ts";
import { adminOperations } from "../../src/server/admin/operations/all.ts";
import { sampleOf } from "./sample-body.ts";
import { HeardStatements } from "./statements.ts";
import { type AuditLine, type Caller, openTenants, root, type Tenants, type Told } from "./tenants.ts";

let tenants: Tenants;
let statements: HeardStatements;
beforeAll(async () => {
  statements = new HeardStatements();
  tenants = await openTenants();
});
afterAll(async () => {
  await tenants.close();
  statements.close();
});

const organisationOwner = (): Caller => ({ role: "owner", organisation: tenants.own.organisations as string });
const teamOwner = (): Caller => ({ ...organisationOwner(), team: tenants.own.teams as string });
const fileTeamOwner: Caller = { role: "owner", team: "filed" };

const ofOne = adminOperations.filter(({ path }) => path.includes("{id}"));
const owned = adminOperations.filter(({ owner }) => owner === "organisation" || owner === "team");

/** `users` in `/admin/v1/users/{id}/account`; for `/admin/v1/me/sessions/{id}` it is `sessions`. */
function collectionOf({ path }: Operation): string {
  const parts = path.split("/");
  return parts[parts.indexOf("{id}") - 1] as string;
}

/** The same length and alphabet, and nobody's. */
function unknownLike(id: string): string {
  return `${id.slice(0, -6)}zzzzzz`;
}

/** Ways to write an id. What is written otherwise is another id, and is as unknown. */
const forms: Readonly<Record<string, (id: string) => string>> = {
  plain: (id) => id,
  encoded: (id) => [...id].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  "encoded twice": (id) => [...id].map((letter) => `%25${letter.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  "in capitals": (id) => id.toUpperCase(),
  "with a space": (id) => `${id}%20`,
};

function ask(row: Operation, caller: Caller, id: string): Promise<Told> {
  return tenants.ask(caller, row.method, row.path.replace("{id}", id), row.body ? sampleOf(row.body) : undefined);
}

/** The statements of one request: the fewest of several tries, for the process looks at its stores by itself as well. */
async function wayOf(row: Operation, caller: Caller, id: string): Promise<readonly string[]> {
  let fewest: readonly string[] | undefined;
  for (let turn = 0; turn < 4; turn++) {
    // A caller's first request makes its key.
    if (turn === 0) await tenants.ask(caller, "GET", "/admin/v1/me");
    statements.take();
    await ask(row, caller, id);
    const heard = statements.take();
    if (fewest === undefined || heard.length < fewest.length) fewest = heard;
  }
  return fewest ?? [];
}

/** Both ways, where they differ each time: what the process does by itself may fall into one of them, and what an id leads to is always there. */
async function differenceOf(row: Operation, caller: Caller, id: string): Promise<string | undefined> {
  let found: string | undefined;
  for (let turn = 0; turn < 3; turn++) {
    const [one, other] = [await wayOf(row, caller, id), await wayOf(row, caller, unknownLike(id))];
    if (one.join("\n") === other.join("\n")) return undefined;
    found ??= `${one.join("\n")}\n--- unknown:\n${other.join("\n")}`;
  }
  return found;
}

/** An answer without what differs from one request to the next, and without the id that was asked for. */
function plain({ status, text }: Told, id: string): string {
  return `${status} ${text.replaceAll(id, "ID").replace(/"instance":"[^"]+"/, '"instance":"…"')}`;
}

/** What one's own people asked for in vain stands in one's own log, in their words. */
function withoutRefused({ text, body }: Told): string {
  if (body?.data === undefined) return text;
  const lines: readonly AuditLine[] = body.data;
  const refused = new Set(lines.filter(({ outcome }) => outcome === "refused").map(({ requestId }) => requestId));
  return JSON.stringify(lines.filter(({ requestId }) => !refused.has(requestId)));
}

/** Everything of the others, as the installation's owner sees it. */
async function everythingForeign(): Promise<string> {
  const all: unknown[] = [];
  for (const row of ofOne) {
    const id = tenants.foreign[collectionOf(row)];
    if (row.method !== "GET" || id === undefined) continue;
    const { body } = await tenants.ask(root, "GET", row.path.replace("{id}", id));
    // That somebody has used a key, or something of a limit, is no change of it.
    all.push({ ...body, lastUsedAt: null, used: null, left: null });
  }
  return JSON.stringify(all);
}

describe("the matrix of owners, from the table of operations", () => {
  test("has a thing of each kind that can be somebody's, here and there", () => {
    const kinds = new Set(ofOne.filter((row) => owned.includes(row) || row.owner === "self").map(collectionOf));
    expect([...kinds].filter((kind) => tenants.own[kind] === undefined || tenants.foreign[kind] === undefined)).toEqual([]);
    expect(kinds.size).toBeGreaterThan(8);
  });

  test("an id of another organisation, of another team or of the installation answers as one that is not there, in every form", async () => {
    const before = await everythingForeign();
    let cells = 0;
    const allowed: string[] = [];
    for (const row of ofOne.filter((each) => owned.includes(each) || each.owner === "self")) {
      const kind = collectionOf(row);
      for (const caller of [organisationOwner(), teamOwner(), fileTeamOwner]) {
        for (const id of [tenants.foreign[kind], tenants.installation[kind]]) {
          if (id === undefined) continue;
          for (const [form, written] of Object.entries(forms)) {
            const [one, other] = [written(id), written(unknownLike(id))];
            const [told, untold] = [await ask(row, caller, one), await ask(row, caller, other)];
            cells++;
            const same = plain(told, decodeURIComponent(one)) === plain(untold, decodeURIComponent(other));
            const where = `${row.name}, ${form}, as ${JSON.stringify(caller)}: ${told.status} ${told.text} / ${untold.status} ${untold.text}`;
            if (!same || ![403, 404].includes(told.status)) allowed.push(where);
          }
        }
      }
    }
    expect(allowed.slice(0, 5)).toEqual([]);
    expect(await everythingForeign()).toBe(before);
    expect(cells).toBeGreaterThan(400);
    console.log(`${cells} foreign cells, 0 allowed`);
  }, 120_000);

  test("one's own is there: the same requests that are refused for others are not refused for oneself", async () => {
    for (const row of ofOne.filter((each) => each.method === "GET" && each.owner === "team")) {
      const told = await ask(row, teamOwner(), tenants.own[collectionOf(row)] as string);
      expect([row.name, told.status]).toEqual([row.name, 200]);
    }
    for (const row of ofOne.filter((each) => each.method === "GET" && each.owner === "organisation")) {
      const told = await ask(row, organisationOwner(), tenants.own[collectionOf(row)] as string);
      expect([row.name, told.status]).toEqual([row.name, 200]);
    }
  });

  test("no list, sum or answer of any kind has a trace of others in it", async () => {
    const traces = ["foreign-mark", "common-mark", ...Object.values(tenants.foreign), ...Object.values(tenants.installation)];
    let seen = 0;
    for (const row of adminOperations.filter(({ method, path }) => method === "GET" && !path.includes("{id}"))) {
      for (const caller of [organisationOwner(), teamOwner(), fileTeamOwner]) {
        const queries = [
          "",
          "?limit=200",
          ...(row.name === "usage.get" ? ["?by=team,key"] : []),
          ...(row.name === "keys.list" ? ["?name=foreign-mark"] : []),
        ];
        for (const query of queries) {
          const told = await tenants.ask(caller, row.method, `${row.path}${query}`);
          const text = row.name === "audit.list" ? withoutRefused(told) : told.text;
          expect([row.name, traces.filter((trace) => text.includes(trace))]).toEqual([row.name, []]);
          if (told.text.includes("own-mark") || told.text.includes(tenants.own.teams as string)) seen++;
          if (row.owner === "installation") expect([row.name, told.status]).toEqual([row.name, 403]);
        }
      }
    }
    // Or the traces would not be found where they are.
    expect(seen).toBeGreaterThan(15);
    const whole = await tenants.ask(root, "GET", "/admin/v1/users?limit=200");
    expect([whole.text.includes("foreign-mark"), whole.text.includes("common-mark")]).toEqual([true, true]);
  });

  test("a cursor into the others' list leads nowhere else", async () => {
    for (const path of ["keys", "users", "records", "applications"]) {
      const { next } = (await tenants.ask(root, "GET", `/admin/v1/${path}?limit=1`)).body;
      const told = await tenants.ask(organisationOwner(), "GET", `/admin/v1/${path}?limit=200&cursor=${next}`);
      expect([path, told.text.includes("foreign-mark"), told.text.includes("common-mark")]).toEqual([path, false, false]);
    }
  });

  test("nothing is made in another organisation or team, and an unknown one answers the same", async () => {
    const before = await everythingForeign();
    let cells = 0;
    for (const row of owned.filter(({ method, path, body }) => method === "POST" && !path.includes("{id}") && body !== undefined)) {
      const body = sampleOf(row.body!) as object;
      for (const caller of [organisationOwner(), teamOwner()]) {
        for (const field of ["organisation", "team"] as const) {
          const id = tenants.foreign[`${field}s`] as string;
          const told = await tenants.ask(caller, "POST", row.path, { ...body, [field]: id });
          const untold = await tenants.ask(caller, "POST", row.path, { ...body, [field]: unknownLike(id) });
          cells++;
          expect([row.name, field, plain(told, id)]).toEqual([row.name, field, plain(untold, unknownLike(id))]);
          expect([row.name, field, told.status < 400]).toEqual([row.name, field, false]);
        }
      }
    }
    expect(cells).toBeGreaterThan(20);
    expect(await everythingForeign()).toBe(before);
  });

  test("nobody without a good admin key gets further than the door, whichever operation", async () => {
    const revoked = (await tenants.ask(root, "POST", "/admin/v1/keys", { name: "revoked", kind: "admin" })).body;
    await tenants.ask(root, "DELETE", `/admin/v1/keys/${revoked.id}`);
    const doors = [
      [tenants.own["data key"], 403],
      [revoked.key, 401],
    ] as const;
    for (const row of adminOperations) {
      for (const [credential, status] of doors) {
        const told = await tenants.askWith(credential, row.method, row.path.replace("{id}", "x"), row.body && {});
        // Whoever guesses has to wait after a while.
        expect([row.name, told.status === status || told.status === 429]).toEqual([row.name, true]);
      }
    }
  });

  test("an unknown and a foreign id take the same way: the same statements of the store, in the same order", async () => {
    const different: string[] = [];
    let cells = 0;
    for (const row of ofOne.filter((each) => owned.includes(each) || each.owner === "self")) {
      const kind = collectionOf(row);
      for (const caller of [organisationOwner(), teamOwner(), fileTeamOwner]) {
        for (const id of [tenants.foreign[kind], tenants.installation[kind]]) {
          if (id === undefined) continue;
          cells++;
          const found = await differenceOf(row, caller, id);
          if (found !== undefined) different.push(`${row.name} as ${JSON.stringify(caller)}:\n${found}`);
        }
      }
    }
    // What is one's own takes another way, so that there is something to hear.
    const keys = ofOne.find(({ name }) => name === "keys.get") as Operation;
    const own = await wayOf(keys, organisationOwner(), tenants.own.keys as string);
    expect(own.length).toBeGreaterThan(0);
    console.log(`${cells} foreign cells, ${different.length} by another way than an unknown id`);
    expect(different).toEqual([]);
    expect(cells).toBeGreaterThan(80);
  }, 120_000);

  test("an unknown and a foreign id take the same time, as far as anybody could tell", async () => {
    const rows = ofOne.filter(({ method, owner }) => method === "GET" && owner === "team");
    for (const row of rows) {
      const id = tenants.foreign[collectionOf(row)] as string;
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < 60; round++) {
        for (const [at, each] of [id, unknownLike(id)].entries()) times[at]!.push((await ask(row, organisationOwner(), each)).ms);
      }
      const [one, other] = times.map((list) => list.toSorted((a, b) => a - b)[30] as number);
      expect(Math.abs(one! - other!)).toBeLessThan(5);
    }
  }, 60_000);
});

describe("the table of the gateway's endpoints", () => {
  test("says of each row whose its answer is, and serves none of it to an admin key or to nobody", async () => {
    expect(routeTable.filter(({ owner }) => owner !== "none" && owner !== "key").map(({ name }) => name)).toEqual([]);
    for (const row of routeTable) {
      const path = row.path.replace("{model}", "echo");
      const nobody = await tenants.askWith(undefined, row.method, path, row.method === "POST" ? {} : undefined);
      const admin = await tenants.ask(organisationOwner(), row.method, path, row.method === "POST" ? {} : undefined);
      // What everybody may ask for knows nobody: it says the same to each, and nothing of anybody.
      if (row.role === "anyone") expect([row.name, nobody.status, nobody.text.includes("-mark")]).toEqual([row.name, admin.status, false]);
      else expect([row.name, nobody.status, admin.status]).toEqual([row.name, 401, 403]);
    }
  });
});
