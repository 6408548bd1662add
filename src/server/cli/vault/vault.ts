import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ListedSecret, Secret, type Vault, type VaultStatus } from "../../../secrets/index.ts";
import { audited } from "../audit/audited.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator, pagesOf } from "../gitops/operator.ts";
import { jsonLine, withData, withVault } from "../places.ts";
import type { Remote } from "../remote/remote.ts";
import { shortTime } from "../times.ts";

/** `sluice vault put`: the value comes from the standard input, a file or a variable, and never from an argument that others see. */
export const putCredential: Run = async (invocation) => {
  const name = invocation.arguments[0]!;
  const value = await givenValue(invocation);
  const body = { name, value: "[secret]" };
  const gateway = gatewayOf(invocation);
  const made = gateway
    ? (await askOperator(gateway, "POST", "/credentials", { name, value: value.reveal() })).body
    : await changing(invocation, { operation: "credentials.create", body }, (vault) => vault.put(name, value));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  const reference = "${vault:NAME}".replace("NAME", name);
  show(invocation, made, `is in the vault. The config refers to it as ${reference}.`);
  return 0;
};

/** `sluice vault rotate`. */
export const rotateCredential: Run = async (invocation) => {
  const name = invocation.arguments[0]!;
  const value = await givenValue(invocation);
  const act = { operation: "credentials.rotate", object: name, body: { value: "[secret]" } };
  const gateway = gatewayOf(invocation);
  const rotated = gateway
    ? (await askOperator(gateway, "POST", `${pathOf(name)}/rotate`, { value: value.reveal() })).body
    : await changing(invocation, act, (vault) => vault.rotate(name, value));
  show(invocation, rotated, `has another value; running gateways use it within a second.`);
  return 0;
};

/** `sluice vault rm`. */
export const removeCredential: Run = async (invocation) => {
  const name = invocation.arguments[0]!;
  const gateway = gatewayOf(invocation);
  if (gateway) await askOperator(gateway, "DELETE", pathOf(name));
  else await changing(invocation, { operation: "credentials.revoke", object: name }, (vault) => vault.remove(name));
  if (invocation.flags.is("json")) invocation.terminal.write(jsonLine({ removed: name }));
  else invocation.terminal.write(`${name} is gone from the vault. A config that refers to it is not taken any more.\n`);
  return 0;
};

/** `sluice vault list`. */
export const listCredentials: Run = async (invocation) => {
  const gateway = gatewayOf(invocation);
  const found = gateway ? await listElsewhere(gateway) : await using(invocation, (vault) => vault.list());
  const { terminal } = invocation;
  if (invocation.flags.is("json")) terminal.write(jsonLine({ credentials: found }));
  else if (found.length === 0) terminal.write("The vault is empty. Put a credential into it: sluice vault put NAME < FILE.\n");
  else {
    const rows = found.map((each) => [
      each.name,
      each.hint,
      String(each.version),
      shortTime(each.createdAt),
      shortTime(each.changedAt),
      each.masterKey,
    ]);
    terminal.write(`${columns([["name", "value", "version", "made", "changed", "master key"], ...rows])}\n`);
  }
  return 0;
};

/** `sluice vault status`. */
export const vaultStatus: Run = async (invocation) => {
  const gateway = gatewayOf(invocation);
  const status = gateway
    ? statusIn((await askOperator(gateway, "GET", "/vault")).body)
    : await using(invocation, (vault) => vault.status());
  if (invocation.flags.is("json")) invocation.terminal.write(jsonLine(status));
  else invocation.terminal.write(said(status));
  return status.masterKeys.every(({ from }) => from !== undefined) ? 0 : 1;
};

/** `sluice vault rekey`. */
export const rekeyVault: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const newKey = flags.is("new-key");
  const act = { operation: "vault.rekey", body: { newKey } };
  const gateway = gatewayOf(invocation);
  if (gateway && flags.is("forget"))
    throw new CommandError(
      "Master keys are in the data folder, and forgotten there.",
      "Run `sluice vault rekey --forget` beside the gateway.",
    );
  const { rewrapped, status, forgotten } = gateway
    ? await rekeyElsewhere(gateway, newKey)
    : await changing(invocation, act, async (vault) => {
        if (newKey) await vault.renewMasterKey();
        const rekeyed = await vault.rekey(flags.is("json") ? undefined : (done) => terminal.writeError(`${done} …\n`));
        const gone = flags.is("forget") ? await vault.forgetMasterKeys() : 0;
        return { ...rekeyed, forgotten: gone, status: await vault.status() };
      });
  if (flags.is("json")) {
    terminal.write(jsonLine({ rewrapped, forgotten, ...status }));
    return 0;
  }
  terminal.write(`Credentials that are under another master key now: ${rewrapped}.\n\n${said(status)}`);
  if (forgotten > 0) terminal.write(`Forgotten: ${forgotten}.\n`);
  return 0;
};

const pathOf = (name: string) => `/credentials/${encodeURIComponent(name)}`;

type ShownSecret = Omit<ListedSecret, "createdAt" | "changedAt"> & { readonly createdAt: string; readonly changedAt: string };
type ShownStatus = {
  readonly secrets: number;
  readonly masterKeys: readonly (Omit<VaultStatus["masterKeys"][number], "from"> & { readonly from: string | null })[];
};

async function listElsewhere(gateway: Remote): Promise<readonly ListedSecret[]> {
  const found = await pagesOf<ShownSecret>(gateway, "/credentials", Number.MAX_SAFE_INTEGER);
  return found.map((each) => ({ ...each, createdAt: Date.parse(each.createdAt), changedAt: Date.parse(each.changedAt) }));
}

async function rekeyElsewhere(gateway: Remote, newKey: boolean) {
  const { rewrapped, vault } = (await askOperator(gateway, "POST", "/vault/rekey", { newKey })).body;
  return { rewrapped: rewrapped as number, status: statusIn(vault), forgotten: 0 };
}

function statusIn({ secrets, masterKeys }: ShownStatus): VaultStatus {
  return { secrets, masterKeys: masterKeys.map(({ from, ...key }) => ({ ...key, from: from ?? undefined })) as VaultStatus["masterKeys"] };
}

function said({ secrets, masterKeys }: VaultStatus): string {
  const rows = masterKeys.map(({ id, from, seals, secrets: count }) => [
    id,
    from ?? "MISSING",
    String(count),
    from === undefined ? "put it back, or its credentials are lost" : seals ? "seals" : count > 0 ? "opens" : "not needed any more",
  ]);
  return `Credentials: ${secrets}\n${columns([["master key", "kept in", "credentials", ""], ...rows])}\n`;
}

function using<T>(invocation: Invocation, work: (vault: Vault) => Promise<T>): Promise<T> {
  return withVault(invocation, ({ vault }) => work(vault));
}

/** As acts by the admin API are: in the audit log before they are done. */
function changing<T>(invocation: Invocation, act: Parameters<typeof audited>[1], work: (vault: Vault) => Promise<T>): Promise<T> {
  return withData(
    invocation,
    (data) => audited(data, act, () => using(invocation, work)),
    // The first credential may be there before the first start.
    true,
  );
}

/** One line break at the end belongs to the file, and not to the secret. @throws CommandError */
async function givenValue({ flags, terminal }: Invocation): Promise<Secret> {
  const [file, variable] = [flags.text("file"), flags.text("from-env")];
  const text =
    file !== undefined
      ? textOf(resolve(terminal.folder, file))
      : variable !== undefined
        ? (terminal.environment[variable] ?? "")
        : ((await terminal.read?.()) ?? "");
  const value = text.replace(/\r?\n$/, "");
  if (value !== "" && !/[\r\n]/.test(value.replace(/^-----BEGIN [\s\S]*$|^\{[\s\S]*$/, ""))) return new Secret(value);
  throw new CommandError(
    value === "" ? "There is no value." : "The value has several lines, and is neither JSON nor PEM.",
    'Pipe it in (`printf %s "$KEY" | sluice vault put NAME`), or name --file FILE or --from-env VARIABLE.',
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, "Name a file that you may read.");
  }
}

function show({ flags, terminal }: Invocation, secret: ListedSecret, words: string): void {
  if (flags.is("json")) terminal.write(jsonLine(secret));
  else terminal.write(`${secret.name} (version ${secret.version}) ${words}\n`);
}
