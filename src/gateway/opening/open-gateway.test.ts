import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGateway } from "./open-gateway.ts";

const config = { providers: { demo: {} }, keys: [{ name: "k", value: "sk-sluice-test-0123456789abcdef" }] };

async function origins(catalogs: readonly (string | undefined)[]): Promise<{ origin: string; warned: boolean }[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-catalog-"));
  const seen = [];
  try {
    for (const text of catalogs) {
      if (text !== undefined) writeFileSync(join(folder, "catalog.json"), text);
      let warned = false;
      const opened = await openGateway({ config, folder, log: (level) => (warned ||= level === "warn") });
      seen.push({ origin: opened.catalog.origin, warned });
      await opened.close();
    }
    return seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a catalog in the data folder is taken, a bad one is answered by its last good copy, and said", async () => {
  const good = await Bun.file(join(import.meta.dirname, "../../routing/catalog/catalog.json")).text();
  expect(await origins([undefined, good, "{ not json", good])).toEqual([
    { origin: "bundled", warned: false },
    { origin: "file", warned: false },
    { origin: "last-good", warned: true },
    { origin: "file", warned: false },
  ]);
});
