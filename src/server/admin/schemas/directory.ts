import * as z from "zod/mini";
import { permissions } from "../../../exchange/index.ts";
import { budget, limits, metadata, name, named, names, needs, pageQuery, pageSchema, time } from "./named.ts";
import { patchSchema } from "./patches.ts";

type Shape = Record<string, z.ZodMiniType>;

export interface KindSchemas {
  readonly made: z.ZodMiniType<Record<string, unknown>>;
  readonly changes: z.ZodMiniType<Record<string, unknown>>;
  /** The merge patch that leads to changes. */
  readonly patch: z.ZodMiniType<Record<string, unknown>>;
  readonly shown: z.ZodMiniType;
  readonly page: z.ZodMiniType;
}

/** Fields of a kind of object, and how they are asked for. Every call makes the schema anew: each place has its own mark. */
interface Fields {
  readonly required: () => Shape;
  /** May be left out, and taken away by null. */
  readonly optional?: () => Shape;
  /** Lists that are empty where they are left out. */
  readonly lists?: () => Shape;
}

/** The bodies of the operations on one kind of object of the directory. @param id the kind's name in the document, as `Team` */
function kindSchemas(id: string, { required, optional = () => ({}), lists = () => ({}) }: Fields, owned = true): KindSchemas {
  const externalId = z.string().check(z.minLength(1), z.maxLength(256));
  const each = (shape: Shape, wrap: (schema: z.ZodMiniType) => z.ZodMiniType) =>
    Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, marked(field, wrap(schema))]));
  const left = (schema: z.ZodMiniType) => z.optional(schema);
  const cleared = (schema: z.ZodMiniType) => z.optional(z.nullable(schema));
  const shown = z.object({
    id: z.string(),
    ...(owned && { organisation: z.nullable(z.string()) }),
    ...required(),
    ...Object.fromEntries(Object.entries(optional()).map(([field, schema]) => [field, shownField(field, z.nullable(schema))])),
    ...lists(),
    externalId: z.nullable(z.string()),
    active: z.boolean(),
    source: z.enum(["store", "file", "built-in"]),
    revision: z.int(),
    createdAt: z.nullable(time),
    updatedAt: z.nullable(time),
  });
  const changes = z.strictObject({
    ...each(required(), left),
    ...each(optional(), cleared),
    ...each(lists(), left),
    externalId: z.optional(z.nullable(externalId)),
    active: z.optional(z.boolean()),
  });
  return {
    made: named(
      `New${id}`,
      z.strictObject({
        ...(owned && { organisation: z.optional(name) }),
        ...each(required(), (schema) => schema),
        ...each(optional(), left),
        ...each(lists(), left),
        externalId: z.optional(externalId),
        active: z.optional(z.boolean()),
      }),
    ) as unknown as KindSchemas["made"],
    changes: changes as unknown as KindSchemas["changes"],
    patch: patchSchema(`${id}Changes`, changes),
    shown: named(id, shown),
    page: pageSchema(`${id}Page`, shown),
  };
}

/** Roles, trust and limits are given by those who may give them, whatever else somebody may change. */
function marked(field: string, schema: z.ZodMiniType): z.ZodMiniType {
  if (limitFields.has(field)) return needs("limits:write", schema);
  if (field === "roles") return needs("roles:grant", schema);
  return field === "mayPassUser" ? needs("end-users:trust", schema) : schema;
}

function shownField(field: string, schema: z.ZodMiniType): z.ZodMiniType {
  return limitFields.has(field) ? needs("limits:read", z.optional(schema)) : schema;
}

const limitFields: ReadonlySet<string> = new Set(["limits", "budget", "endUsers"]);
const limited = () => ({ limits: limits, budget: budget });

const roles = () => z.array(name).check(z.maxLength(50));
const ids = (most: number) => z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(most));

export const organisationSchemas = kindSchemas(
  "Organisation",
  { required: () => ({ name }), optional: () => ({ models: names, metadata, ...limited() }) },
  false,
);
export const teamSchemas = kindSchemas("Team", {
  required: () => ({ name }),
  optional: () => ({ models: names, metadata, ...limited() }),
});
export const applicationSchemas = kindSchemas("Application", {
  required: () => ({ name }),
  optional: () => ({
    team: name,
    models: names,
    metadata,
    ...limited(),
    endUsers: z.strictObject({ limits: z.optional(limits), budget: z.optional(budget) }),
    mayPassUser: z.boolean(),
  }),
});
export const userSchemas = kindSchemas("User", {
  required: () => ({ userName: name }),
  optional: () => ({ email: z.string().check(z.minLength(3), z.maxLength(254)), displayName: name, metadata, ...limited() }),
  lists: () => ({ roles: roles(), teams: ids(200) }),
});
export const serviceAccountSchemas = kindSchemas("ServiceAccount", {
  required: () => ({ name }),
  optional: () => ({ team: name, application: name, metadata, ...limited() }),
  lists: () => ({ roles: roles() }),
});
export const groupSchemas = kindSchemas("Group", {
  required: () => ({ displayName: name }),
  optional: () => ({ team: name }),
  lists: () => ({ members: ids(20_000), roles: roles() }),
});
export const roleSchemas = kindSchemas("Role", {
  required: () => ({ name }),
  lists: () => ({ permissions: z.array(z.enum(permissions as [string, ...string[]])).check(z.maxLength(200)) }),
});

export const directoryQuery = z.strictObject({
  ...pageQuery.shape,
  name: z.optional(name),
  externalId: z.optional(name),
  organisation: z.optional(name),
  team: z.optional(name),
  active: z.optional(z.enum(["true", "false"])),
});
