import { formatUsd } from "../../../exchange/index.ts";
import { pricesOf } from "../../../gateway/index.ts";
import { savings } from "../../../insight/index.ts";
import { openCatalog } from "../../../routing/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { configOf, jsonLine, withData } from "../places.ts";
import { parseTime } from "../times.ts";

/** `sluice chargeback savings`. */
export const showSavings: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const now = Date.now();
  const config = await configOf(invocation);
  const named = flags.text("model");
  const slash = named?.indexOf("/") ?? 0;
  if (slash < 0) throw new CommandError(`${JSON.stringify(named)} names no provider.`, "Write it as provider/model.");
  const other = named === undefined ? undefined : [{ provider: named.slice(0, slash), model: named.slice(slash + 1) }];
  const targets = new Map(config.models.map((model) => [model.name, model.targets]));
  const until = flags.text("until");
  const options = {
    from: parseTime(flags.text("since") ?? "30d", "since", now, "back"),
    until: until === undefined ? now : parseTime(until, "until", now, "back"),
    otherwise: (model: string) => other ?? targets.get(model) ?? [],
  };
  const priceOf = pricesOf(config, await openCatalog());
  const rows = await withData(invocation, async ({ records, drain }) => {
    await drain();
    return savings(options, records, priceOf);
  });
  if (flags.is("json")) terminal.write(jsonLine({ data: rows.map((row) => ({ ...row, saved: row.otherwise - row.cost })) }));
  else if (rows.length === 0) terminal.write("There is nothing to compare: no request had a price here and elsewhere.\n");
  else {
    const table = rows.map(({ model, insteadOf, requests, cost, otherwise }) => [
      ...[model, insteadOf, String(requests), formatUsd(cost), formatUsd(otherwise), formatUsd(otherwise - cost)],
    ]);
    terminal.write(`${columns([["model", "instead of", "requests", "cost in USD", "otherwise", "saved"], ...table], [2, 3, 4, 5])}\n`);
  }
  return 0;
};
