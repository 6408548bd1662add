import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder, startGateway } from "./gateway-process.ts";

const startsWithinMs = 1_000;

/** A program that takes the place of the runtime. */
function programIn(folder: string, script: string): string {
  const program = join(folder, "program");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return program;
}

test("a gateway that has started lives for as long as its test wants", async () => {
  const folder = makeFolder();
  const program = programIn(folder, `echo '{"url":"http://127.0.0.1:9"}'; exec sleep 60`);
  const gateway = await startGateway({ config: {}, folder, program, startsWithinMs });
  await Bun.sleep(startsWithinMs * 1.3);
  expect(gateway.alive()).toBe(true);
  await gateway.kill();
  removeFolder(folder);
});

test("one that does not start is killed, and told", async () => {
  const folder = makeFolder();
  const program = programIn(folder, "exec sleep 60");
  const started = startGateway({ config: {}, folder, program, startsWithinMs });
  expect((await started.catch((error: Error) => error.message)) as string).toContain("has not started within 1 s");
  removeFolder(folder);
});
