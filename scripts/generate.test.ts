import { expect, test } from "bun:test";
import { join } from "node:path";
import { generatedFiles, staleFiles } from "./generate.ts";

test("generated files are fresh (`npm run generate` writes them anew)", () => {
  expect(staleFiles(join(import.meta.dirname, ".."))).toEqual([]);
}, 60_000);

test("the JSON Schema knows the kinds of providers and of policies", () => {
  const schema = generatedFiles().get("sluice.schema.json");
  expect(schema).toContain('"openai-compatible"');
  expect(schema).toContain('"deny-words"');
}, 60_000);
