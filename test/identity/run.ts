import { Checks } from "../node/checks.ts";
import { bringNode } from "../node/install-node.ts";
import { checkExchange } from "./exchange-checks.ts";
import { checkMtls } from "./mtls-checks.ts";
import { checkTokens } from "./token-checks.ts";

// Who is asking, told by servers and clients that we did not write. README.md says which.

const checks = new Checks();
await checkMtls(checks, process.execPath, "Bun").catch((error: unknown) => checks.fail("certificates on Bun", error));
await checkTokens(checks).catch((error: unknown) => checks.fail("tokens", error));
await checkExchange(checks).catch((error: unknown) => checks.fail("exchange of tokens", error));
const node = bringNode();
if ("missing" in node) checks.skip("certificates on Node", node.missing);
else await checkMtls(checks, node.program, "Node").catch((error: unknown) => checks.fail("certificates on Node", error));
checks.conclude();
