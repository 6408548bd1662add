import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { ConfigIssue } from "./issue.ts";

export interface WatchOptions {
  /** Takes the file's new text all at once, or gives what is wrong with it, or throws: then the old config keeps serving. */
  take(text: string): Promise<readonly ConfigIssue[] | undefined>;
  /** Called after each change of the file, taken or not. */
  report(outcome: ReloadOutcome): void;
  /** How often the file is looked at beside the system's own events. Default 1000. */
  readonly pollMs?: number;
  /** Quiet time after an event, so that a file is not read half written. Default 50. */
  readonly settleMs?: number;
}

export type ReloadOutcome =
  | { readonly taken: true; readonly at: number }
  | { readonly taken: false; readonly at: number; readonly issues: readonly ConfigIssue[] };

export interface ConfigWatch {
  /** Undefined until the file changes for the first time. */
  readonly last: ReloadOutcome | undefined;
  /** Looks at the file now (SIGHUP). */
  check(): Promise<void>;
  /** Reads the file anew though it may not have changed: what it refers to has. */
  reread(): Promise<void>;
  close(): void;
}

/**
 * Picks up changes of a config file. The directory is watched, not the file, because editors and orchestrators replace
 * files by renaming; polling finds what the file system does not tell. A bad file is reported and changes nothing.
 *
 * @param text what the file held when it was loaded
 */
export function watchConfig(path: string, text: string, options: WatchOptions): ConfigWatch {
  let seen = digest(text);
  let last: ReloadOutcome | undefined;
  let closed = false;
  let settle: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const finish = (outcome: ReloadOutcome) => {
    last = outcome;
    if (!closed) options.report(outcome);
  };
  const refuse = (issues: readonly ConfigIssue[]) => finish({ taken: false, at: Date.now(), issues });
  const look = async (whether: "changed" | "anyway" = "changed") => {
    if (closed) return;
    const found = await readText(path);
    if (closed || (whether === "changed" && digest(found.text) === seen)) return;
    seen = digest(found.text);
    if (found.text === undefined) return refuse([fileIssue(path, `the file cannot be read (${found.code})`)]);
    try {
      const issues = await options.take(found.text);
      if (issues !== undefined) return refuse(issues);
      finish({ taken: true, at: Date.now() });
    } catch (error) {
      refuse([fileIssue(path, error instanceof Error ? error.message : "the config could not be put to work")]);
    }
  };
  const check = () => {
    running = running.then(() => look());
    return running;
  };
  const soon = () => {
    clearTimeout(settle);
    settle = setTimeout(check, options.settleMs ?? 50);
  };

  const events = watchDirectory(path, soon);
  const poll = setInterval(check, options.pollMs ?? 1000);
  poll.unref();
  return {
    get last() {
      return last;
    },
    check,
    reread() {
      running = running.then(() => look("anyway"));
      return running;
    },
    close() {
      closed = true;
      clearTimeout(settle);
      clearInterval(poll);
      events?.close();
    },
  };
}

/** Undefined where the system cannot watch; polling goes on. */
function watchDirectory(path: string, changed: () => void): FSWatcher | undefined {
  const name = basename(path);
  try {
    const watcher = watch(dirname(resolve(path)), { persistent: false }, (_event, file) => {
      // Mounted config maps swap a link called `..data`; the file itself is never named.
      if (file === null || file === name || file.startsWith("..")) changed();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** A file that is gone for a moment, as between the two renames of a save, is looked at a second time. */
async function readText(path: string): Promise<{ text: string; code?: undefined } | { text?: undefined; code: string }> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { text: await readFile(path, "utf8") };
    } catch (error) {
      if (attempt > 0) return { code: error instanceof Error && "code" in error ? String(error.code) : "unknown" };
      await new Promise((done) => setTimeout(done, 250));
    }
  }
}

function digest(text: string | undefined): string {
  return text === undefined ? "" : createHash("sha256").update(text).digest("base64");
}

function fileIssue(file: string, problem: string): ConfigIssue {
  return { file, line: 0, column: 0, path: "", problem };
}
