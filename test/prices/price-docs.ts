import type { Catalog } from "../../src/routing/catalog/index.ts";
import type { Comparison, Tally } from "./compare-with-oracle.ts";

/** `docs/prices.md`, from the comparison itself. */
export function priceDocs(comparison: Comparison, catalog: Catalog): string {
  const { cases, equal, explained, unexplained, unspoken, unpriced } = comparison;
  const differing = sum(explained);
  const models = catalog.providers.map((provider) => catalog.models(provider));
  const rows = catalog.providers.map((provider, index) => {
    const list = models[index] ?? [];
    return `| ${provider} | ${list.length} | ${list.filter(({ price }) => price !== undefined).length} |`;
  });
  return `# Prices

<!-- Written by scripts/write-price-docs.ts; a test compares it with what it describes. -->

The catalog is data: \`src/routing/catalog/catalog.json\`, built by \`scripts/build-catalog.ts\` from ${catalog.sources.map(({ name, version, license }) => `\`${name}\` ${version} (${license})`).join(" and ")}. Your own prices stand in the config under \`prices\` and go before it. A model that nobody has priced is shown as unpriced; it never costs 0.

## Checked against the price project's own answers

The project behind the first source keeps ${count(cases)} usage blocks recorded from real providers, with what it says that each costs at each provider whose way of counting fits. We read each block with the gateway's own dialects, price it with the bundled catalog, and compare to the nano-dollar. The cost is that of input and output, searches included where the project includes them.

| | costs |
|---|--:|
| equal to the nano-dollar | ${count(equal)} |
| different, and explained below | ${count(differing)} |
| different, and not explained | ${count(unexplained.length)} |
| the project has no price for the model at this provider | ${count(unpriced.count)} (we have one for ${count(unpriced.pricedByUs)}) |
| in a dialect that the gateway does not speak yet | ${count(sum(unspoken))} |

Every explanation was tried: with that one difference taken away, the two costs are equal.

| costs | difference | models |
|--:|---|---|
${lines(explained)}

The project's cases carry the prices of the days on which they were recorded. Its data beside the cases (\`data.json\`) is older than the package; the catalog is built from the package, which knows newer models and, for models whose price changed, both prices with their dates.

Not spoken yet:

| costs | provider and flavour |
|--:|---|
${[...unspoken].map(([name, tally]) => `| ${count(tally.count)} | ${name} |`).join("\n")}

## What the catalog holds

| provider | models | priced |
|---|--:|--:|
${rows.join("\n")}
`;
}

function lines(tallies: ReadonlyMap<string, Tally>): string {
  return [...tallies]
    .sort(([, one], [, other]) => other.count - one.count)
    .map(([reason, { count: costs, models }]) => `| ${count(costs)} | ${reason} | ${[...models].sort().join(", ")} |`)
    .join("\n");
}

function sum(tallies: ReadonlyMap<string, Tally>): number {
  return [...tallies.values()].reduce((total, tally) => total + tally.count, 0);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
