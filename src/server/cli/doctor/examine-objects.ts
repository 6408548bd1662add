import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { formatPath, unread } from "../../../config/index.ts";
import { policies } from "../../../policies/index.ts";
import { leftOutBeside } from "../check/left-out-beside.ts";
import type { Invocation } from "../command-line/command.ts";
import { configPathOf, dataFolderOf } from "../places.ts";
import type { Finding } from "./finding.ts";

/** What was made by API or applied and does not fit the file: a start leaves it out, and what it governs is refused. */
export async function examineObjects(invocation: Invocation): Promise<readonly Finding[]> {
  const path = configPathOf(invocation);
  if (!existsSync(dataFolderOf(invocation))) return [];
  const options = { environment: invocation.terminal.environment, policies, stores: unread };
  const text = path === undefined ? "" : await readFile(path, "utf8");
  // What is the matter with the stores is told by those themselves.
  const leftOut = await leftOutBeside(text, path, options, invocation).catch(() => []);
  return leftOut.map(({ kind, name, issues }) => ({
    what: formatPath([kind, name]),
    ok: false,
    said: `left out, for it does not fit: ${issues.map(({ problem }) => problem).join("; ")}`,
    mend: "Mend it by `sluice apply` or the admin API, or remove it; or let the config file fit it again.",
  }));
}
