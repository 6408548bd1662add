import { expect, test } from "bun:test";
import type { Principal } from "../exchange/index.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { Standing } from "./standing.ts";

const limits = { requestsPerDay: 5 };
const person = (fields: Partial<Principal>): Principal => ({ kind: "user", keyId: "token:okta:1", keyName: "ann", scopes: [], ...fields });

test("whom a token stands for is limited as the directory says: the person, the team and the organisation, each once", async () => {
  const storage = await openMemoryStorage();
  const { directory } = storage.control;
  const now = Date.now();
  const organisation = (await directory.organisation.insert({ name: "acme", limits }, now)).id;
  const other = (await directory.organisation.insert({ name: "other" }, now)).id;
  const team = (await directory.team.insert({ organisation, name: "t", budget: { usd: 1, per: "day" } }, now)).id;
  const user = { roles: [], teams: [], limits };
  const ann = (await directory.user.insert({ organisation, userName: "Ann@example.com", ...user }, now)).id;
  const standing = await Standing.read(directory);
  const kinds = (principal: Principal) => standing.withLimits(principal).limits?.map(({ kind, id }) => [kind, id]);

  const token = person({ organisation, team, user: "ann@EXAMPLE.com" });
  expect(kinds(token)).toEqual([
    ["user", ann],
    ["team", team],
    ["organisation", organisation],
  ]);
  expect(standing.withLimits(token)).toBe(standing.withLimits(token));
  // What a token of the gateway's own was given for brings its limits along.
  const limited = standing.withLimits(token);
  expect(kinds({ ...limited })).toEqual(kinds(token));
  // The same name elsewhere is somebody else.
  for (const stranger of [person({ organisation: other, user: "ann@example.com" }), person({ user: "ann@example.com" })])
    expect(standing.withLimits(stranger)).toBe(stranger);
  await storage.close();
});
