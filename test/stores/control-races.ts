// The races of test/gitops between nodes that share control in a real PostgreSQL: `bun test/stores/control-races.ts`.
import { startPostgres } from "./servers.ts";

const server = await startPostgres();
const suites = ["./test/gitops/races.test.ts", "./test/gitops/key-races.test.ts"];
const child = Bun.spawn([process.execPath, "test", ...suites], {
  env: { ...process.env, CONTROL_SERVER: server.url },
  stdout: "inherit",
  stderr: "inherit",
});
process.exitCode = await child.exited;
await server.remove();
