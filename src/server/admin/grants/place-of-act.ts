import type { Storage } from "../../../storage/index.ts";
import { nameIn } from "../limited-scopes.ts";
import type { AdminCall, Operation } from "../operation.ts";

type Stores = Pick<Storage, "control" | "records" | "drain">;
type Scope = AdminCall["access"]["scope"];

/** Whose something is, and what it belongs to beside that. */
interface Placed {
  readonly team?: unknown;
  readonly application?: unknown;
  readonly serviceAccount?: unknown;
  readonly user?: unknown;
}

/**
 * The teams that a call is about: those of its object and of all that it names. None where it is about anything that is of no team, or
 * is not there to the caller. What roles of several places allow within them is not taken away by what they do not allow elsewhere.
 */
export async function placeOfAct(
  row: Pick<Operation, "owner">,
  { access, object, query, body }: Pick<AdminCall, "access" | "object" | "query" | "body">,
  stores: Stores,
): Promise<readonly string[]> {
  if (row.owner !== "team") return [];
  if (typeof query.team === "string") return [query.team];
  // Whatever may be done may be done in all of the scope.
  if (!access.isUneven) return [];
  const before: Placed | undefined = object === "" ? body : await placed(object, access.scope, stores);
  const after: Placed = { ...before, ...body };
  const named = [after.application, after.serviceAccount, after.user].filter((id) => typeof id === "string" && isStored(id)) as string[];
  const others = await Promise.all(named.map(async (id) => (await placed(id, access.scope, stores))?.team));
  const teams = [before?.team, after.team, ...others];
  return teams.every((team) => typeof team === "string") ? [...new Set(teams)] : [];
}

/** Users of keys may be any text. */
function isStored(id: string): boolean {
  return ["app", "sa", "user"].includes(prefixOf(id));
}

function prefixOf(id: string): string {
  return id.slice(0, id.indexOf("_"));
}

async function placed(object: string, scope: Scope, stores: Stores): Promise<Placed | undefined> {
  const { control, records } = stores;
  const directory = control.directory.within(scope);
  switch (prefixOf(object)) {
    case "key":
      return control.keys.within(scope).get(object);
    case "app":
      return directory.application.get(object);
    case "sa":
      return directory.serviceAccount.get(object);
    case "team":
      return { team: (await directory.team.get(object))?.id };
    case "req":
      await stores.drain();
      return { team: (await records.within(scope).record(object))?.team };
  }
  // A limit is named by what it limits; a team of the config by its name.
  const { kind, of } = nameIn(object);
  if (of === undefined) return undefined;
  return kind === "team" && prefixOf(of) !== "team" ? { team: of } : placed(of, scope, stores);
}
