import type { Command, Flag } from "../command-line/command.ts";

const config: Flag = { name: "config", takes: "FILE", doc: "The config file. Default: sluice.yaml in this folder, where there is one." };
const data: Flag = { name: "data", takes: "FOLDER", doc: "Where keys, records and the journal are. Default: .sluice in this folder." };
const json: Flag = { name: "json", doc: "Print JSON instead of text." };

export const backupCommands: readonly Command[] = [
  {
    name: "backup",
    summary: "Copy everything that a gateway keeps into one file, while it runs.",
    details:
      "Every record that had settled when the command began is in it. The file is a tar archive and holds the keys of the data folder too: guard it as you guard the folder. What stands in PostgreSQL, Redis or Valkey is not in it.",
    arguments: [{ name: "FILE", required: true, doc: "The file to write; it must not be there." }],
    flags: [config, data, json],
    examples: ["sluice backup /var/backups/sluice-2026-11-21.tar"],
    load: async () => (await import("./backup.ts")).backup,
  },
  {
    name: "restore",
    summary: "Put a backup back, where no data is.",
    details:
      "Everything is compared with the backup's own list before it is put in place. Start the gateway afterwards, with the same version or a newer one.",
    arguments: [{ name: "FILE", required: true, doc: "A file that `sluice backup` has written." }],
    flags: [data, json],
    examples: ["sluice restore /var/backups/sluice-2026-11-21.tar --data ./.sluice"],
    load: async () => (await import("./backup.ts")).restoreBackup,
  },
];
