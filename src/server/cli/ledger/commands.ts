import type { Command, Flag } from "../command-line/command.ts";
import { elsewhere } from "../elsewhere.ts";

const json: Flag = { name: "json", doc: "Print JSON instead of text." };
const config: Flag = { name: "config", takes: "FILE", doc: "The config file. Default: sluice.yaml in this folder, where there is one." };
const data: Flag = { name: "data", takes: "FOLDER", doc: "Where keys, records and the journal are. Default: .sluice in this folder." };
const month = { name: "MONTH", required: true, doc: "The month, as 2026-11, in UTC." } as const;
const since: Flag = { name: "since", takes: "TIME", doc: "From when on: a date, as 2026-11-20, or back from now, as 7d or 24h." };
const until: Flag = { name: "until", takes: "TIME", doc: "Until when, not included. Default: now." };

/** What was used, as money. */
export const ledgerCommands: readonly Command[] = [
  {
    name: "chargeback list",
    summary: "List the months that are closed.",
    arguments: [],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice chargeback list"],
    load: async () => (await import("./chargeback.ts")).listMonths,
  },
  {
    name: "chargeback close",
    summary: "Close a month: its lines never change again.",
    details:
      "What comes to be known later, requests that settled late or another price, is charged as corrections in the next month that is closed.",
    arguments: [month],
    flags: [config, data, ...elsewhere, json],
    examples: ["sluice chargeback close 2026-11"],
    load: async () => (await import("./chargeback.ts")).close,
  },
  {
    name: "chargeback show",
    summary: "Sum up a month: what providers are owed, and what is charged for it.",
    details: "Of a closed month it looks first whether the lines are as they were closed, and ends with 1 where they are not.",
    arguments: [month],
    flags: [
      {
        name: "by",
        takes: "GROUPS",
        doc: "organisation, team, application, user, serviceAccount, key, model, provider, targetModel, day or tag:NAME. Default: team.",
      },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice chargeback show 2026-11 --by team,targetModel"],
    load: async () => (await import("./chargeback.ts")).show,
  },
  {
    name: "chargeback export",
    summary: "Write the lines of a month: CSV, FOCUS 1.0 or JSON, a line each.",
    details: "A month that is not closed is written as it would be closed now.",
    arguments: [month],
    flags: [{ name: "format", takes: "FORMAT", doc: "csv, focus or jsonl. Default: csv." }, config, data, ...elsewhere],
    examples: ["sluice chargeback export 2026-11 --format focus > 2026-11.csv"],
    load: async () => (await import("./chargeback.ts")).exportMonth,
  },
  {
    name: "chargeback reconcile",
    summary: "Hold a provider's invoice against the records, by day and model.",
    details: "Ends with 1 where something differs by more than the tolerance.",
    arguments: [{ name: "FILE", required: true, doc: "The invoice or export." }],
    flags: [
      { name: "provider", takes: "NAME", doc: "The provider's name in the config." },
      { name: "month", takes: "MONTH", doc: "The month, as 2026-11." },
      { name: "form", takes: "FORM", doc: "openai-costs, anthropic-costs, aws-cur, focus or csv. Default: csv." },
      { name: "columns", takes: "NAMES", doc: "Of a CSV, as day=Date,model=Model,cost=USD." },
      { name: "models", takes: "NAMES", doc: "What the invoice calls models otherwise, as theirs=ours, separated by commas." },
      { name: "tolerance", takes: "AMOUNT", doc: "How far a day and model may differ: a percentage, as 0.5%, or dollars. Default: 0.01%." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice chargeback reconcile costs.json --form openai-costs --provider openai --month 2026-11"],
    load: async () => (await import("./reconcile.ts")).reconcileInvoice,
  },
  {
    name: "chargeback savings",
    summary: "Say what the same requests would have cost at another model.",
    arguments: [],
    flags: [
      since,
      until,
      {
        name: "model",
        takes: "NAME",
        doc: "The other model, as provider/model. Default: the dearest target of the model that was called.",
      },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice chargeback savings --since 30d", "sluice chargeback savings --since 30d --model openai/gpt-5.2"],
    load: async () => (await import("./savings.ts")).showSavings,
  },
  {
    name: "usage forecast",
    summary: "Say what the month will have cost when it ends.",
    details:
      "What was spent until now, and for each day that is left the mean of the same day of the week over the last four weeks; of all days where there are less than two weeks of them.",
    arguments: [],
    flags: [
      { name: "by", takes: "GROUPS", doc: "As of `sluice usage`, without times. Default: everything together." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice usage forecast --by team"],
    load: async () => (await import("./forecast.ts")).showForecast,
  },
  {
    name: "prices recompute",
    summary: "Put right what requests were charged by a wrong price.",
    details:
      "Prices the requests of a time anew by the config and the catalog of now. What differs is written as corrections beside the records, which stay as they are.",
    arguments: [],
    flags: [
      { name: "from", takes: "TIME", doc: "From when on: a date, as 2026-11-20, or back from now, as 7d." },
      { name: "to", takes: "TIME", doc: "Until when, not included. Default: now." },
      { name: "reason", takes: "TEXT", doc: "Why; it stands in each correction." },
      { name: "dry-run", doc: "Only say what would be written." },
      config,
      data,
      ...elsewhere,
      json,
    ],
    examples: ["sluice prices recompute --from 2026-11-01 --to 2026-11-20 --reason 'price of gpt-5.2 was wrong' --dry-run"],
    load: async () => (await import("./recompute.ts")).recomputePrices,
  },
];
