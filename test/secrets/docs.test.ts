import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, unread } from "../../src/config/index.ts";

test("every config on the page is right", async () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/secrets.md"), "utf8");
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block as string);
  expect(blocks.length).toBe(2);
  const environment = Object.fromEntries(
    ["ROLE_ID", "OPENAI_KEY_1", "OPENAI_KEY_2", "RED_KEY", "BLUE_KEY_1", "BLUE_KEY_2"].map((name) => [name, `value-of-${name}`]),
  );
  for (const block of blocks) {
    const { config, issues } = await readConfig(block, "secrets.md", { environment, policies: new Map(), stores: unread });
    expect(issues).toBeUndefined();
    expect(config?.providers.length).toBeGreaterThan(1);
  }
});
