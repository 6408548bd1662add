import type { Command, Flag } from "../command-line/command.ts";

const config: Flag = {
  name: "config",
  takes: "FILE",
  doc: "The config file whose `stores` name the servers. Default: sluice.yaml in this folder, where there is one.",
};
const data: Flag = { name: "data", takes: "FOLDER", doc: "The data folder to move from. Default: .sluice in this folder." };
const json: Flag = { name: "json", doc: "Print JSON instead of text." };

export const moveCommands: readonly Command[] = [
  {
    name: "move",
    summary: "Take what a gateway has kept in its data folder to PostgreSQL and Redis, so that several nodes can share it.",
    details:
      "What the config's `stores` name a server for goes there: keys, people, versions of the config, the audit log and the vault (control), what requests used and cost, with corrections and closed months (records), what is used of limits and budgets (counters). The servers must hold nothing of Sluice's yet, the gateway must be stopped, and SLUICE_MASTER_KEY be set as it will be for all nodes. The folder's files stay as they are, and no gateway begins on them any more. Where it is broken off, run it again: it goes on, and nothing is there twice.",
    arguments: [],
    flags: [
      config,
      data,
      {
        name: "only",
        takes: "PARTS",
        doc: "control, records or counters, several separated by commas. Default: all that the config names a server for.",
      },
      { name: "dry-run", doc: "Look at both sides and say what would be moved. On the servers, empty tables are made and nothing else." },
      json,
    ],
    examples: ["sluice move --config sluice.yaml --data ./.sluice --dry-run", "sluice move --config sluice.yaml --data ./.sluice"],
    load: async () => (await import("./move.ts")).move,
  },
];
