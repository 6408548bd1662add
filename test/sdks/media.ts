import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { conclude, report } from "../faults/promise.ts";
import { callerKey, openMediaBench } from "../media/bench.ts";
import type { MediaUpstream } from "../media/media-upstream.ts";
import { installNpm } from "./install.ts";

// The official `openai` SDK sends recordings and asks for speech and pictures, through a gateway that listens, of scripted upstreams.

/** Not by its name: its packages are no packages of the project's. */
interface MediaClient {
  mediaChecks(
    address: { readonly url: string; readonly key: string },
    upstream: MediaUpstream,
  ): Promise<readonly { readonly id: string; readonly problem: string | undefined }[]>;
}

const { missing, fresh } = installNpm();
if (missing) {
  process.stdout.write(`skipped: openai (npm): ${missing}\n0 passed, 0 failed, 1 skipped\n`);
} else if (fresh) {
  // Bun has looked for the folder of the packages before it was there, and remembers that.
  process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
} else {
  const bench = await openMediaBench(["openai", "deepgram", "stability"]);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 60, fetch: (request) => bench.gateway.fetch(request) });
  const module = (await import(join(import.meta.dirname, "clients", "media.ts"))) as MediaClient;
  const results = await module.mediaChecks({ url: `http://127.0.0.1:${server.port}`, key: callerKey }, bench.upstream);
  server.stop(true);
  await bench.close();
  conclude(
    results.map(({ id, problem }) => report({ id, pass: problem === undefined, measured: problem ?? "as it should be", limit: "" })),
  );
}
