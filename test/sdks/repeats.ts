import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { clientKey, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { conclude, report } from "../faults/promise.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { type CountingUpstream, startCountingUpstream } from "../repeats/counting-upstream.ts";
import { installNpm } from "./install.ts";

// Official SDKs send `Idempotency-Key` with calls of models, to a gateway that counts how often its provider is asked.

/** Not by its name: its packages are no packages of the project's. */
interface RepeatsClient {
  repeatChecks(
    address: { readonly url: string; readonly key: string },
    upstream: CountingUpstream,
  ): Promise<readonly { readonly id: string; readonly problem: string | undefined }[]>;
}

const { missing, fresh } = installNpm();
if (missing) {
  process.stdout.write(`skipped: openai, anthropic, ai (npm): ${missing}\n0 passed, 0 failed, 1 skipped\n`);
} else if (fresh) {
  // Bun has looked for the folder of the packages before it was there, and remembers that.
  process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
} else {
  const upstream = await startCountingUpstream();
  const providers = providersAt(upstream.url) as Record<string, object>;
  const chat = { ...providers.chat, dialects: ["openai-embeddings"] };
  const gateway = await startGateway({ config: { providers: { ...providers, chat } } });
  const module = (await import(join(import.meta.dirname, "clients", "repeats.ts"))) as RepeatsClient;
  const results = await module.repeatChecks({ url: `http://127.0.0.1:${gateway.port}`, key: clientKey }, upstream);
  await gateway.stop();
  removeFolder(gateway.folder);
  await upstream.close();
  conclude(
    results.map(({ id, problem }) => report({ id, pass: problem === undefined, measured: problem ?? "as it should be", limit: "" })),
  );
}
