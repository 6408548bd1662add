import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError, type Invocation } from "../command-line/command.ts";
import { askRemote, type Remote, type RemoteAnswer, refusedBy, remoteOf } from "../remote/remote.ts";

/** The gateway, and an operator's credential for it: a file's, the environment's, or the log-in that was kept. @throws CommandError */
export function operatorOf(invocation: Invocation): Remote {
  const { flags, terminal } = invocation;
  const remote = remoteOf(invocation);
  const file = flags.text("key-file");
  const token = file === undefined ? terminal.environment.SLUICE_ADMIN_KEY || remote.token : keyIn(resolve(terminal.folder, file));
  if (token === undefined)
    throw new CommandError(
      `There is no admin key for ${remote.url}.`,
      "Set SLUICE_ADMIN_KEY, name a file with --key-file, or log in: sluice login.",
    );
  return { url: remote.url, token };
}

/** Asks the admin API. @throws CommandError where it refuses */
export async function askOperator(
  remote: Remote,
  method: "GET" | "POST" | "DELETE",
  path: string,
  json?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RemoteAnswer> {
  const answer = await askRemote(remote, method, `/admin/v1${path}`, json === undefined ? undefined : { json }, headers);
  if (answer.status === 412)
    throw new CommandError(
      "Somebody else has changed the config meanwhile, so nothing was changed.",
      "Look at the plan again: sluice plan.",
    );
  if (answer.status >= 300) throw refusedBy(remote, answer);
  return answer;
}

/** A list of the admin API. @param most how many of it, the first ones @param query without `limit` and `cursor` */
export async function pagesOf<Item>(
  remote: Remote,
  path: string,
  most: number,
  query: Readonly<Record<string, string>> = {},
): Promise<Item[]> {
  const found: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null && found.length < most; ) {
    const asked = new URLSearchParams({ ...query, limit: String(Math.min(most - found.length, 200)), ...(cursor !== "" && { cursor }) });
    const { body } = await askOperator(remote, "GET", `${path}?${asked}`);
    found.push(...body.data);
    cursor = body.next;
  }
  return found;
}

function keyIn(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new CommandError(`The key file ${path} cannot be read.`, "Name a file that holds an admin key.");
  }
}
