import * as z from "zod/mini";
import { isNetwork, Networks } from "../auth/index.ts";

/** What the door of the gateway believes and lets in. */
export const edgeOptions = {
  hosts: z.optional(
    z
      .array(z.string().check(z.regex(/^[A-Za-z0-9.:[\]*-]+$/, "a host name, with its port where it has one")))
      .check(z.describe("Names in the Host header that the gateway answers to. Default: its own address and loopback names.")),
  ),
  trustedProxies: z.optional(
    z
      .array(z.string().check(z.refine(isNetwork, { error: "a network, as 10.0.0.0/8 or fd00::/8, or an address" })))
      .check(
        z.describe(
          "Networks of the proxies before the gateway. From them `X-Forwarded-For` is believed, from right to left as far as it names such proxies; each must add its peer to it. Default: nobody is believed.",
        ),
      ),
  ),
  metrics: z.optional(
    z
      .strictObject({
        from: z
          .array(z.string().check(z.refine(isNetwork, { error: "a network, as 10.0.0.0/8 or fd00::/8, or an address" })))
          .check(z.describe("Networks from which `/metrics` may be read without a credential; this machine only where it is one of them.")),
      })
      .check(z.describe("What Prometheus reads. Default: this machine may.")),
  ),
  cors: z.optional(
    z
      .strictObject({
        origins: z
          .array(z.string().check(z.regex(/^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*,]+)$/, "an origin, as https://app.example, or `*`")))
          .check(z.describe("Web origins whose pages may call models: scheme, host and port as browsers write them, or `*` for all.")),
      })
      .check(z.describe("Browsers' calls from pages of other origins. Default: none. The admin API takes none, whatever stands here.")),
  ),
};

/** As a running listener needs it. */
export interface EdgeRules {
  /** Names in the Host header that are answered to, beside the gateway's own; empty means the default. */
  readonly hosts: readonly string[];
  /** Proxies that are believed; undefined: none. */
  readonly trustedProxies?: Networks | undefined;
  /** Who may read the metrics. */
  readonly metricsFrom?: Networks;
  /** Origins of pages that may call models, `*` for all; undefined: none. */
  readonly origins?: ReadonlySet<string> | undefined;
  /** Of the gateway's own pages, as browsers know it, where the config says so. */
  readonly ownOrigin?: string | undefined;
}

const thisMachine = new Networks(["127.0.0.0/8", "::1"]);

type EdgeDocument = { readonly [Name in keyof typeof edgeOptions]?: z.output<(typeof edgeOptions)[Name]> };

export function edgeRules({ hosts, trustedProxies, metrics, cors }: EdgeDocument, ownOrigin: string | undefined): EdgeRules {
  return {
    ownOrigin,
    hosts: hosts ?? [],
    trustedProxies: trustedProxies?.length ? new Networks(trustedProxies) : undefined,
    metricsFrom: metrics ? new Networks(metrics.from) : thisMachine,
    origins: cors?.origins.length ? new Set(cors.origins) : undefined,
  };
}
