import { bringFronts } from "./attacks/fronts.ts";
import { bringS3 } from "./bodies/s3-server.ts";
import { bringComposeReader, bringTools } from "./deploy/tools.ts";
import { bringNode } from "./node/install-node.ts";
import { installNpm, installPython, requirements } from "./sdks/install.ts";
import { bringPrograms } from "./stores/bring.ts";

/** What the suites install, brought beforehand: while the unit tests run, which need none of it. Each suite says itself what it lacks. */
const brought: Readonly<Record<string, () => unknown>> = {
  "npm packages of SDKs": installNpm,
  ...Object.fromEntries(Object.keys(requirements).map((list) => [list, () => installPython(list as keyof typeof requirements)])),
  "Node 26": bringNode,
  "nginx and HAProxy": bringFronts,
  "Redis, PostgreSQL, Toxiproxy": bringPrograms,
  VersityGW: bringS3,
  "Helm, kubeconform": bringTools,
  "compose-go": bringComposeReader,
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
