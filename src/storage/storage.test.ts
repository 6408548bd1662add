import { describe, test } from "bun:test";
import { directorySuite } from "./directory/directory-suite.ts";
import { storageSuite } from "./storage-suite.ts";

describe("storage on bun:sqlite", () => {
  for (const [name, run] of Object.entries({ ...storageSuite, ...directorySuite })) test(name, run);
});
