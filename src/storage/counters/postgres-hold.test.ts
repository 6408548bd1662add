import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { holdMigration, patienceMigration } from "./postgres-hold.ts";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

test("the migrations that hold the rule stay as they were released, though they share its text", () => {
  expect(hashOf(holdMigration)).toBe("61504b799e716a00b7f82cb53e39ffd374279edd6e6717a4de906903c092ad70");
  expect(hashOf(patienceMigration)).toBe("90bf91c7236d48326572494bb6cef3ab8edc3fa3fd1d451991409ad5bb87e9a1");
});
