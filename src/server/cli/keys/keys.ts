import { type IssuedKey, isNetwork, issueKey, KeyHasher, type KeyRequest, rotateKey as replaceKey } from "../../../auth/index.ts";
import { nearest } from "../../../config/index.ts";
import { builtInRoles, Fault } from "../../../exchange/index.ts";
import type { AuditEntry } from "../../../insight/index.ts";
import type { KeyStore, StoredKey } from "../../../storage/index.ts";
import { audited } from "../audit/audited.ts";
import { columns } from "../columns.ts";
import { CommandError, type Flags, type Invocation, type Run, type Terminal } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { jsonLine, type OpenedData, withData } from "../places.ts";
import { parseTime, shortTime } from "../times.ts";
import { ownersOf } from "./key-owners.ts";
import { createElsewhere, listElsewhere, revokeElsewhere, rotateElsewhere, type ShownKey, type ShownOnce } from "./keys-elsewhere.ts";

const ordinaryKeys = 1_000;
const keysAtOnce = 1_000;

/** `sluice keys create`: a running gateway knows the key within a second. */
export const createKey: Run = async (invocation) => {
  const { flags } = invocation;
  const asked = requestOf(invocation.arguments[0]!, flags);
  const gateway = gatewayOf(invocation);
  if (gateway) return shownOnce(await createElsewhere(gateway, asked, flags), invocation);
  const issued = await withData(
    invocation,
    async (data) => {
      const { control } = data;
      const request = { ...asked, ...(await ownersOf(flags, control.directory)) };
      return audited(data, { operation: "keys.create", ...whose(request), body: request }, async () =>
        issueKey(request, control.keys, await hasherOf(data), Date.now()),
      ).catch(takenName);
    },
    true,
  );
  show(issued, invocation);
  return 0;
};

/** `sluice keys list`. */
export const listKeys: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const limit = flags.whole("limit") ?? ordinaryKeys;
  const gateway = gatewayOf(invocation);
  if (gateway) {
    const found = await listElsewhere(gateway, limit + 1, flags.is("all"));
    const [shown, more] = [found.slice(0, limit), found.length > limit];
    if (flags.is("json")) terminal.write(jsonLine({ keys: shown, more }));
    else writeKeys(shown.map(storedOf), new Map(), more, terminal);
    return 0;
  }
  const { found, organisations } = await withData(invocation, async ({ control }) => {
    const found = await firstKeys(control.keys, limit + 1, flags.is("all"));
    const ids = [...new Set(found.flatMap(({ organisation }) => organisation ?? []))];
    const names = ids.map(async (id) => [id, (await control.directory.organisation.get(id))?.name ?? id] as const);
    return { found, organisations: new Map(await Promise.all(names)) };
  });
  const keys = found.slice(0, limit).toSorted((one, other) => one.createdAt - other.createdAt);
  const more = found.length > limit;
  if (flags.is("json")) {
    terminal.write(jsonLine({ keys: keys.map(withoutHash), more }));
    return 0;
  }
  writeKeys(keys, organisations, more, terminal);
  return 0;
};

function writeKeys(keys: readonly ListedKey[], organisations: ReadonlyMap<string, string>, more: boolean, terminal: Terminal): void {
  if (keys.length === 0) {
    terminal.write("There is no key. Make one: sluice keys create NAME. Keys of the config file are not listed here.\n");
    return;
  }
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.kind === "key" ? "" : key.serviceAccount === undefined ? (key.role ?? "owner") : `of ${key.serviceAccount}`,
    key.hint,
    key.organisation === undefined ? "" : (organisations.get(key.organisation) ?? key.organisation),
    key.team ?? "",
    key.models?.join(", ") ?? "all",
    key.createdAt === undefined ? "" : shortTime(key.createdAt),
    key.lastUsedAt === undefined ? "never" : shortTime(key.lastUsedAt),
    stateOf(key, Date.now()),
  ]);
  terminal.write(`${columns([["id", "name", "admin", "key", "organisation", "team", "models", "made", "last used", "state"], ...rows])}\n`);
  if (more) terminal.write(`There are more; --limit COUNT shows more of them than ${keys.length}.\n`);
}

/** What the list shows of a key. */
type ListedKey = Pick<
  StoredKey,
  | "id"
  | "name"
  | "kind"
  | "hint"
  | "serviceAccount"
  | "role"
  | "organisation"
  | "team"
  | "models"
  | "lastUsedAt"
  | "expiresAt"
  | "revokedAt"
> & { readonly createdAt?: number };

function storedOf({ createdAt, expiresAt, revokedAt, lastUsedAt, ...key }: ShownKey): ListedKey {
  const times = Object.entries({ createdAt, expiresAt, revokedAt, lastUsedAt });
  const given = [...Object.entries(key), ...times.map(([name, text]) => [name, text && Date.parse(text)])];
  return Object.fromEntries(given.filter(([, value]) => value !== null));
}

/** In the order of their ids. */
async function firstKeys(store: KeyStore, count: number, revokedToo: boolean): Promise<readonly StoredKey[]> {
  const found: StoredKey[] = [];
  for (let after: string | undefined; found.length < count; ) {
    const page = await store.page({ after, limit: keysAtOnce, now: Date.now() });
    found.push(...page.filter((key) => revokedToo || isActive(key)));
    if (page.length < keysAtOnce) break;
    after = page.at(-1)?.id;
  }
  return found.slice(0, count);
}

/** `sluice keys rotate`. */
export const rotateKey: Run = async (invocation) => {
  const now = Date.now();
  const grace = invocation.flags.text("grace");
  const graceMs = grace === undefined ? 0 : parseTime(grace, "grace", now, "ahead") - now;
  const gateway = gatewayOf(invocation);
  if (gateway) return shownOnce(await rotateElsewhere(gateway, invocation.arguments[0]!, graceMs), invocation);
  const issued = await withData(invocation, async (data) => {
    const { control } = data;
    const old = await findKey(invocation.arguments[0]!, control.keys);
    return audited(data, { operation: "keys.rotate", ...whose(old), object: old.id }, async () =>
      replaceKey(old.id, control.keys, await hasherOf(data), now, graceMs),
    );
  });
  if (issued === undefined) throw new CommandError("The key was revoked meanwhile.", "Make a new one: sluice keys create NAME.");
  show(issued, invocation);
  return 0;
};

/** `sluice keys revoke`. */
export const revokeKey: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const here = async (data: OpenedData) => {
    const { control } = data;
    const found = await findKey(invocation.arguments[0]!, control.keys);
    await audited(data, { operation: "keys.revoke", ...whose(found), object: found.id }, () => control.keys.revoke(found.id, Date.now()));
    return found;
  };
  const gateway = gatewayOf(invocation);
  const key = gateway ? await revokeElsewhere(gateway, invocation.arguments[0]!) : await withData(invocation, here);
  if (flags.is("json")) terminal.write(jsonLine({ revoked: key.id, name: key.name }));
  else terminal.write(`${key.name} (${key.id}) is revoked; running gateways refuse it within a second.\n`);
  return 0;
};

/** For the audit log. */
function whose({ organisation }: Pick<StoredKey, "organisation">): Pick<AuditEntry, "organisation"> {
  return organisation === undefined ? {} : { organisation };
}

/** A name that is taken is no failure of the program. */
function takenName(error: unknown): never {
  if (!(error instanceof Fault && error.code === "object_conflict")) throw error;
  throw new CommandError(error.message, "Choose another name, or put a new key in its place: sluice keys rotate NAME.");
}

function requestOf(name: string, flags: Flags): KeyRequest {
  const team = flags.text("team");
  const expires = flags.text("expires");
  const models = list(flags.text("models"));
  const scopes = list(flags.text("scopes"));
  const expiresAt = expires === undefined ? undefined : parseTime(expires, "expires", Date.now(), "ahead");
  if (expiresAt !== undefined && expiresAt <= Date.now()) {
    throw new CommandError(`The key would have expired before it was made (--expires ${expires}).`, "Name a time to come, as 90d.");
  }
  const strange = scopes?.find((scope) => !scope.startsWith("/"));
  if (strange !== undefined) {
    throw new CommandError(`${JSON.stringify(strange)} is no endpoint.`, "Scopes are paths, as /v1/chat/completions or /v1/*.");
  }
  const networks = list(flags.text("networks"));
  const odd = networks?.find((network) => !isNetwork(network));
  if (odd !== undefined)
    throw new CommandError(`${JSON.stringify(odd)} is no network.`, "Write it as 10.0.0.0/8 or 2001:db8::/32, or an address.");
  if (flags.is("may-pass-user") && flags.is("admin"))
    throw new CommandError("An admin key calls no models, for no user.", "Leave one out.");
  if (flags.text("role") !== undefined && !flags.is("admin")) throw new CommandError("A role is for an admin key.", "Add --admin.");
  return {
    ...(flags.is("admin") ? { kind: "admin", ...roleOf(flags) } : { kind: "key" }),
    name,
    ...(networks !== undefined && { networks }),
    ...(team !== undefined && { team }),
    ...(flags.is("may-pass-user") && { mayPassUser: true }),
    ...(models !== undefined && { models }),
    ...(scopes !== undefined && { scopes }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** A service account's keys have its roles. */
function roleOf(flags: Flags): Pick<KeyRequest, "role"> {
  const given = flags.text("role");
  if (flags.text("service-account") !== undefined) {
    if (given === undefined) return {};
    throw new CommandError("The roles are the service account's.", "Leave out --role.");
  }
  const role = given ?? "owner";
  if (!(builtInRoles as readonly string[]).includes(role))
    throw new CommandError(
      `${JSON.stringify(role)} is no built-in role.`,
      `Choose one of ${builtInRoles.join(", ")}; others are given by the admin API.`,
    );
  return { role };
}

function list(text: string | undefined): readonly string[] | undefined {
  const parts = text
    ?.split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts?.length === 0) {
    throw new CommandError(
      "A list that was given is empty, which would mean no limit at all.",
      "Name what the key may use, or leave the flag out.",
    );
  }
  return parts;
}

async function hasherOf({ installationKeys }: OpenedData): Promise<KeyHasher> {
  return new KeyHasher((await installationKeys()).pepper());
}

/** By id, or by name where only one working key has it. */
async function findKey(text: string, store: KeyStore): Promise<StoredKey> {
  const byId = await store.get(text);
  const found = byId && isActive(byId) ? [byId] : await store.named(text);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new CommandError(
      `${found.length} keys are called ${JSON.stringify(text)}.`,
      `Name one by its id: ${found.map((key) => key.id).join(", ")}.`,
    );
  }
  const some = await firstKeys(store, keysAtOnce, false);
  const near = nearest(
    text,
    some.map((key) => key.name),
  );
  const hint = near === undefined ? "" : `Did you mean ${near}? `;
  throw new CommandError(
    `There is no key ${JSON.stringify(text)} that still works.`,
    `${hint}\`sluice keys list --all\` lists them. Keys of the config file are changed in the file.`,
  );
}

function isActive(key: StoredKey): boolean {
  return key.revokedAt === undefined;
}

function stateOf(key: Pick<StoredKey, "expiresAt" | "revokedAt">, now: number): string {
  if (key.revokedAt !== undefined) return `revoked ${shortTime(key.revokedAt)}`;
  if (key.expiresAt === undefined) return "works";
  return key.expiresAt <= now ? `expired ${shortTime(key.expiresAt)}` : `works until ${shortTime(key.expiresAt)}`;
}

function withoutHash({ hash: _, ...key }: StoredKey): Omit<StoredKey, "hash"> {
  return key;
}

function show({ text, stored }: IssuedKey, invocation: Invocation): void {
  shownOnce({ key: text, ...withoutHash(stored) }, invocation);
}

/** @returns the exit code */
function shownOnce(issued: Pick<ShownOnce, "key" | "id" | "name">, { flags, terminal }: Invocation): number {
  const { key, id, name } = issued;
  if (flags.is("json")) terminal.write(jsonLine(issued));
  else terminal.write(`${key}\n\nThis is ${name} (${id}). The key is shown only this once; the gateway keeps its hash.\n`);
  return 0;
}
