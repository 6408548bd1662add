import type { Argument, Command, Flag } from "../command-line/command.ts";

const json: Flag = { name: "json", doc: "Print JSON instead of text." };
const access: readonly Flag[] = [
  { name: "url", takes: "URL", doc: "The gateway. Default: SLUICE_URL, else the one that was logged in to, else http://127.0.0.1:8787." },
  { name: "key-file", takes: "FILE", doc: "A file with an admin key. Default: SLUICE_ADMIN_KEY, else the log-in that was kept." },
];
const path: Argument = { name: "PATH", required: true, doc: "A YAML or JSON file, or a folder of them." };
const reason: Flag = { name: "reason", takes: "TEXT", doc: "Why, for the version that is made; a commit, for instance." };
const exitCode: Flag = { name: "detailed-exitcode", doc: "End with 2 where something differs, and with 0 where nothing does." };
const ownership: readonly Flag[] = [
  { name: "owner", takes: "LABEL", doc: "Whose the objects are: nobody else changes them. Default: git." },
  { name: "prune", doc: "Remove what this owner applied before and is not in the files any more." },
  { name: "adopt", doc: "Take over objects of the same name that were made by API or by another owner." },
];

/** What makes a gateway's config follow files, and what looks at its versions. */
export const gitopsCommands: readonly Command[] = [
  {
    name: "plan",
    summary: "Say what `sluice apply` would change on a running gateway.",
    arguments: [path],
    flags: [...ownership, exitCode, ...access, json],
    examples: ["sluice plan config/ --url https://ai.example.com --prune --detailed-exitcode"],
    load: async () => (await import("./apply.ts")).plan,
  },
  {
    name: "apply",
    summary: "Make providers, models, prices, policies, teams and keys on a running gateway as files have them, as one version.",
    details:
      "The gateway's own file wins where both have a name. Secrets are references: the gateway fills them in. Where somebody else was faster nothing is changed, and the exit code is 1.",
    arguments: [path],
    flags: [...ownership, reason, ...access, json],
    examples: ['sluice apply config/ --prune --reason "$(git rev-parse --short HEAD)"'],
    load: async () => (await import("./apply.ts")).apply,
  },
  {
    name: "diff",
    summary: "Say how what a running gateway serves differs from files, or one of its versions from another.",
    arguments: [{ ...path, required: false }],
    flags: [
      { name: "from", takes: "NUMBER", whole: true, doc: "A version to start from; 0 is before all." },
      { name: "to", takes: "NUMBER", whole: true, doc: "The version to compare with it. Default: the newest." },
      exitCode,
      ...access,
      json,
    ],
    examples: ["sluice diff config/", "sluice diff --from 3 --to 5"],
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    name: "export",
    summary: "Print what a running gateway serves as YAML that makes the same elsewhere.",
    details: "Secrets are not in it: where the gateway's file holds one itself, a variable stands for it, and the first lines name it.",
    arguments: [],
    flags: [...access, json],
    examples: ["sluice export > sluice.yaml"],
    load: async () => (await import("./export.ts")).exportConfig,
  },
  {
    name: "versions",
    summary: "List the versions of a running gateway's config, newest first.",
    arguments: [],
    flags: [{ name: "limit", takes: "COUNT", whole: true, doc: "How many, at most 200. Default: 20." }, ...access, json],
    examples: ["sluice versions"],
    load: async () => (await import("./versions.ts")).versions,
  },
  {
    name: "rollback",
    summary: "Make everything that stands in no file as it was in a version, as a version of its own.",
    arguments: [{ name: "VERSION", required: true, doc: "Its number; 0 is before all." }],
    flags: [{ name: "dry-run", doc: "Say what would change, and change nothing." }, reason, ...access, json],
    examples: ['sluice rollback 12 --reason "the new route was slow"'],
    load: async () => (await import("./versions.ts")).rollback,
  },
];
