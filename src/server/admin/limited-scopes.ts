import { limitedScope, limitsOfKey } from "../../auth/index.ts";
import type { Config } from "../../config/index.ts";
import { writtenCounters } from "../../gateway/index.ts";
import { type Counter, countersOf } from "../../policies/index.ts";
import type { OwnTools } from "./operation.ts";

/** A counter that somebody may look at, and whose it is. */
export interface OwnedCounter {
  readonly counter: Counter;
  readonly kind: string;
  /** The id of the object that is limited. */
  readonly of: string;
}

const mostKeys = 10_000;

/** Counters that come and go with the requests: they are found by their name only. */
export interface PassingName {
  readonly kind?: string | undefined;
  readonly of?: string | undefined;
}

/** Every counter of what stands in the config, in the directory and among the keys, as far as the caller reaches; and the one that is named. */
export async function ownedCounters(tools: OwnTools, named: PassingName = {}): Promise<readonly OwnedCounter[]> {
  const { directory, keys, fileKeys, fileTeams, shared, now } = tools;
  const stored = await Promise.all([
    directory.organisation.list(),
    directory.team.list(),
    directory.application.list(),
    directory.user.list(),
    directory.serviceAccount.list(),
  ]);
  const limitedKeys = await keys.page({ limited: true, limit: mostKeys, now: now() });
  const scopes = [...stored.flat().flatMap(limitedScope), ...limitedKeys.flatMap(limitsOfKey)];
  const ofStore = scopes.flatMap((scope) => writtenCounters(scope).map((counter) => ({ counter, kind: kindOf(counter), of: scope.id })));
  const ofFile = [
    ...fileKeys.flatMap((each) => configured("key", `config:${each.name}`, `the key "${each.name}"`, each)),
    ...fileTeams.flatMap((each) => configured("team", each.name, `the team "${each.name}"`, each)),
  ];
  return [...ofStore, ...ofFile, ...(shared ? ofInstallation(shared, named) : [])];
}

type Shared = NonNullable<OwnTools["shared"]>;

function ofInstallation(
  { models, providers, endUsers, sessions, tags, tools }: Shared,
  { kind, of }: PassingName,
): readonly OwnedCounter[] {
  const tag = tags.find(({ name }) => kind === `tag-${name}`);
  const passing = tag ?? (kind === "end-user" ? endUsers : kind === "session" ? sessions : undefined);
  return [
    ...models.flatMap((each) => configured("model", each.name, `the model "${each.name}"`, each)),
    ...providers.flatMap((each) => configured("provider", each.name, `the provider "${each.name}"`, each)),
    ...tools.flatMap((each) => configured("tool", each.name, `the tool "${each.name}"`, each)),
    ...(passing && kind !== undefined && of !== undefined ? configured(kind, of, `the ${kind.replace("-", " ")} "${of}"`, passing) : []),
  ];
}

function configured(kind: string, id: string, whose: string, { limits, budget }: NonNullable<Config["sessions"]>): OwnedCounter[] {
  return countersOf({ kind, id, whose }, limits, budget).map((counter) => ({ counter, kind, of: id }));
}

/** The first word of a counter's id. */
export function kindOf({ id }: Counter): string {
  return id.slice(0, id.indexOf(":"));
}

/** What the id of a counter says about whose it is. */
export function nameIn(id: string): PassingName {
  const colon = id.indexOf(":");
  const end = id.lastIndexOf("|", id.lastIndexOf("|") - 1);
  return colon > 0 && end > colon ? { kind: id.slice(0, colon), of: id.slice(colon + 1, end) } : {};
}
