import { formatUsd } from "../../../exchange/index.ts";
import { pricesOf } from "../../../gateway/index.ts";
import { savings } from "../../../insight/index.ts";
import { openCatalog } from "../../../routing/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { configOf, jsonLine, withData } from "../places.ts";
import type { Remote } from "../remote/remote.ts";
import { parseTime } from "../times.ts";

/** `sluice chargeback savings`. */
export const showSavings: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const now = Date.now();
  const named = flags.text("model");
  const slash = named?.indexOf("/") ?? 0;
  if (slash < 0) throw new CommandError(`${JSON.stringify(named)} names no provider.`, "Write it as provider/model.");
  const until = flags.text("until");
  const time = {
    from: parseTime(flags.text("since") ?? "30d", "since", now, "back"),
    until: until === undefined ? now : parseTime(until, "until", now, "back"),
  };
  const gateway = gatewayOf(invocation);
  const { plain, rows } = await (gateway ? askElsewhere(gateway, time, named) : look(invocation, time, named));
  if (flags.is("json")) terminal.write(jsonLine({ data: plain }));
  else if (rows.length === 0) terminal.write("There is nothing to compare: no request had a price here and elsewhere.\n");
  else {
    const table = rows.map(({ model, insteadOf, requests, costUsd, otherwiseUsd, savedUsd }) => [
      ...[model, insteadOf, String(requests), costUsd, otherwiseUsd, savedUsd],
    ]);
    terminal.write(`${columns([["model", "instead of", "requests", "cost in USD", "otherwise", "saved"], ...table], [2, 3, 4, 5])}\n`);
  }
  return 0;
};

interface ShownSavings {
  readonly model: string;
  readonly insteadOf: string;
  readonly requests: number;
  readonly costUsd: string;
  readonly otherwiseUsd: string;
  readonly savedUsd: string;
}

interface Time {
  readonly from: number;
  readonly until: number;
}

/** In the data folder itself, by the prices of the config. */
async function look(invocation: Invocation, time: Time, named: string | undefined) {
  const config = await configOf(invocation);
  const slash = named?.indexOf("/") ?? 0;
  const other = named === undefined ? undefined : [{ provider: named.slice(0, slash), model: named.slice(slash + 1) }];
  const targets = new Map(config.models.map((model) => [model.name, model.targets]));
  const options = { ...time, otherwise: (model: string) => other ?? targets.get(model) ?? [] };
  const priceOf = pricesOf(config, await openCatalog());
  const found = await withData(invocation, async ({ records, drain }) => {
    await drain();
    return savings(options, records, priceOf);
  });
  const rows = found.map(({ cost, otherwise, ...row }): ShownSavings => {
    return { ...row, costUsd: formatUsd(cost), otherwiseUsd: formatUsd(otherwise), savedUsd: formatUsd(otherwise - cost) };
  });
  return { plain: found.map((row) => ({ ...row, saved: row.otherwise - row.cost })) as readonly unknown[], rows };
}

async function askElsewhere(gateway: Remote, { from, until }: Time, named: string | undefined) {
  const time = { since: new Date(from).toISOString(), until: new Date(until).toISOString() };
  const query = new URLSearchParams({ ...time, ...(named !== undefined && { insteadOf: named }) });
  const rows = (await askOperator(gateway, "GET", `/savings?${query}`)).body.data as readonly ShownSavings[];
  return { plain: rows as readonly unknown[], rows };
}
