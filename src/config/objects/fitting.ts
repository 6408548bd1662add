import type { Secret } from "../../secrets/index.ts";
import { isGroup } from "../findings/findings.ts";
import type { ConfigIssue } from "../issue.ts";
import type { LoadedConfig } from "../load-config.ts";
import type { LaidObject } from "./lay-over.ts";

/** An object that was made elsewhere than in the file and fits no more beside the rest: it is not served, and what it governs is refused. */
export interface LeftOutObject extends LaidObject {
  /** What is wrong with it. */
  readonly issues: readonly ConfigIssue[];
}

/** A key that was left out, and opens nothing until it fits again. */
export interface BarredKey {
  readonly name: string;
  readonly value: Secret;
}

/** What is read when some of the objects do not fit. */
export interface FittingOptions<Laid extends LaidObject> {
  readonly objects: readonly Laid[];
  /** Whether it may be left out; else what is wrong with it is wrong with the whole. */
  mayLeaveOut(object: Laid, issues: readonly ConfigIssue[]): boolean;
  /** Reads everything with some of the objects. */
  read(objects: readonly Laid[]): Promise<LoadedConfig>;
}

/**
 * Reads a config without the objects that do not fit, and then without those that lean on them: what is left is right. What the file
 * itself has wrong is nothing that leaving out would mend.
 */
export async function readFitting<Laid extends LaidObject>({ objects, mayLeaveOut, read }: FittingOptions<Laid>): Promise<LoadedConfig> {
  const leftOut: LeftOutObject[] = [];
  for (let fitting = objects; ; ) {
    const loaded = await read(fitting);
    if (!loaded.issues && leftOut.length === 0) return loaded;
    if (!loaded.issues) return { ...loaded, config: { ...loaded.config, leftOut, barredKeys: await barredKeys(leftOut, fitting, read) } };
    const { issues } = loaded;
    const misfits = fitting.filter((object) => issuesOf(object, issues).length > 0);
    const excused = misfits.filter((object) => mayLeaveOut(object, issuesOf(object, issues)));
    const serious = issues.filter((issue) => !excused.some((object) => issue.object !== undefined && isSameObject(object, issue.object)));
    if (serious.length > 0) return { issues: serious };
    leftOut.push(...misfits.map((object) => ({ ...object, issues: issuesOf(object, issues) })));
    fitting = fitting.filter((object) => !misfits.includes(object));
  }
}

/** The values of keys that were left out, those that can be had: whoever shows one is told why it opens nothing. */
async function barredKeys<Laid extends LaidObject>(
  leftOut: readonly LeftOutObject[],
  fitting: readonly Laid[],
  read: FittingOptions<Laid>["read"],
): Promise<readonly BarredKey[]> {
  const barred: BarredKey[] = [];
  for (const object of leftOut) {
    const value = object.kind === "keys" && isGroup(object.definition) ? object.definition.value : undefined;
    if (value === undefined) continue;
    // With nothing but its value it fits, if that can be read.
    const { config } = await read([...fitting, { ...(object as unknown as Laid), definition: { value } }]);
    const key = config?.keys.find(({ name }) => name === object.name);
    if (key) barred.push({ name: key.name, value: key.value });
  }
  return barred;
}

export function isSameObject(one: Pick<LaidObject, "kind" | "name">, other: Pick<LaidObject, "kind" | "name">): boolean {
  return one.kind === other.kind && one.name === other.name;
}

function issuesOf(object: LaidObject, issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.filter((issue) => issue.object !== undefined && isSameObject(issue.object, object));
}
