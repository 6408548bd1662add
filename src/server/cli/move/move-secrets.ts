import { AuditLog } from "../../../insight/index.ts";
import { keyGuards, openTransport, type Transport } from "../../../providers/index.ts";
import { type InstallationKeys, type OpenedVault, openVault } from "../../../secrets/index.ts";
import { type ControlStore, type SqliteDatabase, sqliteControl } from "../../../storage/index.ts";
import { type audited, commandLineActor } from "../audit/audited.ts";
import { CommandError, type Invocation } from "../command-line/command.ts";

/** What control in a data folder hashes, signs and seals with, on its way to a shared store. */
export interface MoveSecrets {
  /** Where the folder's own audit log is. */
  readonly place: Parameters<typeof audited>[0];
  /** @throws CommandError where not all nodes could open what is sealed */
  refuseLocked(): Promise<void>;
  /** Seals all by the first key of SLUICE_MASTER_KEY, and puts what the folder hashes and signs with beside it. */
  takeOver(control: ControlStore): Promise<InstallationKeys>;
  /** A run that was ended before it could say so. */
  noteDone(operation: string): Promise<void>;
  close(): void;
}

export function openMoveSecrets({ terminal: { environment: env } }: Invocation, folder: string, source: SqliteDatabase): MoveSecrets {
  let transport: Promise<Transport> | undefined;
  const guards = keyGuards(env, () => {
    transport ??= openTransport();
    return transport;
  });
  const control = sqliteControl(source);
  const vaultOf = (of: ControlStore, shared: boolean): Promise<OpenedVault> =>
    openVault({ folder, opened: { control: of, shared, isUp: () => true, close: () => undefined }, env, guards });
  const installationKeys = async () => (await vaultOf(control, false)).installationKeys();
  return {
    place: { control, installationKeys },
    async refuseLocked() {
      if (!env.SLUICE_MASTER_KEY)
        throw new CommandError(
          "SLUICE_MASTER_KEY is not set. It seals what all nodes share, and each node needs the same.",
          "Make one (openssl rand -base64 32), keep it outside of the data folder, and set it here as for the nodes.",
        );
      const { vault } = await vaultOf(control, false);
      const missing = (await vault.status()).masterKeys.filter(({ from, secrets }) => from === undefined && secrets > 0);
      // One that is damaged would be found when half of the rest has gone.
      if (missing.length === 0) return vault.checkAll();
      const secrets = missing.reduce((sum, each) => sum + each.secrets, 0);
      throw new CommandError(
        `${secrets} sealed secrets need the master key ${missing.map(({ id }) => id).join(", ")}, which is neither in SLUICE_MASTER_KEY nor in secrets/master-key of the data folder.`,
        "Put it behind the one that is to seal: SLUICE_MASTER_KEY=NEW,OLD.",
      );
    },
    async takeOver(shared) {
      const { vault, installationKeys: keys } = await vaultOf(shared, true);
      await vault.rekey();
      return keys();
    },
    async noteDone(operation) {
      const log = new AuditLog({ store: control.audit, ...(await installationKeys()).auditKey(), now: Date.now });
      const [last] = (await log.newest(20)).filter((line) => line.operation === operation);
      if (last?.outcome === "asked") await log.append({ actor: commandLineActor(), operation, outcome: "done" });
    },
    close: () => void transport?.then((opened) => opened.close()),
  };
}
