import { exportDocument, type ObjectKind, objectKinds, objectsIn } from "../../../config/index.ts";
import { Fault } from "../../../exchange/index.ts";
import type { AuditedChanges } from "../../../insight/index.ts";
import type { ConfigChange, ConfigVersion } from "../../../storage/index.ts";
import { applyDocument, inFile } from "../../live-config/apply-document.ts";
import { effectiveObjects } from "../../live-config/effective-objects.ts";
import type { LiveState } from "../../live-config/live-config.ts";
import { actionOf, rollBackTo, versionDifferences } from "../../live-config/versions.ts";
import { etagOf } from "../etag.ts";
import { fittingPage } from "../fitting-page.ts";
import { permitted } from "../grants/config-grants.ts";
import { operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { dryRunQuery, versionQuery } from "../schemas/objects.ts";
import {
  applySchema,
  configSchema,
  differenceQuery,
  differenceSchema,
  planSchema,
  rollbackSchema,
  versionPage,
  versionSchema,
} from "../schemas/versions.ts";
import { actOf } from "./config-objects.ts";

const ordinaryVersions = 50;

/** The config as a whole, and its versions. */
export const configOperations = [
  operation({
    name: "config.get",
    method: "GET",
    path: "/admin/v1/config",
    permission: "config:read",
    owner: "installation",
    summary: "What is served now, as a document that makes the same elsewhere: secrets are references in it.",
    status: 200,
    answer: configSchema,
    async run(_call, { live }) {
      const { state } = live;
      const body = {
        version: state.version,
        file: state.config.path ?? null,
        ...exported(state, live.environment),
        leftOut: leftOutOf(state),
      };
      return { status: 200, body, etag: live.tag() };
    },
  }),
  operation({
    name: "config.apply",
    method: "POST",
    path: "/admin/v1/config/apply",
    permission: "config:write",
    owner: "installation",
    versioned: true,
    summary: "Makes an owner's objects as a document has them, as one version; `prune` removes those that it does not have.",
    query: dryRunQuery,
    body: applySchema,
    large: ["objects"],
    status: 200,
    answer: planSchema,
    repeatable: true,
    async run(call, { live }) {
      const { objects, owner = "git", prune = false, adopt = false } = call.body;
      const document = objectsIn(objects);
      const act = actOf(call, "config.apply", call.ifMatch);
      const { state, tag, changes } = await live.change(permitted(applyDocument(document, { owner, prune, adopt }), call), act);
      const others = state.objects.filter(
        (object) => object.owner === owner && !document.some(({ kind, name }) => kind === object.kind && name === object.name),
      );
      return {
        status: 200,
        body: planOf(
          state,
          changes,
          act.dryRun === true,
          document.filter((object) => inFile(state, object)),
          others,
        ),
        etag: tag,
        changed: auditedChanges(state, changes),
      };
    },
  }),
  operation({
    name: "versions.list",
    method: "GET",
    path: "/admin/v1/versions",
    permission: "config:read",
    owner: "installation",
    summary: "The versions of what was made by API or applied, newest first.",
    query: versionQuery,
    status: 200,
    answer: versionPage,
    async run({ query: { limit = ordinaryVersions, cursor, kind, name, author } }, { storage }) {
      const changes = kind !== undefined || name !== undefined;
      const fits = ({ author: by, changes: all }: ConfigVersion) =>
        (author === undefined || by.id === author) &&
        (!changes || all.some((each) => (kind === undefined || each.kind === kind) && (name === undefined || each.name === name)));
      const { data, next } = await fittingPage<ConfigVersion>(
        (some, last) => storage.control.config.before(last === undefined ? Number.MAX_SAFE_INTEGER : numberIn(last), some),
        {
          limit,
          before: cursor === undefined ? undefined : idIn(cursor),
          ...((changes || author !== undefined) && { fits }),
          keyOf: ({ number }) => String(number),
        },
      );
      const body = data.map((version) => ({
        ...shownVersion(version),
        changes: version.changes.map((change) => ({ kind: change.kind, name: change.name, action: actionOf(change) })),
      }));
      return { status: 200, body: { data: body, next: next === undefined ? null : cursorOf(next) } };
    },
  }),
  operation({
    name: "versions.get",
    method: "GET",
    path: "/admin/v1/versions/{id}",
    permission: "config:read",
    owner: "installation",
    summary: "One version, with what it changed.",
    status: 200,
    answer: versionSchema,
    async run({ object }, { storage }) {
      const version = await storage.control.config.version(numberIn(object));
      if (!version) throw new Fault("object_unknown", { message: `There is no version ${JSON.stringify(object)}.` });
      const body = { ...shownVersion(version), changes: version.changes.map(shownChange) };
      return { status: 200, body, etag: etagOf(body) };
    },
  }),
  operation({
    name: "versions.diff",
    method: "GET",
    path: "/admin/v1/versions/{id}/diff",
    permission: "config:read",
    owner: "installation",
    summary: "What leads to a version from another one (`against`), else from the one before it. 0 is the empty one before all.",
    query: differenceQuery,
    status: 200,
    answer: differenceSchema,
    async run({ object, query }, { storage }) {
      const to = numberIn(object);
      const from = query.against ?? Math.max(0, to - 1);
      const changes = await versionDifferences(from, to, storage.control.config);
      return { status: 200, body: { from, to, changes: changes.map(shownChange) } };
    },
  }),
  operation({
    name: "versions.rollback",
    method: "POST",
    path: "/admin/v1/versions/{id}/rollback",
    permission: "config:write",
    owner: "installation",
    versioned: true,
    summary: "Makes everything that stands in no file as it was in a version, as a version of its own. 0 is the empty one before all.",
    query: dryRunQuery,
    body: rollbackSchema,
    status: 200,
    answer: planSchema,
    repeatable: true,
    async run(call, { live, storage }) {
      const act = actOf(call, "versions.rollback", call.ifMatch);
      const { state, tag, changes } = await live.change(permitted(rollBackTo(numberIn(call.object), storage.control.config), call), act);
      return {
        status: 200,
        body: planOf(
          state,
          changes,
          act.dryRun === true,
          changes.filter((change) => inFile(state, change)),
          [],
        ),
        etag: tag,
        changed: auditedChanges(state, changes),
      };
    },
  }),
];

function exported(state: LiveState, environment: Readonly<Record<string, string | undefined>>) {
  const effective = objectKinds.flatMap((kind) => effectiveObjects(state, kind));
  const written = new Map(state.written.map((object) => [JSON.stringify([object.kind, object.name]), object]));
  // The file's own are taken as they are written: what is shown of them hides where their secrets stood.
  const objects = effective
    .filter(({ source }) => source !== "environment")
    .map((object) => written.get(JSON.stringify([object.kind, object.name])) ?? object);
  const names = effective.filter(({ source }) => source === "environment").map(({ name }) => name);
  return { ...exportDocument(objects, environment), environment: names };
}

interface Place {
  readonly kind: string;
  readonly name: string;
}

const mostAudited = 1_000;

function auditedChanges({ version }: LiveState, changes: readonly ConfigChange[]): AuditedChanges {
  const listed = changes.slice(0, mostAudited).map((change) => ({ kind: change.kind, name: change.name, action: actionOf(change) }));
  return { version, changes: listed, count: changes.length };
}

function planOf(state: LiveState, changes: readonly ConfigChange[], dryRun: boolean, shadowed: readonly Place[], others: readonly Place[]) {
  return {
    version: dryRun && changes.length > 0 ? state.version - 1 : state.version,
    applied: !dryRun && changes.length > 0,
    changes: changes.map(shownChange),
    inFile: shadowed.map(placeOf),
    notInDocument: others.map(placeOf),
    leftOut: leftOutOf(state),
  };
}

function leftOutOf({ config }: LiveState) {
  return (config.leftOut ?? []).map(({ kind, name, issues }) => ({
    kind: kind as ObjectKind,
    name,
    problem: issues.map(({ path, problem }) => `${path}: ${problem}`).join("; "),
  }));
}

function placeOf({ kind, name }: Place): Place {
  return { kind, name };
}

function shownVersion({ number, at, author, operation, reason }: ConfigVersion) {
  return { number, at: new Date(at).toISOString(), author, operation, reason: reason ?? null };
}

function shownChange(change: ConfigChange) {
  const { kind, name, before, after } = change;
  const side = (object: ConfigChange["before"]) =>
    object ? { definition: object.definition, source: object.source, owner: object.owner ?? null } : null;
  return { kind, name, action: actionOf(change), before: side(before), after: side(after) };
}

/** @throws Fault `object_unknown` */
function numberIn(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Fault("object_unknown", { message: `There is no version ${JSON.stringify(text.slice(0, 50))}.` });
  return Number(text);
}
