import type * as z from "zod/mini";
import type { ObjectKind } from "../../../config/index.ts";
import { Fault, type Permission } from "../../../exchange/index.ts";
import { matchesGlob } from "../../../policies/index.ts";
import type { VersionedObject } from "../../../storage/index.ts";
import { createObject, removeObject, updateObject } from "../../live-config/edits.ts";
import { type EffectiveObject, effectiveObjects, shown } from "../../live-config/effective-objects.ts";
import type { Act, LiveState } from "../../live-config/live-config.ts";
import { etagOf } from "../etag.ts";
import { permitted } from "../grants/config-grants.ts";
import { mergedFields } from "../merge-patch.ts";
import { type AdminCall, type AdminReply, type AdminTools, type Operation, operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { dryRunQuery, objectQuery, type providerBodies } from "../schemas/objects.ts";

/** Where an object comes from, as it is shown. */
export type ShownOrigin = Omit<ReturnType<typeof originOf>, "source"> & { readonly source: EffectiveObject["source"] | "provider" };

export interface ObjectCollection<Shown extends ShownOrigin & { readonly id: string }> {
  readonly kind: Exclude<ObjectKind, "keys" | "teams">;
  /** As people call one of them. */
  readonly one: string;
  readonly read: Permission;
  readonly write: Permission;
  /** Of what is read; changes are the installation's. */
  readonly owner: "installation" | "shared";
  readonly listSummary: string;
  readonly page: NonNullable<Operation["answer"]>;
  readonly schema: NonNullable<Operation["answer"]>;
  readonly bodies: typeof providerBodies;
  /** Whether the place of each counts: then the list has it, and the newest page is not sorted by name. */
  list(state: LiveState, tools: AdminTools): readonly Shown[];
}

/** How objects of a kind are seen, made, changed and removed: the same for every kind. */
export function objectOperations<Shown extends ShownOrigin & { readonly id: string }>(of: ObjectCollection<Shown>): readonly Operation[] {
  const { kind, one, schema, bodies } = of;
  const path = `/admin/v1/${kind}`;
  const find = (state: LiveState, id: string, tools: AdminTools) => of.list(state, tools).find((each) => each.id === id);
  return [
    operation({
      name: `${kind}.list`,
      method: "GET",
      path,
      permission: of.read,
      owner: of.owner,
      summary: of.listSummary,
      query: objectQuery,
      status: 200,
      answer: of.page,
      async run({ query }, tools) {
        return { status: 200, body: pageOf(of.list(tools.live.state, tools).filter(fitting(query)), query) };
      },
    }),
    operation({
      name: `${kind}.create`,
      method: "POST",
      path,
      permission: of.write,
      owner: "installation",
      versioned: true,
      summary: `Makes a ${one}, as a version of the config.`,
      query: dryRunQuery,
      body: bodies.made,
      status: 201,
      answer: schema,
      repeatable: true,
      async run(call, tools) {
        const { name, definition } = call.body;
        const { state } = await tools.live.change(permitted(createObject(kind, name, definition), call), actOf(call, `${kind}.create`));
        const made = find(state, name, tools)!;
        return { ...replyOf(made), status: 201, location: `${path}/${encodeURIComponent(name)}`, made: name };
      },
    }),
    operation({
      name: `${kind}.get`,
      method: "GET",
      path: `${path}/{id}`,
      permission: of.read,
      owner: of.owner,
      summary: `One ${one}.`,
      status: 200,
      answer: schema,
      async run({ object }, tools) {
        const found = find(tools.live.state, object, tools);
        if (!found) throw new Fault("object_unknown", { message: `There is no ${one} ${JSON.stringify(object)}.` });
        return replyOf(found);
      },
    }),
    operation({
      name: `${kind}.update`,
      method: "PATCH",
      path: `${path}/{id}`,
      permission: of.write,
      owner: "installation",
      versioned: true,
      summary: `Changes a ${one}'s definition by a JSON merge patch, as a version of the config.`,
      query: dryRunQuery,
      body: bodies.patch,
      status: 200,
      answer: schema,
      async run(call, tools) {
        const refuse = refuseChanged(call, tools.live.state);
        const edit = updateObject(kind, call.object, (before) => {
          refuse(before);
          const { definition } = call.body;
          return definition === undefined ? before.definition : mergedFields(bodies.changes, before, { definition }).definition;
        });
        const { state } = await tools.live.change(permitted(edit, call), actOf(call, `${kind}.update`));
        return replyOf(find(state, call.object, tools)!);
      },
    }),
    operation({
      name: `${kind}.delete`,
      method: "DELETE",
      path: `${path}/{id}`,
      permission: of.write,
      owner: "installation",
      versioned: true,
      summary: `Removes a ${one} that was made by API, as a version of the config; what leans on it refuses that.`,
      query: dryRunQuery,
      status: 204,
      async run(call, tools) {
        await tools.live.change(removeObject(kind, call.object, refuseChanged(call, tools.live.state)), actOf(call, `${kind}.delete`));
        return { status: 204 };
      },
    }),
  ];
}

function fitting({
  name,
  source,
  misfit,
  drift,
}: z.output<typeof objectQuery>): (object: ShownOrigin & { readonly id: string }) => boolean {
  return (object) =>
    (name === undefined || matchesGlob(name, object.id)) &&
    (source === undefined || object.source === source) &&
    (misfit === undefined || (object.misfit !== null) === (misfit === "true")) &&
    (drift === undefined || (object.drift !== null) === (drift === "true"));
}

/** What every object shows of where it comes from. */
export function originOf({ definition, source, owner, revision, changedAt, author, reason, misfit, drift }: EffectiveObject) {
  const at = changedAt === null ? null : new Date(changedAt).toISOString();
  return { definition, source, owner, revision, changedAt: at, author, reason, misfit, drift };
}

/** Each object of a kind with its name. */
export function listOf(state: LiveState, kind: ObjectKind): readonly (ShownOrigin & { readonly id: string })[] {
  return effectiveObjects(state, kind).map((object) => ({ id: object.name, ...originOf(object) }));
}

type ChangeCall = AdminCall<{ readonly dryRun?: "true" | "false" | undefined }, unknown>;

/** Who changes the config, why, and whether in earnest. */
export function actOf({ principal, body, query, http }: ChangeCall, operation: string, ifMatch?: string): Act {
  const written = typeof body === "object" && body !== null && "reason" in body ? body.reason : undefined;
  const inHeader = http.header("x-sluice-reason");
  const reason = typeof written === "string" ? written : inHeader;
  // Also where the body's counts: what is sent is as the document says, or refused.
  if ([reason, inHeader].some((each) => each !== undefined && !/^[^\p{Cc}]{1,500}$/u.test(each)))
    throw new Fault("request_malformed", { message: "A reason has 1 to 500 characters, without line breaks.", param: "reason" });
  return {
    author: { id: principal.keyId, name: principal.keyName },
    operation,
    reason,
    ifMatch,
    dryRun: query.dryRun === "true",
  };
}

function replyOf(object: ShownOrigin & { readonly id: string }): AdminReply & { readonly status: 200 } {
  return { status: 200, body: object, etag: tagOf(object) };
}

/** Of what somebody decided: the rest of what is shown follows from it. */
function tagOf({ definition, source, owner, revision, drift }: ShownOrigin): string {
  return etagOf([definition, source, owner, revision, drift]);
}

/** @throws Fault `object_changed` */
function refuseChanged({ ifMatch }: Pick<AdminCall, "ifMatch">, { config }: LiveState): (object: VersionedObject) => void {
  return (object) => {
    if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== tagOf(originOf(shown(object, config)))) throw new Fault("object_changed");
  };
}
