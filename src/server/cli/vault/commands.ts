import type { Argument, Command, Flag } from "../command-line/command.ts";
import { elsewhere } from "../elsewhere.ts";

const json: Flag = { name: "json", doc: "Print JSON instead of text." };
const config: Flag = { name: "config", takes: "FILE", doc: "The config file. Default: sluice.yaml in this folder, where there is one." };
const data: Flag = { name: "data", takes: "FOLDER", doc: "The gateway's data folder. Default: .sluice in this folder." };
const name: Argument = { name: "NAME", required: true, doc: "What the config calls the credential." };
const value: readonly Flag[] = [
  { name: "file", takes: "FILE", doc: "A file with the value. Default: the standard input." },
  { name: "from-env", takes: "VARIABLE", doc: "The environment variable with the value." },
];

/** `sluice vault …`. */
export const vaultCommands: readonly Command[] = [
  {
    name: "vault put",
    summary: "Seal a credential in the vault.",
    arguments: [name],
    flags: [...value, config, data, ...elsewhere, json],
    examples: ["sluice vault put openai --from-env OPENAI_API_KEY", "sluice vault put google --file service-account.json"],
    load: async () => (await import("./vault.ts")).putCredential,
  },
  {
    name: "vault list",
    summary: "List the credentials in the vault, without their values.",
    arguments: [],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice vault list"],
    load: async () => (await import("./vault.ts")).listCredentials,
  },
  {
    name: "vault rotate",
    summary: "Seal a new value in the place of an old one; running gateways use it within a second.",
    arguments: [name],
    flags: [...value, config, data, ...elsewhere, json],
    examples: ["sluice vault rotate openai --file new-key"],
    load: async () => (await import("./vault.ts")).rotateCredential,
  },
  {
    name: "vault rm",
    summary: "Remove a credential from the vault.",
    arguments: [name],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice vault rm openai"],
    load: async () => (await import("./vault.ts")).removeCredential,
  },
  {
    name: "vault rekey",
    summary: "Let the master key that seals now open every credential.",
    details:
      "Gateways go on while it works, and what was broken off goes on at the next call. With SLUICE_MASTER_KEY=NEW,OLD the first key takes over from the others; without that variable, --new-key makes a new one in the data folder.",
    arguments: [],
    flags: [
      { name: "new-key", doc: "Make a new master key first, in the data folder or by the key service." },
      { name: "forget", doc: "Remove keys that open nothing any more from the data folder." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice vault rekey --new-key --forget"],
    load: async () => (await import("./vault.ts")).rekeyVault,
  },
  {
    name: "vault status",
    summary: "Say which master keys there are, where they are kept, and what they open. Ends with 1 where one is missing.",
    arguments: [],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice vault status"],
    load: async () => (await import("./vault.ts")).vaultStatus,
  },
];
