import { Checks } from "./checks.ts";
import { checkEndings } from "./endings.ts";
import { checkFixtures } from "./fixtures.ts";
import { bringNode } from "./install-node.ts";
import { checkOperator } from "./operator.ts";
import { checkOwnTests } from "./own-tests.ts";
import { checkRefusals } from "./refusals.ts";

// Runs the gateway from source on Node 26 and asks it over real sockets. README.md says what is covered and what is not.

const checks = new Checks();
const node = bringNode();
if ("missing" in node) {
  process.stdout.write(`!!! Nothing was tried on Node 26: ${node.missing}\n`);
  checks.skip("everything on Node 26", node.missing);
} else {
  const { program } = node;
  const groups = { checkRefusals, checkFixtures, checkEndings, checkOperator };
  // The runtime's own tests mostly wait, so they run beside the rest.
  const own = checkOwnTests(checks, program).catch((error: unknown) => checks.fail("checkOwnTests", error));
  for (const [name, group] of Object.entries(groups)) {
    try {
      await group(checks, program);
    } catch (error) {
      checks.fail(name, error);
    }
  }
  await own;
}
checks.conclude();
