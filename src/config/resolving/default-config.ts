import type { Config } from "../config.ts";
import type { Environment } from "../reading/environment.ts";
import { resolveConfig } from "./resolve.ts";

/** The config of a start without a file: providers whose keys are in the environment, and the demo. */
export function defaultConfig(environment: Environment): Config {
  return resolveConfig({}, environment, undefined);
}
