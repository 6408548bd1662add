import { Explanation, Fault } from "../../../exchange/index.ts";
import { CommandError } from "../command-line/command.ts";

const unusable = new Set(["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "EISDIR"]);

/** A refusal of the gateway's own, or a disk, folder or database that cannot be used: what happened, and what to do. @returns undefined for anything else */
export function systemError(error: unknown): CommandError | undefined {
  if (error instanceof Fault && error.code === "store_unavailable" && error.cause instanceof Explanation) {
    const found = systemError(error.cause);
    if (found) return found;
  }
  // A fault's message says itself what to do next.
  if (error instanceof Fault) return new CommandError(error.message, "");
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT" || /database or disk is full/.test(error.message)) {
    return new CommandError(
      `There is no room left on the disk of the data folder: ${error.message}.`,
      "Make room, or choose a folder on another disk with --data FOLDER.",
    );
  }
  if (/disk I\/O error/.test(error.message)) {
    return new CommandError(
      `The disk of the data folder fails, or has no room: ${error.message}.`,
      "Make room, look whether the disk is sound, or choose a folder on another one with --data FOLDER.",
    );
  }
  if (/database is locked/.test(error.message)) {
    return new CommandError(
      "Another process has a database of the data folder to itself.",
      "Where `sluice move` is at work, wait for its end; no gateway begins on what it has moved away.",
    );
  }
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  if (
    (path !== undefined && unusable.has(code)) ||
    /attempt to write a readonly database|unable to open database file/.test(error.message)
  ) {
    return new CommandError(
      `${path ?? "The database"} cannot be used: ${error.message}.`,
      "Mend its permissions, or choose another place: --data FOLDER for the data folder.",
    );
  }
  if (/file is not a database|database disk image is malformed/.test(error.message)) {
    return new CommandError(
      `A database in the data folder is damaged: ${error.message}.`,
      "Restore a backup into an empty folder (`sluice restore FILE --data FOLDER`), or start with an empty one.",
    );
  }
  return undefined;
}
