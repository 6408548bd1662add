import assert from "node:assert/strict";
import { Fault } from "../../exchange/index.ts";
import type { ControlStore } from "../control/control.ts";
import { type Fresh, type Suite, withControl } from "../control/control-suite.ts";
import type { DirectoryKind } from "./directory.ts";

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return Fault.from(error).code;
  }
  return "none";
}

/** Two organisations with one object of each kind. */
async function twoOrganisations({ directory }: ControlStore) {
  const made = [];
  for (const name of ["Acme", "Other"]) {
    const { id: organisation } = await directory.organisation.insert({ name }, 1);
    const { id: team } = await directory.team.insert({ organisation, name: "support" }, 1);
    const ids: Record<DirectoryKind, string> = {
      organisation,
      team,
      application: (await directory.application.insert({ organisation, team, name: "bot" }, 1)).id,
      user: (await directory.user.insert({ organisation, userName: "Ann@acme.example", roles: ["viewer"], teams: [team] }, 1)).id,
      serviceAccount: (await directory.serviceAccount.insert({ organisation, team, name: "deploy", roles: [] }, 1)).id,
      group: (await directory.group.insert({ organisation, displayName: "everybody", members: [], roles: [] }, 1)).id,
      role: (await directory.role.insert({ organisation, name: "helper", permissions: ["keys:read"] }, 1)).id,
    };
    made.push(ids);
  }
  return made as [Record<DirectoryKind, string>, Record<DirectoryKind, string>];
}

const kinds: readonly DirectoryKind[] = ["organisation", "team", "application", "user", "serviceAccount", "group", "role"];

/** What the directory promises, whichever database is below. */
export const directorySuite = (fresh: Fresh): Suite => ({
  "a user comes back as it was made, and changes field by field": () =>
    withControl(fresh, async ({ directory }) => {
      const made = await directory.user.insert(
        { userName: "ann", email: "ann@acme.example", externalId: "x-1", roles: ["admin"], teams: [], metadata: { floor: "3" } },
        1000,
      );
      assert.match(made.id, /^user_[\w-]{12}$/);
      assert.deepEqual(await directory.user.get(made.id), {
        id: made.id,
        userName: "ann",
        email: "ann@acme.example",
        externalId: "x-1",
        roles: ["admin"],
        teams: [],
        metadata: { floor: "3" },
        active: true,
        revision: 1,
        createdAt: 1000,
        updatedAt: 1000,
      });
      const changed = await directory.user.update(made.id, { active: false, email: null, displayName: "Ann" }, 2000, 1);
      const { email: _gone, ...rest } = made;
      assert.deepEqual(changed, { ...rest, active: false, displayName: "Ann", revision: 2, updatedAt: 2000 });
      assert.equal(await faultOf(directory.user.update(made.id, { active: true }, 3000, 1)), "object_changed");
      assert.equal(await faultOf(directory.user.remove(made.id, 1)), "object_changed");
      assert.equal(await directory.user.remove(made.id, 2), true);
      assert.equal(await directory.user.get(made.id), undefined);
      assert.equal(await directory.user.update(made.id, { active: true }, 3000), undefined);
    }),

  "a name is taken once in an organisation, whatever the case of its letters": () =>
    withControl(fresh, async ({ directory }) => {
      const { id: organisation } = await directory.organisation.insert({ name: "Acme" }, 1);
      assert.equal(await faultOf(directory.organisation.insert({ name: "ACME" }, 1)), "object_conflict");
      await directory.user.insert({ organisation, userName: "Ann", externalId: "1", roles: [], teams: [] }, 1);
      const other = await directory.user.insert({ organisation, userName: "Bob", externalId: "2", roles: [], teams: [] }, 1);
      await directory.user.insert({ userName: "ann", roles: [], teams: [] }, 1);
      assert.equal(await faultOf(directory.user.insert({ userName: "aNN", roles: [], teams: [] }, 1)), "object_conflict");
      assert.equal(await faultOf(directory.user.update(other.id, { userName: "ANN" }, 2)), "object_conflict");
      assert.equal(await faultOf(directory.user.update(other.id, { externalId: "1" }, 2)), "object_conflict");
      assert.equal((await directory.user.get(other.id))?.revision, 1);
      assert.deepEqual(
        (await directory.user.list({ name: "BOB" })).map(({ id }) => id),
        [other.id],
      );
      assert.deepEqual(
        (await directory.user.list({ externalId: "2", organisation })).map(({ id }) => id),
        [other.id],
      );
    }),

  "from an organisation's scope the others' objects are not there": () =>
    withControl(fresh, async (control) => {
      const [own, foreign] = await twoOrganisations(control);
      const seen = control.directory.within({ organisation: own.organisation });
      for (const kind of kinds) {
        const store = seen[kind];
        assert.deepEqual(
          (await store.list()).map(({ id }) => id),
          [own[kind]],
          kind,
        );
        assert.equal((await store.get(own[kind]))?.id, own[kind], kind);
        assert.equal(await store.get(foreign[kind]), undefined, kind);
        assert.equal(await store.update(foreign[kind], { active: false }, 2), undefined, kind);
        assert.equal(await store.remove(foreign[kind]), false, kind);
        assert.equal((await control.directory[kind].get(foreign[kind]))?.active, true, kind);
      }
      assert.equal(await faultOf(seen.team.insert({ organisation: foreign.organisation, name: "mine" }, 2)), "object_unknown");
      assert.equal(await faultOf(seen.team.insert({ name: "mine" }, 2)), "object_unknown");
      assert.equal(await faultOf(seen.organisation.insert({ name: "mine" }, 2)), "object_unknown");
    }),

  "from a team's scope only what is the team's is there": () =>
    withControl(fresh, async (control) => {
      const [own, foreign] = await twoOrganisations(control);
      const seen = control.directory.within({ organisation: own.organisation, teams: [own.team] });
      const there: DirectoryKind[] = [];
      for (const kind of kinds) if ((await seen[kind].list()).length > 0) there.push(kind);
      assert.deepEqual(there, ["team", "application", "serviceAccount"]);
      const { organisation } = own;
      assert.equal(await faultOf(seen.application.insert({ organisation, name: "b" }, 2)), "object_unknown");
      assert.equal(await faultOf(seen.application.insert({ organisation, team: foreign.team, name: "b" }, 2)), "object_unknown");
      assert.equal(await faultOf(seen.application.update(own.application, { team: foreign.team }, 2)), "object_unknown");
      assert.equal(await faultOf(seen.application.update(own.application, { team: null }, 2)), "object_unknown");
      assert.equal((await seen.application.insert({ organisation, team: own.team, name: "b" }, 2)).team, own.team);
      const none = control.directory.within({ organisation: own.organisation, teams: [] });
      assert.deepEqual(await none.team.list(), []);
    }),

  "what others stand on cannot be taken away from under them": () =>
    withControl(fresh, async (control) => {
      const { directory, keys } = control;
      const [own] = await twoOrganisations(control);
      for (const kind of ["organisation", "team"] as const)
        assert.equal(await faultOf(directory[kind].remove(own[kind])), "object_conflict", kind);
      await directory.user.update(own.user, { roles: [own.role] }, 2);
      assert.equal(await faultOf(directory.role.remove(own.role)), "object_conflict");
      await directory.user.update(own.user, { roles: [] }, 2);
      await keys.insert({ id: "key_1", kind: "admin", name: "a", hash: "h", hint: "", scopes: [], createdAt: 1, role: own.role });
      assert.equal(await faultOf(directory.role.remove(own.role)), "object_conflict");
      await keys.revoke("key_1", 2);
      assert.equal(await directory.role.remove(own.role), true);
    }),

  "odd texts of one do not stand in the way of others": () =>
    withControl(fresh, async (control) => {
      const { directory } = control;
      const [own] = await twoOrganisations(control);
      const odd = { half: "\ud800", none: "\u0000", backslash: "\\u0000 \\\\ud800 \\", quote: "'\"" };
      await directory.user.update(own.user, { metadata: odd, profile: { odd } }, 2);
      await directory.group.update(own.group, { members: [own.user], displayName: "'); --" }, 2);
      assert.deepEqual((await directory.user.get(own.user))?.metadata, odd);
      assert.equal((await directory.user.list({ team: own.team })).length, 1);
      assert.equal(await faultOf(directory.team.remove(own.team)), "object_conflict");
      assert.equal(await directory.user.remove(own.user), true);
      assert.deepEqual((await directory.group.get(own.group))?.members, []);
    }),

  "a user that goes leaves its groups": () =>
    withControl(fresh, async (control) => {
      const { directory } = control;
      const [own, foreign] = await twoOrganisations(control);
      await directory.group.update(own.group, { members: [own.user, foreign.user] }, 2);
      assert.equal(await directory.user.remove(own.user), true);
      const group = await directory.group.get(own.group);
      assert.deepEqual([group?.members, group?.revision], [[foreign.user], 3]);
    }),

  "pages are in the order of ids, and a change is heard of": () =>
    withControl(fresh, async (control) => {
      const { directory } = control;
      for (let at = 0; at < 25; at++) await directory.user.insert({ userName: `u${at}`, roles: [], teams: [] }, at);
      control.changed();
      const newest = (await directory.movedAfter(-1, 100)).at(-1)?.change as number;
      const seen: string[] = [];
      for (;;) {
        const page = await directory.user.list({ after: seen.at(-1), limit: 10 });
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
      }
      assert.equal(new Set(seen).size, 25);
      assert.deepEqual(
        seen,
        seen.toSorted((one, other) => (one < other ? -1 : 1)),
      );
      assert.equal(control.changed(), false);
      await directory.user.update(seen[0] as string, { active: false }, 1);
      assert.equal(control.changed(), true);
      const moved = await directory.movedAfter(newest, 100);
      assert.deepEqual(
        moved.map(({ kind, id, object }) => [kind, id, object?.active]),
        [["user", seen[0], false]],
      );
      await directory.user.remove(seen[1] as string);
      const [gone, ...others] = await directory.movedAfter(moved[0]?.change as number, 100);
      assert.deepEqual([gone?.id, gone?.object, others], [seen[1], undefined, []]);
      assert.equal((await directory.movedAfter(-1, 10)).length, 10);
      assert.equal((await directory.user.list({ active: false })).length, 1);
    }),

  "a key of another organisation or team is not there either": () =>
    withControl(fresh, async (control) => {
      const { keys } = control;
      const key = (id: string, organisation?: string, team?: string) => ({
        ...{ id, kind: "key" as const, name: id, hash: id, hint: "", scopes: [], createdAt: 1 },
        ...(organisation !== undefined && { organisation }),
        ...(team !== undefined && { team }),
      });
      const networks = ["10.0.0.0/8"];
      await keys.insert({
        ...key("a", "org_1", "team_1"),
        networks,
        metadata: { floor: "3" },
        application: "app_1",
        serviceAccount: "sa_1",
      });
      await keys.insert(key("b", "org_1"));
      await keys.insert(key("c", "org_2"));
      await keys.insert(key("d"));
      const ids = async (store: typeof keys) => (await store.list()).map(({ id }) => id);
      const one = keys.within({ organisation: "org_1" });
      const team = keys.within({ organisation: "org_1", teams: ["team_1"] });
      assert.deepEqual([await ids(one), await ids(team)], [["a", "b"], ["a"]]);
      assert.deepEqual((await one.get("a"))?.metadata, { floor: "3" });
      assert.deepEqual([await one.get("c"), await one.get("d"), await team.get("b")], [undefined, undefined, undefined]);
      assert.deepEqual([await one.update("c", { name: "x" }), await one.revoke("d", 5), await team.revoke("b", 5)], [false, false, false]);
      assert.equal(await faultOf(team.update("a", { team: null })), "object_unknown");
      assert.equal(await faultOf(one.insert(key("e", "org_2"))), "object_unknown");
      assert.equal(await one.update("a", { networks: null, metadata: { floor: "4" }, name: "renamed" }), true);
      const { networks: _gone, ...rest } = (await keys.get("a"))!;
      assert.deepEqual([rest.metadata, rest.name, "networks" in (await keys.get("a"))!], [{ floor: "4" }, "renamed", false]);
    }),
});
