/** Writes docs/prices.md from the comparison with the priced usage blocks in `../shared/data` (or `SLUICE_DATA`). */
import { writeFileSync } from "node:fs";
import { openCatalog } from "../src/routing/catalog/index.ts";
import { compareWithOracle } from "../test/prices/compare-with-oracle.ts";
import { oracleFolder } from "../test/prices/oracle.ts";
import { priceDocs } from "../test/prices/price-docs.ts";

const folder = oracleFolder();
if (folder === undefined) {
  console.error("There are no priced usage blocks: put the data beside the project as ../shared/data, or name its folder in SLUICE_DATA.");
  process.exit(1);
}
const catalog = await openCatalog();
writeFileSync(new URL("../docs/prices.md", import.meta.url), priceDocs(compareWithOracle(folder, catalog), catalog));
