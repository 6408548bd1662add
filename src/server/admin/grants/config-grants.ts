import { isDeepStrictEqual } from "node:util";
import type { Access } from "../../../auth/index.ts";
import { Fault, type Permission } from "../../../exchange/index.ts";
import type { ConfigChange } from "../../../storage/index.ts";
import type { Edit } from "../../live-config/live-config.ts";

/** Whoever changes the config may do each of the things that it changes. @throws Fault `permission_missing`, when the edit is made */
export function permitted(edit: Edit, { access }: { readonly access: Access }): Edit {
  return async (basis) => {
    const changes = await edit(basis);
    const missing = [...new Set(changes.flatMap(neededFor))].filter((permission) => !access.permissions.has(permission));
    if (missing.length === 0) return changes;
    throw new Fault("permission_missing", { message: `This changes what needs ${missing.join(", ")}, which your role does not have.` });
  };
}

/** The same that the fields need where they stand in the bodies of other operations. */
function neededFor({ kind, before, after }: ConfigChange): readonly Permission[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const limits = after !== undefined && !isDeepStrictEqual([was.limits, was.budget], [is.limits, is.budget]);
  return [
    `${kind}:write` as Permission,
    ...(limits ? (["limits:write"] as const) : []),
    ...(kind === "keys" && is.mayPassUser === true && was.mayPassUser !== true ? (["end-users:trust"] as const) : []),
  ];
}

function fieldsOf(object: ConfigChange["after"]): Readonly<Record<string, unknown>> {
  const definition = object?.definition;
  return typeof definition === "object" && definition !== null ? (definition as Readonly<Record<string, unknown>>) : {};
}
