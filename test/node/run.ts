import { Checks } from "./checks.ts";
import { checkEndings } from "./endings.ts";
import { checkFixtures } from "./fixtures.ts";
import { bringNode } from "./install-node.ts";
import { checkOperator } from "./operator.ts";
import { checkOwnTests } from "./own-tests.ts";
import { checkRefusals } from "./refusals.ts";

// Runs the gateway from source on Node 26 and asks it over real sockets. README.md says what is covered and what is not.

/** Some twenty times what any of them takes. */
const mostSeconds = 300;

/** What hangs is told by its name. */
function inTime(name: string, ending: Promise<void>): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(() => limit.reject(new Error(`${name} has not ended after ${mostSeconds} s`)), mostSeconds * 1_000);
  return Promise.race([ending, limit.promise]).finally(() => clearTimeout(timer));
}

const checks = new Checks();
const node = bringNode();
if ("missing" in node) {
  process.stdout.write(`!!! Nothing was tried on Node 26: ${node.missing}\n`);
  checks.skip("everything on Node 26", node.missing);
} else {
  const { program } = node;
  const groups = { checkRefusals, checkFixtures, checkEndings, checkOperator };
  // The runtime's own tests mostly wait, so they run beside the rest.
  const own = inTime("checkOwnTests", checkOwnTests(checks, program)).catch((error: unknown) => checks.fail("checkOwnTests", error));
  for (const [name, group] of Object.entries(groups)) {
    try {
      await inTime(name, group(checks, program));
    } catch (error) {
      checks.fail(name, error);
    }
  }
  await own;
}
checks.conclude();
// What hangs would hold it up.
process.exit();
