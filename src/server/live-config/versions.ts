import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../exchange/index.ts";
import type { ConfigChange, ConfigStore } from "../../storage/index.ts";
import { differences, undone } from "./edits.ts";
import type { Edit } from "./live-config.ts";

export type ChangeAction = "create" | "change" | "move" | "adopt" | "remove";

const versionsAtOnce = 500;

/** Makes the objects as they were in a version, as a version of its own. @throws Fault `object_unknown` */
export function rollBackTo(number: number, store: ConfigStore): Edit {
  return async ({ version, objects }) => {
    if (number > version) throw unknownVersion(number);
    return differences(objects, undone(objects, await changesBetween(number, version, store)));
  };
}

/** What leads from one version to another, whichever is the newer one. @throws Fault `object_unknown` */
export async function versionDifferences(from: number, to: number, store: ConfigStore): Promise<readonly ConfigChange[]> {
  const { version, objects } = await store.current();
  for (const number of [from, to]) if (number > version) throw unknownVersion(number);
  const [older, newer] = [Math.min(from, to), Math.max(from, to)];
  const then = undone(objects, await changesBetween(newer, version, store));
  const before = undone(then, await changesBetween(older, newer, store));
  return from <= to ? differences(before, then) : differences(then, before);
}

/** In one word, for people and programs. */
export function actionOf({ before, after }: ConfigChange): ChangeAction {
  if (!before) return "create";
  if (!after) return "remove";
  if (!isDeepStrictEqual(before.definition, after.definition)) return "change";
  return before.owner === after.owner ? "move" : "adopt";
}

/** What was changed behind one version up to another, in its order. */
async function changesBetween(from: number, to: number, store: ConfigStore): Promise<readonly ConfigChange[]> {
  const found: ConfigChange[] = [];
  for (let after = from; after < to; ) {
    const versions = (await store.after(after, versionsAtOnce)).filter(({ number }) => number <= to);
    const last = versions.at(-1);
    if (!last) break;
    found.push(...versions.flatMap(({ changes }) => changes));
    after = last.number;
  }
  return found;
}

function unknownVersion(number: number): Fault {
  return new Fault("object_unknown", { message: `There is no version ${number}.` });
}
