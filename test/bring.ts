import { bringFronts } from "./attacks/fronts.ts";
import { bringNode } from "./node/install-node.ts";
import { installNpm, installPython } from "./sdks/install.ts";
import { bringPrograms } from "./stores/bring.ts";

/**
 * What several suites need that may run at once, and what is needed when the rest has run: brought beforehand, while the unit tests run,
 * which need none of it. Any other suite brings what it needs itself, so that nobody waits for it; and each says itself what it lacks.
 */
const brought: Readonly<Record<string, () => unknown>> = {
  "npm packages of SDKs": installNpm,
  "PyPI packages of SDKs": () => installPython("sdks"),
  "PyPI packages of OpenAPI": () => installPython("openapi"),
  "Node 26": bringNode,
  "nginx and HAProxy": bringFronts,
  "Redis, PostgreSQL, Toxiproxy": bringPrograms,
};

for (const [name, bring] of Object.entries(brought)) {
  const began = performance.now();
  try {
    bring();
  } catch (error) {
    console.log(`${name}: ${String(error)}`);
  }
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
