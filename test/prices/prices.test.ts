import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { openCatalog } from "../../src/routing/catalog/index.ts";
import { compareWithOracle } from "./compare-with-oracle.ts";
import { oracleFolder } from "./oracle.ts";
import { priceDocs } from "./price-docs.ts";

const folder = oracleFolder();
if (folder === undefined) {
  console.warn("\n!!! 0 of 1,127 priced usage blocks checked: no ../shared/data and no SLUICE_DATA.\n");
}

describe.skipIf(folder === undefined)("recorded usage blocks", async () => {
  const catalog = await openCatalog();
  const comparison = folder === undefined ? undefined : compareWithOracle(folder, catalog);

  test("cost what the price project says, to the nano-dollar, or the difference is explained [needs ../shared/data]", () => {
    expect(comparison?.unexplained).toEqual([]);
    expect(comparison?.cases).toBeGreaterThan(0);
    expect(comparison?.equal).toBeGreaterThan(0);
    console.log(`${comparison?.equal} costs of ${comparison?.cases} usage blocks are equal to the nano-dollar.`);
  });

  test("are told in docs/prices.md as they are [needs ../shared/data]", () => {
    const written = readFileSync(new URL("../../docs/prices.md", import.meta.url), "utf8");
    expect(written).toBe(comparison === undefined ? "" : priceDocs(comparison, catalog));
  });
});
