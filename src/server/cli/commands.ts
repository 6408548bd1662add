import { backupCommands } from "./backup/commands.ts";
import type { Command, Flag } from "./command-line/command.ts";
import { elsewhere } from "./elsewhere.ts";
import { gitopsCommands } from "./gitops/commands.ts";
import { ledgerCommands } from "./ledger/commands.ts";
import { moveCommands } from "./move/commands.ts";
import { recordCommands } from "./records/commands.ts";
import { vaultCommands } from "./vault/commands.ts";

const json: Flag = { name: "json", doc: "Print JSON instead of text." };
const config: Flag = { name: "config", takes: "FILE", doc: "The config file. Default: sluice.yaml in this folder, where there is one." };
const data: Flag = { name: "data", takes: "FOLDER", doc: "Where keys, records and the journal are. Default: .sluice in this folder." };
const url: Flag = {
  name: "url",
  takes: "URL",
  doc: "The gateway. Default: SLUICE_URL, else the one that was logged in to last, else http://127.0.0.1:8787.",
};
const team: Flag = { name: "team", takes: "TEAM", doc: "The team that the key belongs to." };

const keyFile: Flag = {
  name: "key-file",
  takes: "FILE",
  doc: "A file that holds an admin key. Default: SLUICE_ADMIN_KEY, else the log-in.",
};
const reason: Flag = { name: "reason", takes: "TEXT", doc: "Why, for the audit log." };
const limitId = { name: "ID", required: true, doc: "As `sluice limits` shows it." } as const;

/** Every command of `sluice`. Help, parsing, `docs/reference/cli.md` and the nearest name of a typing error come from here. */
export const commands: readonly Command[] = [
  {
    name: "serve",
    summary: "Start the gateway.",
    details:
      "Without a config file, providers come from the environment variables of their SDKs, from runtimes on this machine, and from the built-in demo.\nSIGTERM and Ctrl-C let running requests end first; a second one quits at once. SIGHUP looks at the config anew. With --workers, SIGUSR2 replaces all workers, and no request fails.",
    arguments: [],
    flags: [
      config,
      data,
      { name: "port", takes: "PORT", whole: true, doc: "The port. Wins over the config's `listen`. Default 8787; 0 takes a free one." },
      { name: "host", takes: "ADDRESS", doc: "The address. Wins over the config's `listen`. Default 127.0.0.1; 0.0.0.0 is every address." },
      {
        name: "workers",
        takes: "N|auto",
        doc: "So many processes on one port, started anew where one dies; auto: as many as the load needs, up to one for each core. Default: this process alone.",
      },
      json,
    ],
    examples: ["sluice serve", "sluice serve --config sluice.yaml --port 8787 --data ./.sluice", "sluice serve --workers auto"],
    load: async () => (await import("./serve/serve.ts")).serve,
  },
  {
    name: "health",
    summary: "Ask a running gateway whether it is alive; ends with 1 where it is not. For containers' health checks.",
    arguments: [],
    flags: [url, { name: "ready", doc: "Ask whether it should be sent requests." }],
    examples: ["sluice health", "sluice health --url http://127.0.0.1:8787 --ready"],
    load: async () => (await import("./remote/health.ts")).health,
  },
  {
    name: "check",
    summary: "Check a config file: all errors at once, each with its line.",
    arguments: [{ name: "FILE", required: false, doc: "The file; the same as --config." }],
    flags: [
      config,
      {
        name: "data",
        takes: "FOLDER",
        doc: "Tells which objects in this data folder, made by API or applied, a start with the file would leave out.",
      },
      json,
    ],
    examples: ["sluice check sluice.yaml"],
    load: async () => (await import("./check/check.ts")).check,
  },
  {
    name: "doctor",
    summary: "Reach every provider and store, and say what it means where one fails, and how to mend it.",
    arguments: [],
    flags: [config, data, json],
    examples: ["sluice doctor --config sluice.yaml"],
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "keys create",
    summary: "Make a virtual key and show it once.",
    arguments: [{ name: "NAME", required: true, doc: "What people call the key." }],
    flags: [
      { name: "organisation", takes: "ORGANISATION", doc: "The organisation that it belongs to, by id or name. Default: none." },
      team,
      { name: "application", takes: "APPLICATION", doc: "The application that calls with it, by id or name." },
      { name: "service-account", takes: "ACCOUNT", doc: "The service account whose key it is, by id or name; an admin key has its roles." },
      { name: "models", takes: "GLOBS", doc: "Models that it may call, separated by commas. Default: all." },
      {
        name: "scopes",
        takes: "ENDPOINTS",
        doc: "Endpoints that it may use, as /v1/chat/completions or /v1/*, separated by commas. Default: all.",
      },
      { name: "expires", takes: "DATE", doc: "When it stops working, as 2027-01-31, or in days, as 90d." },
      { name: "networks", takes: "NETWORKS", doc: "Where it may come from, as 10.0.0.0/8, separated by commas. Default: anywhere." },
      { name: "may-pass-user", doc: "Believe it when it says which of its users a request is for (`x-sluice-user`)." },
      { name: "admin", doc: "Make an admin key." },
      { name: "role", takes: "ROLE", doc: "Of an admin key: owner, admin, finance, auditor, developer or viewer. Default: owner." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: [
      "sluice keys create support-bot --team support --models 'fast,smart' --expires 90d",
      "sluice keys create support-bot --url https://ai.example.com",
    ],
    load: async () => (await import("./keys/keys.ts")).createKey,
  },
  {
    name: "keys list",
    summary: "List the keys, without their values.",
    arguments: [],
    flags: [
      { name: "all", doc: "Those that were revoked, too." },
      { name: "limit", takes: "COUNT", whole: true, doc: "How many at most. Default: 1000." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice keys list"],
    load: async () => (await import("./keys/keys.ts")).listKeys,
  },
  {
    name: "keys rotate",
    summary: "Make a new key in the place of an old one, which is revoked.",
    arguments: [{ name: "KEY", required: true, doc: "The key's id or name." }],
    flags: [
      { name: "grace", takes: "SPAN", doc: "How long the old key still works, as 24h. Default: not at all." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice keys rotate support-bot --grace 24h"],
    load: async () => (await import("./keys/keys.ts")).rotateKey,
  },
  {
    name: "keys revoke",
    summary: "Stop a key from working.",
    arguments: [{ name: "KEY", required: true, doc: "The key's id or name." }],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice keys revoke support-bot"],
    load: async () => (await import("./keys/keys.ts")).revokeKey,
  },
  ...gitopsCommands,
  ...vaultCommands,
  ...backupCommands,
  ...moveCommands,
  {
    name: "login",
    summary: "Log in to a gateway; other commands with --url use it.",
    details:
      "Shows an address to open in a browser where one logs in as on the gateway itself, and waits for a yes. What is kept is a token that ends by itself, and that `sluice logout` and the gateway's operators can end before.",
    arguments: [],
    flags: [
      url,
      { name: "device", doc: "By a browser, on this machine or another. This is what happens anyway." },
      {
        name: "admin-key",
        doc: "By an admin key instead: that of SLUICE_ADMIN_KEY, or the one that is typed. The key itself is not kept.",
      },
      json,
    ],
    examples: ["sluice login --url https://ai.example.com", "SLUICE_ADMIN_KEY=… sluice login --admin-key"],
    load: async () => (await import("./remote/login.ts")).login,
  },
  {
    name: "logout",
    summary: "End the log-in to a gateway.",
    arguments: [],
    flags: [url, json],
    examples: ["sluice logout"],
    load: async () => (await import("./remote/login.ts")).logout,
  },
  {
    name: "whoami",
    summary: "Say as whom one is logged in.",
    arguments: [],
    flags: [url, json],
    examples: ["sluice whoami --url https://ai.example.com"],
    load: async () => (await import("./remote/login.ts")).whoami,
  },
  {
    name: "models",
    summary: "List the models that clients can call, with their targets and prices.",
    arguments: [{ name: "TEXT", required: false, doc: "Only models whose name holds this text." }],
    flags: [{ name: "all", doc: "Every model that the catalog knows of the configured providers." }, config, json],
    examples: ["sluice models", "sluice models claude --all"],
    load: async () => (await import("./models.ts")).models,
  },
  {
    name: "audit list",
    summary: "List what operators did, newest first.",
    arguments: [],
    flags: [{ name: "limit", takes: "COUNT", whole: true, doc: "How many lines. Default: 50." }, config, data, ...elsewhere, json],
    examples: ["sluice audit list", "sluice audit list --url https://ai.example.com"],
    load: async () => (await import("./audit/audit.ts")).listAudit,
  },
  {
    name: "audit verify",
    summary: "Look whether the audit log is whole.",
    details:
      "Looks at every line, its chain and the signed end. With a FILE it looks at a log that `sluice audit export` wrote. Ends with 1 where something is wrong.",
    arguments: [{ name: "FILE", required: false, doc: "An exported log. Default: the one in the data folder." }],
    flags: [
      { name: "checkpoints", takes: "FILE", doc: "Checkpoints that were kept elsewhere, a line each." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice audit verify", "sluice audit verify audit.jsonl"],
    load: async () => (await import("./audit/audit.ts")).verifyAudit,
  },
  {
    name: "audit export",
    summary: "Write the whole audit log, with the signed checkpoint of its end.",
    arguments: [],
    flags: [config, data, ...elsewhere],
    examples: ["sluice audit export > audit.jsonl"],
    load: async () => (await import("./audit/audit.ts")).exportAudit,
  },
  {
    name: "audit checkpoint",
    summary: "Print how far the audit log goes, signed, to be kept in a second place.",
    arguments: [],
    flags: [config, data, ...elsewhere],
    examples: ["sluice audit checkpoint --url https://ai.example.com >> checkpoints.jsonl"],
    load: async () => (await import("./audit/audit.ts")).auditCheckpoint,
  },
  {
    name: "usage",
    summary: "Sum up requests, tokens and cost.",
    arguments: [],
    flags: [
      {
        name: "by",
        takes: "GROUPS",
        doc: "organisation, team, application, user, serviceAccount, endUser, key, model, provider, targetModel, tag:NAME, month, day or hour; several separated by commas. Default: model.",
      },
      { name: "since", takes: "TIME", doc: "From when on: a date, as 2026-11-20, or back from now, as 7d or 24h. Default: always." },
      { name: "until", takes: "TIME", doc: "Until when, not included." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: [
      "sluice usage --by team,day --since 30d",
      "sluice usage --by tag:project,model --since 2026-11-01",
      "sluice usage --by team --url https://ai.example.com",
    ],
    load: async () => (await import("./records/usage.ts")).usage,
  },
  ...ledgerCommands,
  ...recordCommands,
  {
    name: "limits",
    summary: "Show what is left of limits and budgets.",
    arguments: [],
    flags: [
      {
        name: "kind",
        takes: "KIND",
        doc: "Whose: key, user, application, service-account, team, organisation, model, provider, tool, end-user, session, tag-NAME. Default: all but the last three.",
      },
      { name: "of", takes: "ID", doc: "Those of one object; end users, sessions and values of tags are shown by it only." },
      url,
      keyFile,
      json,
    ],
    examples: ["sluice limits --kind team"],
    load: async () => (await import("./limits.ts")).listLimits,
  },
  {
    name: "limits reset",
    summary: "Begin a limit or a budget anew.",
    arguments: [limitId],
    flags: [reason, url, keyFile, json],
    examples: ["sluice limits reset 'key:config:bot|requests|day@UTC' --reason 'a broken loop'"],
    load: async () => (await import("./limits.ts")).resetLimit,
  },
  {
    name: "limits add",
    summary: "Let more be used until the window ends.",
    arguments: [limitId, { name: "AMOUNT", required: true, doc: "In units of the measure; of a budget in dollars." }],
    flags: [reason, url, keyFile, json],
    examples: ["sluice limits add 'team:support|nanos|month@UTC' 50"],
    load: async () => (await import("./limits.ts")).addToLimit,
  },
  {
    name: "explain",
    summary: "Say why a request went where it went, what judged it, and what it cost.",
    arguments: [{ name: "REQUEST_ID", required: true, doc: "The value of the header x-sluice-request-id." }],
    flags: [data, config, ...elsewhere, json],
    examples: ["sluice explain req_01jd8w3kq0x3b6m9t2v5y8z1", "sluice explain req_01jd8w3kq0x3b6m9t2v5y8z1 --url https://ai.example.com"],
    load: async () => (await import("./records/explain.ts")).explain,
  },
];
