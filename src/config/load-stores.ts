import { readFile } from "node:fs/promises";
import type { StoreConfig } from "./config.ts";
import { isGroup } from "./findings/findings.ts";
import { ConfigError, formatPath } from "./issue.ts";
import { unreadable } from "./load-config.ts";
import { type Environment, fillEnvironment } from "./reading/environment.ts";
import { resolveStores } from "./resolving/resolve-stores.ts";

type Place = "control" | "records" | "counters";
type Stores<Wanted extends Place> = Pick<StoreConfig, Wanted>;

/**
 * Where the file at `path` says that things are kept, without a look at anything else in it: for whoever needs the data and not the
 * config, and for what must be open before the config is read. A store's URL may be filled in from the environment only.
 *
 * @throws ConfigError where what is wanted cannot be read
 */
export async function loadStores<Wanted extends Place>(
  path: string | undefined,
  environment: Environment,
  ...wanted: readonly [Wanted, ...Wanted[]]
): Promise<Stores<Wanted>> {
  if (path === undefined) return resolveStores();
  const text = await readFile(path, "utf8").catch((error) => {
    throw new ConfigError([{ file: path, line: 0, column: 0, path: "", ...unreadable(String((error as NodeJS.ErrnoException).code)) }]);
  });
  return readStores(text, path, environment, ...wanted);
}

/** The same for a text that was read already. */
export async function readStores<Wanted extends Place>(
  text: string,
  path: string,
  environment: Environment,
  ...wanted: readonly [Wanted, ...Wanted[]]
): Promise<Stores<Wanted>> {
  // Most files do not say where, and a start need not read those twice.
  if (!text.includes("stores")) return resolveStores();
  const [{ readSource }, { safeParse }, { storeOptions }] = await Promise.all([
    import("./reading/source.ts"),
    import("zod/mini"),
    import("../storage/options.ts"),
  ]);
  const source = readSource(text);
  const failed = (at: readonly (string | number)[], problem: string, expected?: string) =>
    new ConfigError([{ file: path, ...source.locate(at), path: formatPath(at), problem, ...(expected && { expected }) }]);
  if (source.syntax[0] !== undefined) throw failed([], source.syntax[0].problem);
  const stores = isGroup(source.tree) ? source.tree.stores : undefined;
  if (!isGroup(stores)) return resolveStores();
  const written = Object.fromEntries(wanted.filter((name) => stores[name] !== undefined).map((name) => [name, stores[name]]));
  const { tree, missing } = fillEnvironment(written, environment, new Map());
  if (missing[0] !== undefined)
    throw failed(["stores", ...missing[0].path], missing[0].problem, "a variable that is set, or the value itself");
  const parsed = safeParse(storeOptions, tree);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) throw failed(["stores", ...(issue.path as (string | number)[])], issue.message);
  return resolveStores(parsed.data);
}
