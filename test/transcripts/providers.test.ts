import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { providers } from "../../src/providers/index.ts";
import { providerIdOf } from "./bench.ts";
import { transcriptsFolder } from "./load.ts";

/** Folders of recordings whose provider the registry does not have, and why. */
const withoutProvider: Readonly<Record<string, string>> = {
  "gateway-local": "recordings of a proxy on the recorder's machine, in the dialects of others",
};

test("every provider that was recorded has a declaration, or is listed with its reason", () => {
  const folder = transcriptsFolder();
  if (folder === undefined) return;
  const recorded = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(recorded.length).toBeGreaterThan(20);
  const missing = recorded.filter((name) => !providers.has(providerIdOf(name)));
  expect(missing.toSorted()).toEqual(Object.keys(withoutProvider).toSorted());
});
