import { networkAround } from "../auth/index.ts";
import type { Config } from "../config/index.ts";
import type { Line } from "./line.ts";

/** What records say of where a request came from, as far as the config wants it: the peer, or whom trusted proxies name. */
export function noticing(what: Config["records"]["clientAddress"]): Line["clientOf"] {
  if (what === undefined || what === "none") return () => undefined;
  return ({ peer }) => (what === "whole" || peer === undefined ? peer : networkAround(peer));
}
