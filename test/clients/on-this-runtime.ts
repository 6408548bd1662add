import type * as Client from "../../client/src/index.ts";
import { typeScriptChecks } from "./typescript-checks.ts";

// The runtime that runs this is the one that is tested: `RUNTIME on-this-runtime CLIENT URL ADMIN_KEY MARK`.
const [client = "", url = "", adminKey = "", mark = ""] = process.argv.slice(2);
const runtime = mark.replaceAll("-", " ");

for (const [name, check] of typeScriptChecks((await import(client)) as typeof Client, { url, adminKey, mark })) {
  try {
    await check();
    console.log(`✓ ${runtime}: ${name}`);
  } catch (error) {
    console.log(`✗ ${runtime}: ${name}\n    ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
process.exit(0);
