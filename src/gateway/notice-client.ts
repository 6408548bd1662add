import type { Meter } from "../accounting/index.ts";
import { networkAround } from "../auth/index.ts";
import type { Config } from "../config/index.ts";
import type { GatewayRequest } from "../exchange/index.ts";
import type { CompileTools } from "./compile.ts";

/**
 * Lets records say where a request came from, where the config wants that: the peer, or whom trusted proxies name. Who asks is noticed
 * when it is identified, so that refusals have it too; where the config does not want it nothing stands in between.
 */
export function noticing(
  what: Config["records"]["clientAddress"],
  underway: ReadonlyMap<GatewayRequest, Meter>,
  identify: CompileTools["identify"],
): CompileTools["identify"] {
  if (what === undefined || what === "none") return identify;
  return (http, row) => {
    const meter = underway.get(http);
    const client = what === "whole" || http.peer === undefined ? http.peer : networkAround(http.peer);
    if (meter && client !== undefined) meter.detail.client = client;
    return identify(http, row);
  };
}
