import { describe, test } from "bun:test";
import { storageSuite } from "./storage-suite.ts";

describe("storage on bun:sqlite", () => {
  for (const [name, run] of Object.entries(storageSuite)) test(name, run);
});
