import { formatUsd } from "../../../exchange/index.ts";
import { pricesOf } from "../../../gateway/index.ts";
import { recompute } from "../../../insight/index.ts";
import { openCatalog } from "../../../routing/index.ts";
import { audited } from "../audit/audited.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { configOf, jsonLine, withData } from "../places.ts";
import { parseTime } from "../times.ts";

/** `sluice prices recompute`. */
export const recomputePrices: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const now = Date.now();
  const from = flags.text("from");
  if (from === undefined) throw new CommandError("Nothing says from when on.", "Name it: --from 2026-11-01.");
  const to = flags.text("to");
  const options = {
    from: parseTime(from, "from", now, "back"),
    until: to === undefined ? now : parseTime(to, "to", now, "back"),
    reason: flags.text("reason") ?? "recomputed",
    dryRun: flags.is("dry-run"),
  };
  const body = { from: new Date(options.from).toISOString(), until: new Date(options.until).toISOString(), reason: options.reason };
  const gateway = gatewayOf(invocation);
  if (gateway) {
    const { body: told } = await askOperator(gateway, "POST", "/corrections", { ...body, dryRun: options.dryRun });
    terminal.write(flags.is("json") ? jsonLine(told) : written(told));
    return 0;
  }
  const priceOf = pricesOf(await configOf(invocation), await openCatalog());
  const done = await withData(invocation, async ({ control, installationKeys, records, ledger, drain }) => {
    await drain();
    const work = () => recompute(options, { records, ledger, priceOf, now: Date.now });
    if (options.dryRun) return work();
    return audited({ control, installationKeys }, { operation: "corrections.create", body }, work);
  });
  const { seen, corrected, unpriced, deltaNanos } = done;
  const told = { dryRun: options.dryRun, seen, corrected, unpriced, deltaUsd: formatUsd(deltaNanos) };
  terminal.write(flags.is("json") ? jsonLine(told) : written(told));
  return 0;
};

interface Told {
  readonly dryRun: boolean;
  readonly seen: number;
  readonly corrected: number;
  readonly unpriced: number;
  readonly deltaUsd: string;
}

function written({ dryRun, seen, corrected, unpriced, deltaUsd }: Told): string {
  const what = dryRun ? "would be corrected" : "were corrected";
  return `${corrected} of ${seen} requests ${what}, by ${deltaUsd} USD in all.${unpriced > 0 ? ` ${unpriced} have no price now either.` : ""}\n`;
}
