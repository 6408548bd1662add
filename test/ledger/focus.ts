import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "../../src/exchange/index.ts";
import { chargeMonth, closeMonth, linesAsFocus, openLines, PriceBook } from "../../src/insight/index.ts";
import { openMemoryStorage, type SettledRecord } from "../../src/storage/index.ts";
import { installPython } from "../sdks/install.ts";

// `bun test/ledger/focus.ts`: months as FOCUS 1.0, before the validator of those who write the specification (PyPI: focus-validator).
const { python, missing } = installPython("focus");
if (missing !== undefined) {
  console.log(`skipped: focus-validator: ${missing}\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}

/** Rules that the validator itself has wrong: it asks for a column of an older version of the specification. */
const itsOwn = ["SkuPriceId_Nullable"];
/** Four columns have other names in the validator than in the specification. */
const itsNames: Readonly<Record<string, string>> = {
  InvoiceIssuerName: "InvoiceIssuer",
  ProviderName: "Provider",
  PublisherName: "Publisher",
  ResourceId: "ResourceID",
};

const folder = mkdtempSync(join(tmpdir(), "focus-"));
let passed = 0;
let failed = 0;

function check(what: string, right: boolean, told: unknown): void {
  if (right) passed++;
  else failed++;
  console.log(`${right ? "✓" : "✗"} ${what}${right ? "" : `: ${JSON.stringify(told)}`}`);
}

/** The names of the rules that a file breaks. */
function broken(csv: string): readonly string[] {
  const [header = "", ...rows] = csv.split("\r\n");
  const names = header.split(",");
  // It reads a column of whole numbers as integers, and then says that they are no decimals.
  const whole = ["ConsumedQuantity", "PricingQuantity"].map((name) => names.indexOf(name));
  const decimal = rows.map((row) => {
    if (row === "") return row;
    const cells = row.match(/(?:"(?:[^"]|"")*"|[^,]*)(?:,|$)/g)?.slice(0, names.length) ?? [];
    return cells.map((cell, at) => (whole.includes(at) ? cell.replace(/^(-?\d+),/, "$1.0,") : cell)).join("");
  });
  const file = join(folder, "month.csv");
  writeFileSync(file, [names.map((name) => itsNames[name] ?? name).join(","), ...decimal].join("\r\n"));
  // It looks for its table of currencies from where it was installed.
  const where = spawnSync(python, ["-c", "import os, focus_validator; print(os.path.dirname(os.path.dirname(focus_validator.__file__)))"]);
  const program = ["-c", "from focus_validator.main import main; main()", "--data-file", file, "--validate-version", "1.0"];
  const { stdout, stderr, status } = spawnSync(python, program, { cwd: where.stdout.toString().trim(), encoding: "utf8" });
  const rules = [...stdout.matchAll(/^(\w+) failed:/gm)].map(([, name]) => name as string);
  if (rules.length === 0 && (status !== 0 || !/passed|succe/i.test(stdout)))
    throw new Error(`The validator did not judge: ${stdout}${stderr}`);
  return [...new Set(rules)].filter((name) => !itsOwn.includes(name));
}

const storage = await openMemoryStorage();
const october = chargeMonth("2026-10")!;
const november = chargeMonth("2026-11")!;
function settled(at: number, fields: Partial<SettledRecord> = {}): SettledRecord {
  return {
    id: `req_${crypto.randomUUID()}`,
    startedAt: at,
    keyId: "key_1",
    team: "support",
    organisation: "org_1",
    user: "ann",
    endpoint: "chat",
    model: "smart",
    provider: "lab",
    targetModel: "big",
    outcome: "success",
    status: 200,
    stream: false,
    usage: usageOf({ inputUncached: 1000, output: 100 }),
    costNanos: 123_456_789,
    priceVersion: "1",
    durationMs: 1,
    detail: { metadata: { project: 'a "quoted", name\nin two lines' } },
    ...fields,
  };
}
const book = new PriceBook({
  currency: "EUR",
  rates: [{ from: "2026-01-01", perUsd: 0.92 }],
  tags: ["project"],
  prices: [{ markupPercent: 10 }],
});
const tools = { records: storage.records, ledger: storage.ledger, book, now: () => november.until };
for (let day = 0; day < 31; day++) await storage.journal.append(settled(october.from + day * 86_400_000));
await storage.journal.append(
  settled(october.from, {
    keyId: "",
    team: undefined,
    provider: undefined,
    targetModel: undefined,
    usage: undefined,
    costNanos: undefined,
    outcome: "refused",
  }),
);
await storage.drain();
await closeMonth(october, "test", tools);
await storage.journal.append(settled(october.from + 5));
for (let day = 0; day < 30; day++)
  await storage.journal.append(settled(november.from + day * 86_400_000, { organisation: undefined, user: undefined, detail: {} }));
await storage.drain();

const octobers = linesAsFocus(
  october,
  (await storage.ledger.lines("2026-10")).map(({ line }) => JSON.parse(line)),
);
const novembers = linesAsFocus(november, await openLines(november, tools));
check("a closed month breaks no rule", broken(octobers).length === 0, broken(octobers));
check("a month with corrections breaks no rule", novembers.includes(",Correction,") && broken(novembers).length === 0, broken(novembers));
const mistakes: readonly [string, string, string][] = [
  ["EUR", "EURO", "BillingCurrency_IsCurrencyCode"],
  ["AI and Machine Learning", "Magic", "ServiceCategory_Enum"],
  ["Usage-Based", "Sometimes", "ChargeFrequency_Enum"],
  ["2026-11-01T00:00:00Z", "yesterday", "BillingPeriodEnd_IsDateTime"],
];
for (const [from, to, rule] of mistakes) {
  const found = broken(octobers.replaceAll(from, to));
  check(`the validator does see ${JSON.stringify(to)}`, found.includes(rule), found);
}

rmSync(folder, { recursive: true });
await storage.close();
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
