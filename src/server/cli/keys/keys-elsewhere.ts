import type { KeyRequest } from "../../../auth/index.ts";
import type { StoredKey } from "../../../storage/index.ts";
import { CommandError, type Flags } from "../command-line/command.ts";
import { askOperator, pagesOf } from "../gitops/operator.ts";
import type { Remote } from "../remote/remote.ts";

/** A key as the admin API shows it. */
export interface ShownKey extends Pick<StoredKey, "id" | "name" | "kind" | "hint"> {
  readonly organisation: string | null;
  readonly team: string | null;
  readonly serviceAccount: string | null;
  readonly role: string | null;
  readonly models: readonly string[] | null;
  readonly state: "works" | "expired" | "revoked" | "suspended";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

/** With the key itself. */
export type ShownOnce = ShownKey & { readonly key: string };

/** Makes a key at a gateway elsewhere, for whom the flags name by id or name. */
export async function createElsewhere(gateway: Remote, { expiresAt, ...asked }: KeyRequest, flags: Flags): Promise<ShownOnce> {
  const organisation = await idOf(gateway, "organisation", flags, {});
  const within: Readonly<Record<string, string>> = organisation === undefined ? {} : { organisation };
  const [application, serviceAccount] = await Promise.all([
    idOf(gateway, "application", flags, within),
    idOf(gateway, "service-account", flags, within),
  ]);
  // The installation's teams may stand in the config file, and go by their names.
  const team = organisation === undefined ? flags.text("team") : await idOf(gateway, "team", flags, within);
  const body = { ...asked, organisation, team, application, serviceAccount, expiresAt: expiresAt && new Date(expiresAt).toISOString() };
  return (await askOperator(gateway, "POST", "/keys", body)).body;
}

/** In the order of their ids. */
export async function listElsewhere(gateway: Remote, most: number, revokedToo: boolean): Promise<readonly ShownKey[]> {
  const found: ShownKey[] = [];
  const states = revokedToo ? [{}] : [{ state: "works" }, { state: "expired" }];
  for (const query of states) found.push(...(await pagesOf<ShownKey>(gateway, "/keys", most, query)));
  return found.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, most);
}

export async function rotateElsewhere(gateway: Remote, text: string, graceMs: number): Promise<ShownOnce> {
  const { id } = await findElsewhere(gateway, text);
  const graceSeconds = Math.ceil(graceMs / 1000);
  return (await askOperator(gateway, "POST", `/keys/${encodeURIComponent(id)}/rotate`, { graceSeconds })).body;
}

export async function revokeElsewhere(gateway: Remote, text: string): Promise<ShownKey> {
  const found = await findElsewhere(gateway, text);
  await askOperator(gateway, "DELETE", `/keys/${encodeURIComponent(found.id)}`);
  return found;
}

/** By id, or by name where only one key that is not revoked has it. @throws CommandError */
async function findElsewhere(gateway: Remote, text: string): Promise<ShownKey> {
  const named = await pagesOf<ShownKey>(gateway, "/keys", most, { name: text });
  const found = named.filter(({ state }) => state !== "revoked");
  if (found.length === 1) return found[0] as ShownKey;
  if (found.length > 1)
    throw new CommandError(
      `${found.length} keys are called ${JSON.stringify(text)}.`,
      `Name one by its id: ${found.map(({ id }) => id).join(", ")}.`,
    );
  return (await askOperator(gateway, "GET", `/keys/${encodeURIComponent(text)}`)).body;
}

const most = 1_000;
const lists = { organisation: "organisations", team: "teams", application: "applications", "service-account": "service-accounts" } as const;

/** @throws CommandError for a name that is not there */
async function idOf(
  gateway: Remote,
  flag: keyof typeof lists,
  flags: Flags,
  within: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const text = flags.text(flag);
  if (text === undefined || /^(org|team|app|sa)_/.test(text)) return text;
  const named = await pagesOf<{ readonly id: string; readonly organisation?: string | null }>(gateway, `/${lists[flag]}`, most, {
    ...within,
    name: text,
  });
  const own = flag === "organisation" ? named : named.filter(({ organisation }) => (organisation ?? undefined) === within.organisation);
  if (own.length > 0) return own[0]?.id;
  throw new CommandError(`There is no ${flag} ${JSON.stringify(text)} there.`, "Make it by the admin API first.");
}
