import { describe, test } from "bun:test";
import { configSuite } from "./config/config-suite.ts";
import { controlSuite, inFolder } from "./control/control-suite.ts";
import { directorySuite } from "./directory/directory-suite.ts";
import { keysSuite } from "./keys/keys-suite.ts";
import { recordSuite } from "./records/record-suite.ts";
import { storageSuite, withStorage } from "./storage-suite.ts";

describe("storage on bun:sqlite", () => {
  for (const [name, run] of Object.entries({ ...storageSuite, ...recordSuite(withStorage) })) test(name, run);
  for (const suite of [keysSuite, directorySuite, configSuite, controlSuite])
    for (const [name, run] of Object.entries(suite(inFolder))) test(name, run);
});
