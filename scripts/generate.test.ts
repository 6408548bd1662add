import { expect, test } from "bun:test";
import { join } from "node:path";
import { generatedFiles, staleFiles } from "./generate.ts";

test("generated files are fresh: run `node_modules/.bin/bun scripts/generate.ts` or `npm run generate`", () => {
  expect(staleFiles(join(import.meta.dirname, ".."))).toEqual([]);
});

test("the JSON Schema knows the kinds of providers and of policies", () => {
  const schema = generatedFiles().get("sluice.schema.json");
  expect(schema).toContain('"openai-compatible"');
  expect(schema).toContain('"deny-words"');
});
