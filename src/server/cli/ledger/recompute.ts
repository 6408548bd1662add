import { formatUsd } from "../../../exchange/index.ts";
import { pricesOf } from "../../../gateway/index.ts";
import { recompute } from "../../../insight/index.ts";
import { openCatalog } from "../../../routing/index.ts";
import { audited } from "../audit/audited.ts";
import { CommandError, type Run } from "../command-line/command.ts";
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
  const priceOf = pricesOf(await configOf(invocation), await openCatalog());
  const done = await withData(invocation, async ({ control, installationKeys, records, ledger, drain }) => {
    await drain();
    const work = () => recompute(options, { records, ledger, priceOf, now: Date.now });
    if (options.dryRun) return work();
    const body = { from: new Date(options.from).toISOString(), until: new Date(options.until).toISOString(), reason: options.reason };
    return audited({ control, installationKeys }, { operation: "corrections.create", body }, work);
  });
  const { seen, corrected, unpriced, deltaNanos } = done;
  if (flags.is("json")) terminal.write(jsonLine({ dryRun: options.dryRun, seen, corrected, unpriced, deltaUsd: formatUsd(deltaNanos) }));
  else {
    const what = options.dryRun ? "would be corrected" : "were corrected";
    terminal.write(
      `${corrected} of ${seen} requests ${what}, by ${formatUsd(deltaNanos)} USD in all.${unpriced > 0 ? ` ${unpriced} have no price now either.` : ""}\n`,
    );
  }
  return 0;
};
