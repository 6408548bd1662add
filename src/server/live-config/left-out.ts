import { type Config, type ConfigIssue, formatIssue, isSameObject } from "../../config/index.ts";
import type { ConfigObject } from "../../storage/index.ts";
import type { LiveConfigOptions } from "./live-config.ts";

/** Whether an object may be left out, with what is wrong with it. */
export type MayLeaveOut = (object: ConfigObject, issues: readonly ConfigIssue[]) => boolean;

/**
 * What was right until now is not left out because a file changes: the file is refused. Unless the file itself bars it, as when it does
 * not lend a secret any more; then whatever leans on it goes with it.
 */
export function onlyBarred(isLeftOut: (object: ConfigObject) => boolean): MayLeaveOut {
  let hasBarred = false;
  return (object, issues) => {
    if (isLeftOut(object)) return true;
    hasBarred ||= issues.some(({ barred }) => barred);
    return hasBarred;
  };
}

/** Tells of each object once when it is left out, and once when it is not any more. */
export function tellLeftOut(before: Config["leftOut"] = [], after: Config["leftOut"] = [], log: LiveConfigOptions["log"]): void {
  for (const { kind, name, issues } of after.filter((object) => !before.some((each) => isSameObject(each, object)))) {
    const why = issues.map(formatIssue).join("\n");
    log("error", `${kind}.${name} was made by API and does not fit: it is left out, and what it governs is refused.\n${why}`, {
      kind,
      name,
    });
  }
  for (const { kind, name } of before.filter((object) => !after.some((each) => isSameObject(each, object))))
    log("info", `${kind}.${name} is not left out any more.`, { kind, name });
}
