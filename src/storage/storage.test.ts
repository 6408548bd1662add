import { describe, test } from "bun:test";
import { directorySuite } from "./directory/directory-suite.ts";
import { recordSuite } from "./records/record-suite.ts";
import { storageSuite, withStorage } from "./storage-suite.ts";

describe("storage on bun:sqlite", () => {
  for (const [name, run] of Object.entries({ ...storageSuite, ...recordSuite(withStorage), ...directorySuite })) test(name, run);
});
