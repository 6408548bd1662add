import type { LimitedScope } from "../exchange/index.ts";
import type { Limited, StoredKey } from "../storage/index.ts";

const kindOf: Readonly<Record<string, LimitedScope["kind"]>> = {
  org: "organisation",
  team: "team",
  app: "application",
  user: "user",
  sa: "serviceAccount",
};
const nouns = {
  organisation: "the organisation",
  team: "the team",
  application: "the application",
  user: "the user",
  serviceAccount: "the service account",
  key: "the key",
} as const;

/** What an object of the directory may use; nothing where it is not limited. */
export function limitedScope(
  object: Limited & { readonly id: string; readonly name?: string; readonly userName?: string },
): LimitedScope[] {
  const { id, limits, budget } = object;
  const kind = kindOf[id.slice(0, id.indexOf("_"))];
  if (kind === undefined || (limits === undefined && budget === undefined)) return [];
  return [{ kind, id, whose: `${nouns[kind]} "${object.name ?? object.userName ?? id}"`, limits, budget }];
}

/** What a key of the store may use. A key in the place of another one goes on where that one stood. */
export function limitsOfKey({
  id,
  name,
  countedAs = id,
  limits,
  budget,
}: Pick<StoredKey, "id" | "name" | "countedAs" | keyof Limited>): LimitedScope[] {
  if (limits === undefined && budget === undefined) return [];
  return [{ kind: "key", id: countedAs, whose: `${nouns.key} "${name}"`, limits, budget }];
}
