import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configJsonSchema } from "../src/config/document/json-schema.ts";
import { configReference } from "../src/config/document/reference.ts";
import { policies } from "../src/policies/index.ts";
import { openApi } from "../src/server/admin/openapi.ts";
import { adminOperations } from "../src/server/admin/operations/all.ts";
import { cliReference } from "../src/server/cli/command-line/help.ts";
import { commands } from "../src/server/cli/commands.ts";
import { providerErrorReference } from "../test/errors/page.ts";
import { lossReference } from "../test/losses/page.ts";
import { pythonOperations, pythonSchemas } from "./clients/python.ts";
import type { OpenApiDocument } from "./clients/read-document.ts";
import { typeScriptOperations, typeScriptSchemas } from "./clients/typescript.ts";
import { endpointReference, faultReference, providerReference, roleReference } from "./reference-pages.ts";

/** Files that are made from the code, by their paths below the project's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const admin = openApi(adminOperations, "") as unknown as OpenApiDocument;
  return new Map([
    ["client-python/src/sluice_client/_generated/operations.py", pythonOperations(admin)],
    ["client-python/src/sluice_client/_generated/schemas.py", pythonSchemas(admin)],
    ["client/src/generated/operations.ts", typeScriptOperations(admin)],
    ["client/src/generated/schemas.ts", typeScriptSchemas(admin)],
    ["sluice.schema.json", `${JSON.stringify(configJsonSchema(policies), null, 2)}\n`],
    ["docs/reference/config.md", configReference(policies)],
    ["docs/reference/cli.md", cliReference(commands)],
    ["docs/reference/endpoints.md", endpointReference()],
    ["docs/reference/faults.md", faultReference()],
    ["docs/reference/losses.md", lossReference()],
    ["docs/reference/provider-errors.md", providerErrorReference()],
    ["docs/reference/providers.md", providerReference()],
    ["docs/reference/roles.md", roleReference(adminOperations)],
  ]);
}

/** The files whose text is not what the code would make now. */
export function staleFiles(root: string): readonly string[] {
  return [...generatedFiles()].filter(([path, text]) => readOrEmpty(join(root, path)) !== text).map(([path]) => path);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  const files = generatedFiles();
  for (const path of staleFiles(root)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files.get(path)!);
    process.stdout.write(`written: ${path}\n`);
  }
}
