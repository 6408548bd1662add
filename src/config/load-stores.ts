import { readFile } from "node:fs/promises";
import type { StoreConfig } from "./config.ts";
import { type Environment, fillEnvironment } from "./environment.ts";
import { isGroup } from "./findings.ts";
import { ConfigError, formatPath } from "./issue.ts";
import { unreadable } from "./load-config.ts";
import { resolveStores } from "./resolve-stores.ts";

/**
 * Where the file at `path` says that things are kept, without a look at anything else in it: for whoever needs the data and not the
 * config, and for what must be open before the config is read. A store's URL may be filled in from the environment only. Bodies are
 * left out.
 *
 * @throws ConfigError where `stores` cannot be read
 */
export async function loadStores(path: string | undefined, environment: Environment): Promise<StoreConfig> {
  if (path === undefined) return resolveStores();
  const [{ readSource }, { safeParse }, { storeOptions }] = await Promise.all([
    import("./source.ts"),
    import("zod/mini"),
    import("../storage/options.ts"),
  ]);
  const text = await readFile(path, "utf8").catch((error) => {
    throw new ConfigError([{ file: path, line: 0, column: 0, path: "", ...unreadable(String((error as NodeJS.ErrnoException).code)) }]);
  });
  const source = readSource(text);
  const failed = (at: readonly (string | number)[], problem: string, expected?: string) =>
    new ConfigError([{ file: path, ...source.locate(at), path: formatPath(at), problem, ...(expected && { expected }) }]);
  if (source.syntax[0] !== undefined) throw failed([], source.syntax[0].problem);
  const written = isGroup(source.tree) ? source.tree.stores : undefined;
  if (written === undefined) return resolveStores();
  // Whether bodies are kept, and where, is the whole config's to say: their credential may stand in another store.
  const asked = isGroup(written) ? Object.fromEntries(Object.entries(written).filter(([name]) => name !== "bodies")) : written;
  const { tree, missing } = fillEnvironment(asked, environment, new Map());
  if (missing[0] !== undefined)
    throw failed(["stores", ...missing[0].path], missing[0].problem, "a variable that is set, or the value itself");
  const parsed = safeParse(storeOptions, tree);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) throw failed(["stores", ...(issue.path as (string | number)[])], issue.message);
  return resolveStores(parsed.data);
}
