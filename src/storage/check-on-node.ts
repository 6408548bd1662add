/** Runs the storage suite on node:sqlite: `node src/storage/check-on-node.ts`. Exits with 1 when a case fails. */
import { configSuite } from "./config/config-suite.ts";
import { controlSuite, inFolder } from "./control/control-suite.ts";
import { directorySuite } from "./directory/directory-suite.ts";
import { keysSuite } from "./keys/keys-suite.ts";
import { recordSuite } from "./records/record-suite.ts";
import { storageSuite, withStorage } from "./storage-suite.ts";

const suites = [keysSuite, directorySuite, configSuite, controlSuite].map((suite) => suite(inFolder));
const cases = [storageSuite, recordSuite(withStorage), ...suites].flatMap((suite) => Object.entries(suite));
let failed = 0;
for (const [name, run] of cases) {
  try {
    await run();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.stack : error}`);
  }
}
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
