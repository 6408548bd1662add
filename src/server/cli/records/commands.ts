import type { Command, Flag } from "../command-line/command.ts";

const url: Flag = {
  name: "url",
  takes: "URL",
  doc: "The gateway. Default: SLUICE_URL, else the one that was logged in to last, else http://127.0.0.1:8787.",
};
const keyFile: Flag = {
  name: "key-file",
  takes: "FILE",
  doc: "A file that holds an admin key. Default: SLUICE_ADMIN_KEY, else the log-in.",
};
const json: Flag = { name: "json", doc: "Print JSON instead of text." };
const whose = (name: string, takes: string, doc: string): Flag => ({ name, takes, doc });

/** What was said in exchanges, where it is kept. */
export const recordCommands: readonly Command[] = [
  {
    name: "records body",
    summary: "Show what was asked and what was answered in one exchange, where that is kept. The look is audited.",
    arguments: [{ name: "REQUEST_ID", required: true, doc: "The value of the header x-sluice-request-id." }],
    flags: [{ name: "part", takes: "PART", doc: "request or answer: that alone, and nothing beside it." }, url, keyFile, json],
    examples: ["sluice records body req_1m7z2ewhp2fbb2542f02f10f1", "sluice records body req_1m7z2ewhp2fbb2542f02f10f1 --part answer"],
    load: async () => (await import("./bodies.ts")).showBody,
  },
  {
    name: "records erase",
    summary: "Erase what somebody asked and was answered. The records themselves stay.",
    details:
      "Names of several are all to fit. Answers that are kept for repeats (Idempotency-Key) go with it. What stands in a backup made before is erased there by nobody.",
    arguments: [],
    flags: [
      whose("user", "USER", "Whose: a person, as records have it."),
      whose("end-user", "USER", "For whom it was asked, as records have it."),
      whose("key", "KEY", "Of this key, by id."),
      whose("application", "APPLICATION", "Of this application, by id."),
      whose("service-account", "ACCOUNT", "Of this service account, by id."),
      whose("team", "TEAM", "Of this team, as records have it."),
      whose("organisation", "ORGANISATION", "Of this organisation, by id."),
      { name: "since", takes: "TIME", doc: "From when on: a date, as 2026-11-20, or back from now, as 7d or 24h. Default: always." },
      { name: "until", takes: "TIME", doc: "Until when, not included." },
      url,
      keyFile,
      json,
    ],
    examples: ["sluice records erase --end-user ann@example.com"],
    load: async () => (await import("./bodies.ts")).eraseBodies,
  },
];
